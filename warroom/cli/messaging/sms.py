"""`warroom sms status | test | secret | addresses | inbox`."""

from __future__ import annotations

import asyncio
import secrets as random
import sys
import time
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import typer

from router.clock import utc_now
from router.geo import load_places
from router.intake.sms.in_force import PATH_SECRET, PROVIDER_SECRET, SIGNATURE_SECRET
from router.intake.sms.provider.templates import TELEPHONE
from router.intake.sms.sending.queue import CHANNEL, is_mobile
from router.intake.sms.words import sms_variables
from router.masking import mask
from router.model.messaging.outgoing import QUEUED, SENT, NewOutgoing
from router.phone_numbers import PhoneNumberError, read
from warroom.cli.common import FAILED, CommandError, Json, console, data_of, errors, open_storage, print_json, show
from warroom.cli.messaging.inbox import inbox
from warroom.cli.messaging.sms_status import Status, lines_of, read_status
from warroom.config.secrets import sms_secret, write_secret
from warroom.services.sms import make_sms_in_force

if TYPE_CHECKING:
    from pathlib import Path

    from router.intake.sms.provider.templates import Language
    from router.model.messaging.outgoing import OutgoingMessage
    from router.storage.unit_of_work import UnitOfWork

app = typer.Typer(no_args_is_help=True)
app.command()(inbox)

POLL_S: Final = 0.5
TAKE_TIMEOUT_S: Final = 30.0
"""For the api process to hand the message to the provider, and for the provider's answer."""
REPORT_TIMEOUT_S: Final = 60.0
"""For the delivery report: a telephone that is on has the message within seconds."""
_MAX_SECRET: Final = 256
_PATH_BYTES: Final = 24
_COLUMNS: Final = {
    "name": "Template",
    "language": "Language",
    "dlt_id": "DLT id",
    "parts": "Parts",
    "units": "Units",
    "encoding": "Encoding",
}


class Secret(StrEnum):
    """The secrets that a provider gives an admin."""

    PROVIDER = PROVIDER_SECRET
    SIGNATURE = SIGNATURE_SECRET


class LanguageName(StrEnum):
    """The languages of templates."""

    HI = "hi"
    EN = "en"


@app.command()
def status(context: typer.Context, *, as_json: Json = False) -> None:
    """Show provider, queue, what became of today's messages, and in how many parts each template is sent.

    Exit code 1 when nothing can be sent: sms.toml has a mistake, a secret is missing, the provider takes nothing.
    """
    found = asyncio.run(_status(data_of(context)))
    if as_json:
        print_json(asdict(found))
    else:
        for line in lines_of(found):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        rows = [asdict(one) for one in found.templates]
        show(rows, _COLUMNS, as_json=False, empty="no templates: docs/sms.md")
    if found.problems:
        raise typer.Exit(FAILED)


@app.command("test")
def send_test(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="A mobile number in India: your own.")],
    *,
    template: Annotated[str, typer.Option(help="Name of the template.")] = "ticket-number",
    language: Annotated[LanguageName, typer.Option(help="Of the template.")] = LanguageName.HI,
    as_json: Json = False,
) -> None:
    """Send a template with sample values through the queue, and wait for the provider's answer and its report."""
    data = data_of(context)
    try:
        to = read(number).e164
    except PhoneNumberError as error:
        raise CommandError(f"{number}: {error}") from None
    if to is None or not is_mobile(to):
        raise CommandError("no mobile number in India: SMS by DLT templates goes to these alone")
    in_force = make_sms_in_force(data, load_places())
    in_force.look()
    if in_force.sms is None or in_force.problems:
        raise CommandError("\n".join(in_force.problems) or f"there is no {data}/sms.toml: docs/sms.md")
    chosen = in_force.sms.template(template, language.value)
    if chosen is None:
        known = ", ".join(sorted({one.name for one in in_force.sms.templates}))
        raise CommandError(f"no template {template!r} in sms.toml (known: {known})")
    message = NewOutgoing(
        channel=CHANNEL,
        key=f"test/{random.token_hex(8)}",
        purpose="ticket-number",
        body={"template": template, "language": chosen.language, "values": _samples(chosen.language)},
        to=to,
        priority=1,
    )
    ended, why = asyncio.run(_send(data, message, reports=in_force.sms.report is not None))
    if as_json:
        print_json({"id": ended.id, "state": ended.state, "provider_id": ended.provider_id, "error": why})
    else:
        console.print(f"message {ended.id} to {mask(to)}: {ended.state}{f': {why}' if why else ''}", highlight=False)
    if ended.state in ("failed", "dropped"):
        raise typer.Exit(FAILED)


@app.command()
def secret(context: typer.Context, name: Annotated[Secret, typer.Argument(help="Which of them.")]) -> None:
    """Keep a secret of the provider's: read from standard input, hidden while typed, in force within seconds.

    `provider`: the account's password, token or key. `signature`: with which the provider signs its requests (Twilio).
    """
    data = data_of(context)
    if not (data / "secrets").is_dir():
        raise CommandError(f"{data}: no data directory yet: warroom up")
    text = typer.prompt(name, hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.read(_MAX_SECRET + 2)
    value = text.strip()
    if not value:
        raise CommandError(f"nothing came on standard input: warroom sms secret {name} < FILE, or type it")
    if len(value) > _MAX_SECRET or not value.isascii() or not value.isprintable() or " " in value:
        raise CommandError("expected letters, digits and signs in one line, without spaces")
    write_secret(data, sms_secret(name), value)
    errors.print(f"kept in {data}/secrets/{sms_secret(name)}, readable by the services alone")


@app.command()
def addresses(
    context: typer.Context,
    *,
    new: Annotated[bool, typer.Option("--new", help="Make another secret part; the one before is refused.")] = False,
    as_json: Json = False,
) -> None:
    """Print our addresses for the provider. Their middle part is a secret: enter them at the provider, nowhere else."""
    if new:
        write_secret(data_of(context), sms_secret(PATH_SECRET), random.token_urlsafe(_PATH_BYTES))
    in_force = make_sms_in_force(data_of(context), load_places())
    in_force.look()
    part = in_force.secret(PATH_SECRET)
    if not part:
        raise CommandError("no secret part yet: warroom up makes it")
    base = in_force.sms.webhook.public_url if in_force.sms else ""
    found = {name: f"{base or 'https://YOUR-HOST'}/sms/{part}/{name}" for name in ("in", "report")}
    if as_json:
        print_json(found)
        return
    console.print(f"messages of citizens: {found['in']}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"delivery reports:     {found['report']}", markup=False, highlight=False, soft_wrap=True)


def _samples(language: Language) -> dict[str, str]:
    """The longest values there are: the message costs what the dearest one does."""
    values = sms_variables(load_places()).values(language)
    del values[TELEPHONE]  # is the provider's
    return values


async def _status(data: Path) -> Status:
    async with open_storage(data) as store:
        places = load_places()
        in_force = make_sms_in_force(data, places)
        await asyncio.to_thread(in_force.look)
        return await store.read(partial(read_status, in_force=in_force, variables=sms_variables(places), now=utc_now()))


async def _send(data: Path, new: NewOutgoing, *, reports: bool) -> tuple[OutgoingMessage, str]:
    """Queue a message and wait for its fate; return it, and why it failed."""
    async with open_storage(data) as store:
        await store.write(lambda uow: uow.messages_out.add(new, utc_now()))
        limit, told = time.monotonic() + TAKE_TIMEOUT_S, False
        while True:
            message, error = await store.read(partial(_fate, key=new.key))
            if message.state not in (QUEUED, SENT) or (message.state == SENT and not reports):
                return message, error
            if time.monotonic() > limit and message.state == SENT:
                return message, "taken by the provider; no delivery report yet"
            if time.monotonic() > limit:
                await store.write(lambda uow: uow.messages_out.drop_key(CHANNEL, new.key, "the test ended", utc_now()))
                why = error or "the api process does not take it"
                raise CommandError(f"not sent within {TAKE_TIMEOUT_S:.0f} s: {why}: warroom status, warroom logs api")
            if message.state == SENT and not told:
                told, limit = True, time.monotonic() + REPORT_TIMEOUT_S
                errors.print("taken by the provider; waiting for its delivery report (Ctrl-C ends that)")
            await asyncio.sleep(POLL_S)


def _fate(uow: UnitOfWork, *, key: str) -> tuple[OutgoingMessage, str]:
    found = uow.messages_out.by_key(CHANNEL, key)
    if found is None:
        raise CommandError("the message is gone from the store")
    return found
