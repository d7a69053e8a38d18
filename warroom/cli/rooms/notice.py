"""`warroom notice add | update | list | show | hear | publish | withdraw`: notices of the war room to the public."""

from __future__ import annotations

import asyncio
import getpass
import logging
import os
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from pydantic import ValidationError

from agi.notices import sounds
from agi.notices.hear_call import hear_by_telephone
from agi.notices.sounds import NoticeSounds
from agi.prompts.voices import Voices
from router.geo import load_places
from router.india import short
from router.model.notice import STATUS_WORDS, Category, Certainty, Notice, NoticeStatus, Severity, Urgency
from router.notices.draft import NoticeWords
from router.notices.service import NoticeService
from router.validation_messages import what_is_wrong
from warroom.cli.common import CommandError, Json, console, data_of, open_storage, print_json, show
from warroom.cli.names import known_name
from warroom.cli.rooms.task import read_due
from warroom.cli.values import Limit
from warroom.config.apply.operators import applied_operators
from warroom.config.paths import DataDirectory
from warroom.config.secrets import AMI, read_secret
from warroom.config.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True)

_STATE = "all"
_TIME = "'+6h', '+2d', '18:00' (today, India's time) or '2020-04-07 18:00'."
_COLUMNS = {
    "id": "Notice",
    "revision": "Rev",
    "status": "Status",
    "area": "Where",
    "until": "Until (IST)",
    "text": "What",
}
_PLAYERS = (("aplay", "-q"), ("play", "-q"), ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"))

TextOption = Annotated[str | None, typer.Option("--text", help="As it is read, in English.")]
TextHiOption = Annotated[str | None, typer.Option("--text-hi", help="As it is read, in Hindi.")]
SpokenOption = Annotated[str | None, typer.Option("--spoken", help="As callers hear it, where that differs; English.")]
SpokenHiOption = Annotated[str | None, typer.Option("--spoken-hi", help="The same in Hindi.")]
EventOption = Annotated[str | None, typer.Option("--event", help="What it is about, a few words, in English.")]
EventHiOption = Annotated[str | None, typer.Option("--event-hi", help="The same in Hindi.")]
DistrictsOption = Annotated[
    str | None, typer.Option("--districts", help="Ids of districts separated by commas, or 'all' for the state.")
]
FromOption = Annotated[str | None, typer.Option("--from", help=f"From when it holds, else now: {_TIME}")]
UntilOption = Annotated[str | None, typer.Option("--until", help=f"Until when: {_TIME}")]
CategoryOption = Annotated[Category | None, typer.Option("--category", help="As in CAP 1.2; else Safety.")]
UrgencyOption = Annotated[Urgency | None, typer.Option("--urgency", help="Else Expected.")]
SeverityOption = Annotated[Severity | None, typer.Option("--severity", help="Else Moderate.")]
CertaintyOption = Annotated[Certainty | None, typer.Option("--certainty", help="Else Likely.")]
ExerciseOption = Annotated[
    bool | None, typer.Option("--exercise/--no-exercise", help="It only tries the ways: nothing of it is true.")
]
NoticeId = Annotated[str, typer.Argument(metavar="NOTICE", help="Its id, as in `warroom notice list`.")]


@app.command()
def add(
    context: typer.Context,
    until: Annotated[str, typer.Option("--until", help=f"Until when it holds: {_TIME}")],
    districts: Annotated[str, typer.Option("--districts", help="Ids separated by commas, or 'all' for the state.")],
    text: TextOption = None,
    text_hi: TextHiOption = None,
    spoken: SpokenOption = None,
    spoken_hi: SpokenHiOption = None,
    event: EventOption = None,
    event_hi: EventHiOption = None,
    starts: FromOption = None,
    category: CategoryOption = None,
    urgency: UrgencyOption = None,
    severity: SeverityOption = None,
    certainty: CertaintyOption = None,
    *,
    exercise: ExerciseOption = None,
    as_json: Json = False,
) -> None:
    """Write a notice; nobody sees or hears it before it was heard (`hear`) and published (`publish`)."""
    words = _words(
        text=text, text_hi=text_hi, spoken=spoken, spoken_hi=spoken_hi, event=event, event_hi=event_hi,
        districts=districts, starts=starts, ends=until, category=category, urgency=urgency, severity=severity,
        certainty=certainty, exercise=exercise,
    )  # fmt: skip
    _say(_with_service(context, lambda service: service.add(words, by=_person())), as_json=as_json)


@app.command()
def update(
    context: typer.Context,
    notice_id: NoticeId,
    text: TextOption = None,
    text_hi: TextHiOption = None,
    spoken: SpokenOption = None,
    spoken_hi: SpokenHiOption = None,
    event: EventOption = None,
    event_hi: EventHiOption = None,
    districts: DistrictsOption = None,
    starts: FromOption = None,
    until: UntilOption = None,
    category: CategoryOption = None,
    urgency: UrgencyOption = None,
    severity: SeverityOption = None,
    certainty: CertaintyOption = None,
    *,
    exercise: ExerciseOption = None,
    as_json: Json = False,
) -> None:
    """Write the next revision of a notice; what is published stays until the new one is heard and published."""
    words = _words(
        text=text, text_hi=text_hi, spoken=spoken, spoken_hi=spoken_hi, event=event, event_hi=event_hi,
        districts=districts, starts=starts, ends=until, category=category, urgency=urgency, severity=severity,
        certainty=certainty, exercise=exercise,
    )  # fmt: skip
    if not words.model_fields_set:
        raise CommandError("nothing to change: give at least one option, see: warroom notice update --help")
    _say(_with_service(context, lambda service: service.update(notice_id, words, by=_person())), as_json=as_json)


@app.command()
def hear(
    context: typer.Context,
    notice_id: NoticeId,
    call: Annotated[str, typer.Option(help="Ring this operator's telephone and play it there.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write it to this WAV file instead of playing it.")] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="It is right: do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Listen to what callers will hear, Hindi and then English, and say whether it is right."""
    data = data_of(context)
    notice = _newest(context, notice_id)
    kept = NoticeSounds(DataDirectory(data).notices)
    if call:
        _ring(data, call, notice, kept)
    else:
        spoken = (
            kept.read(notice)
            if kept.ready(notice)
            else sounds.speak(notice, Voices(load_settings(data).prompts.voices))
        )
        if out is not None:
            _write(spoken, out)
        else:
            _play(spoken)
    for language in ("hi", "en"):
        console.print(f"{language}: {notice.said(language)}", markup=False, highlight=False)
    if not yes and not typer.confirm("Is what callers hear right?"):
        raise CommandError(f"notice {notice.id} stays a draft; change it: warroom notice update {notice.id} --spoken …")
    heard = _with_service(context, lambda service: service.hear(notice.id, notice.revision, by=_person()))
    _say(heard, as_json=as_json)


@app.command()
def publish(context: typer.Context, notice_id: NoticeId, *, as_json: Json = False) -> None:
    """Publish the newest revision: callers hear it, boards show it, CAP and messages tell it."""
    _say(_with_service(context, lambda service: service.publish(notice_id, by=_person())), as_json=as_json)


@app.command()
def withdraw(
    context: typer.Context,
    notice_id: NoticeId,
    reason: Annotated[str, typer.Option(help="Why; CAP tells it.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Take a notice back everywhere: nobody hears, sees or is sent it any more."""
    _say(
        _with_service(context, lambda service: service.withdraw(notice_id, by=_person(), reason=reason)),
        as_json=as_json,
    )


@app.command("list")
def list_(
    context: typer.Context,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List notices, newest first."""
    found = _with_service(context, lambda service: service.notices(open_only=not everything, limit=limit))
    rows: list[dict[str, Any]] = [one.model_dump(mode="json") for one in found]
    if not as_json:
        for row, one in zip(rows, found, strict=True):
            row |= {"until": short(one.ends), "status": STATUS_WORDS[one.status].en, "text": one.text.split("\n")[0]}
    show(rows, _COLUMNS, as_json=as_json, empty="no notices")


@app.command("show")
def show_(context: typer.Context, notice_id: NoticeId) -> None:
    """Print all revisions of a notice, oldest first, as JSON."""
    print_json([one.model_dump(mode="json") for one in _revisions(context, notice_id)])


def _words(*, districts: str | None, starts: str | None, ends: str | None, **given: object) -> NoticeWords:
    now = datetime.now(UTC)
    values = {name: value for name, value in given.items() if value is not None}
    if districts is not None:
        values["districts"] = _districts(districts)
    if starts is not None:
        values["starts"] = read_due(starts, now, "--from")
    if ends is not None:
        values["ends"] = read_due(ends, now, "--until")
    try:
        return NoticeWords.model_validate(values)
    except ValidationError as error:
        raise CommandError(what_is_wrong(error).en) from None


def _districts(text: str) -> list[str]:
    if text == _STATE:
        return []
    known = load_places().districts
    asked = [part.strip() for part in text.split(",")]
    return [known_name("--districts", one, known) for one in asked]


def _revisions(context: typer.Context, notice_id: str) -> list[Notice]:
    found = _with_service(context, lambda service: service.revisions(notice_id))
    if not found:
        raise CommandError(f"no notice {notice_id!r}; see: warroom notice list --all")
    return found


def _newest(context: typer.Context, notice_id: str) -> Notice:
    newest = _revisions(context, notice_id)[-1]
    if not newest.is_open:
        raise CommandError(f"notice {notice_id} is {STATUS_WORDS[newest.status].en}: write a new one")
    return newest


def _ring(data: Path, operator: str, notice: Notice, kept: NoticeSounds) -> None:
    telephones = {one.id: one.interface for one in applied_operators(data).operator}
    known_name("--call", operator, telephones, see="warroom operators list")
    if not kept.ready(notice):
        raise CommandError(
            f"the sound of notice {notice.id} is not made yet: try again in a few seconds; if it stays so, see: "
            "warroom alerts list"
        )
    calls = load_settings(data).calls
    logging.getLogger("agi.ami").setLevel(logging.WARNING)  # that it is linked to Asterisk is no news here
    manager, secret = (calls.ami_host, calls.ami_port), read_secret(data, AMI)
    if not asyncio.run(hear_by_telephone(manager, secret, telephones[operator], notice)):
        raise CommandError(f"nobody lifted the telephone of operator {operator}")


def _write(spoken: Any, out: Path) -> None:
    try:
        sounds.write_wav(spoken, out)
    except OSError as error:
        raise CommandError(f"--out: {out} cannot be written: {error.strerror}") from None


def _play(spoken: Any) -> None:
    player = next((command for command in _PLAYERS if shutil.which(command[0])), None)
    if player is None:
        raise CommandError("no player here (aplay, play or ffplay); use --out FILE or --call TELEPHONE")
    with tempfile.TemporaryDirectory(prefix="warroom-notice-") as scratch:
        path = Path(scratch, "notice.wav")
        sounds.write_wav(spoken, path)
        played = subprocess.run([*player, str(path)], check=False, capture_output=True)  # noqa: S603 - one of _PLAYERS
    if played.returncode or played.stderr:  # aplay ends with 0 where there is no sound card
        raise CommandError(f"{player[0]} cannot play here, most likely for want of a sound card; use --out or --call")


_NEXT = {
    NoticeStatus.DRAFT: "listen to it: warroom notice hear {id}",
    NoticeStatus.HEARD: "publish it: warroom notice publish {id}",
    NoticeStatus.PUBLISHED: "take it back: warroom notice withdraw {id}",
}


def _say(notice: Notice, *, as_json: bool) -> None:
    if as_json:
        print_json(notice.model_dump(mode="json"))
        return
    follows = _NEXT.get(notice.status, "").format(id=notice.id)
    said = f"notice {notice.id}, revision {notice.revision}: {STATUS_WORDS[notice.status].en}; {notice.area}"
    console.print("; ".join(filter(None, (said, follows))), highlight=False, markup=False)


def _person() -> str:
    return os.environ.get("SUDO_USER") or getpass.getuser()


def _with_service(context: typer.Context, ask: Callable[[NoticeService], Awaitable[T]]) -> T:
    return asyncio.run(_asked(data_of(context), ask))


async def _asked(data: Path, ask: Callable[[NoticeService], Awaitable[T]]) -> T:
    settings = load_settings(data)
    async with open_storage(data) as store:
        return await ask(NoticeService(store, load_places(), settings.notices, node=settings.router.node))
