"""A caller, a telephone line and a desk for the conversation, without telephony and without a store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from agi import dialplan
from agi.destinations.loader import HELPLINES_FILE, read_helplines
from agi.destinations.resolver import DestinationResolver
from agi.dialplan import NextAction
from agi.fastagi.errors import CallerGoneError, PromptMissingError
from agi.fastagi.request import AgiRequest
from agi.fastagi.session import RecordedSound
from agi.ivr.context import StepContext
from agi.ivr.engine import run_call
from agi.ivr.flow import CALLBACK_FILE, LIMITED_FILE, VOICEMAIL_FILE, load_flow
from agi.ivr.menus import spoken_menus
from agi.ivr.state import CallState
from agi.journal.journal import CallNotes
from agi.prompts.catalog import LANGUAGES, catalogue
from recordings.answers.listener import Answer
from recordings.answers.vocabulary import Understood
from recordings.spool import Spool
from router.geo import load_places
from router.intake.service import IntakeService
from router.phone_numbers import normalise
from router.tickets.opening.report import OpenedTicket

MOBILE = "9812343210"
MOBILE_E164 = "+919812343210"
UNIQUEID = "1585000000.7"
NOW = datetime(2020, 4, 1, 10, 0, tzinfo=UTC)
HANG_UP = "hang up"


@cache
def places():
    return load_places()


@cache
def menus():
    return spoken_menus()


@cache
def prompts():
    return {language: frozenset(catalogue(places(), menus(), language)) for language in LANGUAGES}


@cache
def helplines():
    return read_helplines(HELPLINES_FILE, places(), prompts=prompts())


def destinations(*, operators=True, lines=(), emergency=True):
    """The emergency line and our operators unless told otherwise, and other lines."""
    queues = {f"queue-general-{language}" for language in LANGUAGES} if operators else set()
    danger = {"emergency"} if emergency else set()
    return DestinationResolver(lambda: {*danger, *lines, *queues}, places(), lambda: NOW)


@cache
def flow():
    return load_flow(prompts=prompts(), needs=places().needs.keys(), starts=helplines().starts)


@cache
def callback_flow():
    return load_flow(CALLBACK_FILE, prompts=prompts(), needs=places().needs.keys())


@cache
def voicemail_flow():
    return load_flow(VOICEMAIL_FILE, prompts=prompts(), needs=places().needs.keys())


def limited_flow():
    return load_flow(LIMITED_FILE, prompts=prompts(), needs=places().needs.keys())


class FakeBlocks:
    """A list of blocked numbers; with an error it does not answer."""

    def __init__(self, *phones, error=None):
        self.phones = set(phones)
        self.error = error

    async def of_phone(self, phone):
        if self.error:
            raise self.error
        return phone if phone in self.phones else None


class FakeTexts:
    """Texts of which those that a test names are ready: text -> its prompt."""

    def __init__(self, ready=()):
        self.at_hand = dict(ready)
        self.wanted = []
        self.soon = []

    async def ready(self, texts, language):
        self.wanted.append((tuple(texts), language))
        return [self.at_hand.get(text) for text in texts]

    def speak_soon(self, text, language):
        self.soon.append((text, language))


class FakeSession:
    """A caller who presses what a list says, one entry for each question or recording.

    An entry is the keys pressed, `#` included; "" is nobody pressing; HANG_UP or an exception is raised. After the
    last entry nothing is pressed any more. With `gone_at` the line is cut at that command, counted from 1.
    """

    def __init__(self, keys=(), *, caller=MOBILE, helpline="181", gone_at=None, error=CallerGoneError, on_ask=None):
        self.info = AgiRequest("PJSIP/loopback-1", UNIQUEID, "call", (helpline, "181", caller, "loopback"))
        self.language = "hi"
        self.commands = 0
        self.left = list(keys)
        self.gone_at = gone_at
        self.error = error
        self.on_ask = on_ask
        self.asked = []
        self.heard = []
        self.variables = {}
        self.recorded = []
        self.next = None
        self.hashed = False
        self.recording_s = 4.0
        self.noted = []
        self.notes = CallNotes(UNIQUEID, self.noted.append)

    def _command(self, count=1):
        assert self.next is None, "a command after the last one"
        self.commands += count
        if self.gone_at is not None and self.commands >= self.gone_at:
            raise self.error()

    def _hear(self, names):
        missing = {name for name in names if not name.startswith("text-")} - prompts()[self.language]
        if missing:
            raise PromptMissingError("PLAY", ", ".join(missing))
        self.heard.extend(names)

    def _pressed(self):
        keys = self.left.pop(0) if self.left else ""
        if keys == HANG_UP:
            raise CallerGoneError
        if isinstance(keys, Exception):
            raise keys
        return keys

    async def answer(self):
        self._command()

    async def play(self, names):
        self._command()
        self._hear(names)

    async def ask(self, names, *, digits=1, wait_s=5.0, secret=False):
        self._command(1 if len(names) == 1 else 2)
        self._hear(names)
        self.asked.append(tuple(names))
        if self.on_ask:
            self.on_ask(names)
        pressed = self._pressed()
        keys, ended, _ = pressed.partition("#")
        self.hashed = bool(ended) and len(keys) < digits
        return keys[:digits]

    async def ask_sound(self, path: Path, *, seconds):
        self._command()
        self.heard.append(path.name)
        self.sounds_s = seconds
        return self._pressed()

    async def set_variable(self, name, value):
        self._command()
        if name == dialplan.NEXT:
            self.next = NextAction(value)
        else:
            self.variables[name] = value

    async def settled(self):
        self._command()

    async def record(self, path: Path, *, seconds, silence_s=0, stop_keys="0123456789*#"):
        self.recorded.append(path)
        file = path.with_name(path.name + ".wav")
        file.write_bytes(b"R" * 44 + b"s" * 8000)
        self._command()
        key = self._pressed()[:1]
        return RecordedSound(min(self.recording_s, seconds), key)

    async def set_language(self, language):
        self._command()
        self.language = language


class FakeAnswers:
    """Hears one thing after the other: the id of what is understood, "" for words that mean nothing, None for silence.

    An exception class stands for workers that have not heard it in time.
    """

    def __init__(self, folder, *heard, questions=("district",)):
        self.folder = folder
        self.left = list(heard)
        self.questions = questions

    def ready(self, question, language):
        return question in self.questions

    async def hear(self, question, language, path):
        assert path.is_file()
        assert path.parent == self.folder
        meaning = self.left.pop(0)
        if meaning is TimeoutError:
            return None
        return Answer(Understood(meaning, 0.9) if meaning else None, meaning is None, 0.02)


@dataclass
class FakeDesk:
    """Commits at once, unless `fails` is an exception; knows no more than what a test told it."""

    fails: Exception | None = None
    place: str | None = None
    opened: dict = field(default_factory=dict)
    kept: dict = field(default_factory=dict)
    numbers: dict = field(default_factory=dict)
    rows: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    note_keys: list = field(default_factory=list)
    tickets: dict = field(default_factory=dict)
    answers: list = field(default_factory=list)
    nearby: list = field(default_factory=list)

    @property
    def reports(self):
        """All reports by source key, opened at once or later."""
        return self.kept | self.opened

    def _ticket(self, key):
        number = self.numbers.setdefault(key, f"1000000{len(self.numbers):02d}")
        report = self.reports.get(key)
        return SimpleNamespace(
            service_request_id=number,
            number=number,
            district=report and report.district,
            service_code=report and report.need,
            zipcode=report and report.zipcode,
        )

    async def open_or_join(self, report):
        if self.fails:
            raise self.fails
        if report.source_key not in self.kept:
            self.opened[report.source_key] = report
        return OpenedTicket(self._ticket(report.source_key), "opened")

    def open_later(self, report):
        self.kept.setdefault(report.source_key, report)

    async def last_place(self, phone):
        if self.fails:
            raise self.fails
        return self.place

    def call_progress(self, row):
        self.rows.append(row)

    async def call(self, uniqueid):
        return next((row for row in reversed(self.rows) if row.uniqueid == uniqueid), None)

    async def tickets_of_call(self, uniqueid):
        return [self._ticket(key) for key in self.reports if key.startswith(f"{uniqueid}/")]

    async def tickets_of_phone(self, phone, *, open_only, limit):
        if self.fails:
            raise self.fails
        mine = [ticket for ticket in self.tickets.values() if ticket.phone == phone and ticket.is_open]
        return mine[::-1][:limit]

    async def ticket(self, number):
        if self.fails:
            raise self.fails
        return self.tickets.get(number)

    async def nearest_places(self, need, district, zipcode, *, count):
        if self.fails:
            raise self.fails
        return self.nearby[:count]

    async def citizen_answers(self, number, answer, call):
        if self.fails:
            raise self.fails
        self.answers.append((number, answer, call))
        return SimpleNamespace(accepted=True, code="")

    async def note(self, number, text, *, recordings=(), by):
        if self.fails:
            raise self.fails
        self.notes.append((number, by, text, recordings))

    async def attach(self, number, *, recordings=(), status_notes="", key=""):
        if self.fails:
            raise self.fails
        self.notes.append((number, status_notes))
        self.note_keys.append(key)


def names(recordings):
    """Their files' names."""
    return tuple(recording.name for recording in recordings)


def make_talk(
    tmp_path,
    keys=(),
    *,
    desk=None,
    operators=True,
    lines=(),
    emergency=True,
    state=CallState,
    about=None,
    medical=True,
    notices=None,
    texts=None,
    answers=None,
    placed=False,
    **line,
):
    """A call with a caller who presses these keys."""
    incoming, kept = tmp_path / "incoming", tmp_path / "kept"
    incoming.mkdir(exist_ok=True)
    kept.mkdir(exist_ok=True)
    desk = desk or FakeDesk()
    session = FakeSession(keys, **line)
    helpline, did, caller, _ = session.info.args
    call = state(session.info.uniqueid, helpline, did, normalise(caller), NOW, about=about)
    call.medical = medical
    call.placed = placed
    return StepContext(
        session=session,
        desk=desk,
        intake=IntakeService(desk, places()),
        places=places(),
        call=call,
        spool=Spool(incoming, kept),
        incoming=incoming,
        helpline=helplines().of(helpline),
        destinations=destinations(operators=operators, lines=lines, emergency=emergency),
        now=lambda: NOW,
        notices=notices,
        texts=texts,
        answers=answers,
    )


async def simulate_call(tmp_path, keys=(), *, steps=None, **options):
    """The real flow (or other `steps`) with this caller, to its end; a hang-up ends it too."""
    talk = make_talk(tmp_path, keys, **options)
    talk.stages = []
    try:
        await run_call(talk, steps or flow(), talk.stages.append)
    except CallerGoneError:
        assert talk.session.next is None
    return talk


#: Ration, PIN 462001, district confirmed, own number, a few words: the entry of each question and recording.
RATION = ("1", "1", "462001", "1", "1", "", "#")
