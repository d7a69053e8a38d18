"""The actions ``file`` and ``add-to-ticket``: what an operator writes down becomes a ticket, or part of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from agi.call_control.commands import Name  # noqa: TC001  (pydantic reads it)
from agi.console.errors import refusal
from router.bounds import Line, PastMoment, People, PinCode, Telephone, Text  # noqa: TC001  (pydantic reads them)
from router.india import local
from router.intake.base import Submission
from router.model.stranded import STRANDED_NEEDS, WANTS, StrandedFacts, Want
from router.mqtt.commands.operator_commands import WARROOM_OPERATOR
from router.mqtt.operator_messages import OperatorCommand
from router.phone_numbers import UNKNOWN_NUMBER, normalise
from router.tickets.command import Changes  # noqa: TC001  (pydantic reads it)
from router.tickets.errors import CommandRefusedError
from router.tickets.opening.report import Report
from router.tickets.service import UnknownTicketError
from router.validation_messages import TICKET_PATTERN

if TYPE_CHECKING:
    from agi.console.own_calls import OwnCalls
    from router.geo import Places
    from router.intake.service import IntakeService
    from router.model.calls.call_record import CallRecord
    from router.mqtt.commands.operator_commands import OperatorCommands
    from router.tickets.service import TicketService

DANGER: Final = "danger"
"""The need of somebody whose life is in danger."""
TOP_PRIORITY: Final = 1


class FileCommand(OperatorCommand):
    """File a ticket. Whatever is missing goes to the state room's triage desk, to be asked for."""

    action: Literal["file"]
    call: Name | None = None
    """Unique id of the call in which it was told: its number, helpline and language are the ticket's."""
    service_code: Line = ""
    """The need's id, as in ``catalogue/needs``; empty: not said yet."""
    district: Line = ""
    """The district's id; without it the PIN code or the address says where."""
    zipcode: PinCode = ""
    phone: Telephone | None = None
    """Whom to call about it; without it the number of the call."""
    name: Line = ""
    landmark: Line = ""
    address: Line = ""
    quantity: Line = ""
    people: People | None = None
    state: Line = ""
    """Of our people far from home: the id of the other state they are in; else the PIN code says it."""
    home_district: Line = ""
    """Likewise: the id of their district at home."""
    home_state: Line = ""
    """Of another state's people here: its id."""
    wants: Annotated[list[Want], Field(max_length=len(WANTS), default_factory=list)]
    """What stranded people lack."""
    note: Text = ""
    """What was said, in the operator's words."""
    priority: Annotated[int, Field(ge=1, le=4)] | None = None
    """1 emergency to 4 low; without it the need's own."""
    danger: bool = False
    """Somebody's life is in danger: priority 1, and without `service_code` the need ``danger``."""
    received_at: PastMoment | None = None
    """When it was told, where it is typed in later."""
    on_behalf: bool = False
    """The caller speaks for somebody else."""


class AddToTicketCommand(OperatorCommand):
    """Add the call, and what was said in it, to a ticket that is open."""

    action: Literal["add-to-ticket"]
    call: Name
    ticket: Annotated[str, Field(pattern=TICKET_PATTERN)]
    note: Text = ""
    changes: Changes | None = None
    """Fields put right, as of a room's ``correct``."""


class FilingCommands:
    """Does the actions; each may be done twice.

    Args:
        desk: Finds and changes tickets.
        intake: Opens them.
        places: Needs and districts.
        own: Tells in which calls an operator has spoken.
    """

    def __init__(self, desk: TicketService, intake: IntakeService, places: Places, own: OwnCalls) -> None:
        self._desk = desk
        self._intake = intake
        self._places = places
        self._own = own

    def register(self, commands: OperatorCommands) -> None:
        """Have the actions done."""
        commands.on("file", FileCommand, self._file)
        commands.on("add-to-ticket", AddToTicketCommand, self._add)

    async def _file(self, operator: str, command: FileCommand) -> dict[str, Any]:
        if command.service_code and command.service_code not in self._places.needs:
            raise CommandRefusedError("no-need", name=command.service_code)
        if command.district and command.district not in self._places.districts:
            raise refusal("no-district", name=command.district)
        others = {state.id for state in self._places.other_states}
        for state in (command.state, command.home_state):
            if state and state not in others:
                raise refusal("no-state", name=state)
        if command.home_district and command.home_district not in self._places.districts:
            raise refusal("no-district", name=command.home_district)
        row = await self._call(operator, command.call) if command.call else None
        receipt = await self._intake.submit(_submission(operator, command, row))
        ticket = receipt.ticket
        return {
            "ticket": ticket.number,
            "room": ticket.room,
            "joined": receipt.outcome == "joined",
            "version": ticket.version,
        }

    async def _add(self, operator: str, command: AddToTicketCommand) -> dict[str, Any]:
        row = await self._call(operator, command.call)
        report = Report(
            source_key=source_key(operator, command.command_id),
            channel="operator",
            helpline=row.helpline if row else None,
            call=command.call,
        )
        try:
            ticket = await self._desk.join(
                command.ticket, report, note=command.note, changes=command.changes, by=author(operator, command)
            )
        except UnknownTicketError:
            raise refusal("no-ticket", number=command.ticket) from None
        return {"ticket": ticket.number, "room": ticket.room, "version": ticket.version, "stage": ticket.stage.value}

    async def _call(self, operator: str, call: str) -> CallRecord | None:
        """The record of a call that an operator may write down; None when nothing more is known of it."""
        if operator != WARROOM_OPERATOR and not await self._own.has_spoken(operator, call):
            raise refusal("not-your-call", name=call)
        return await self._desk.call(call)


def source_key(operator: str, command_id: str) -> str:
    """Return the key of what one command of an operator files: said again, it finds its ticket."""
    return f"operator/{operator}/{command_id}"


def author(operator: str, command: OperatorCommand) -> str:
    """Return the author's name in a ticket's history and notes."""
    who = WARROOM_OPERATOR if operator == WARROOM_OPERATOR else f"operator {operator}"
    return f"{who}: {command.by}" if command.by else who


def _submission(operator: str, command: FileCommand, row: CallRecord | None) -> Submission:
    number = command.phone or (row.phone if row else None)
    caller = row.phone if row and row.phone != number else None
    return Submission(
        source_key=source_key(operator, command.command_id),
        channel="operator",
        helpline=row.helpline if row else None,
        language=row.language if row else "hi",
        need=command.service_code or (DANGER if command.danger else None),
        district=command.district or None,
        state=command.state or None,
        stranded=_stranded(command),
        zipcode=command.zipcode,
        address=command.address,
        landmark=command.landmark,
        name=command.name,
        people=command.people,
        quantity=command.quantity,
        text=command.note,
        sender=normalise(number) if number else UNKNOWN_NUMBER,
        status_notes=_status(operator, command, caller),
        call=command.call or "",
        priority=TOP_PRIORITY if command.danger else command.priority,
    )


def _stranded(command: FileCommand) -> StrandedFacts | None:
    if command.service_code not in STRANDED_NEEDS:
        return None
    return StrandedFacts(
        home_district=command.home_district or None,
        home_state=command.home_state or None,
        wants=tuple(want for want in WANTS if want in command.wants),
    )


def _status(operator: str, command: FileCommand, caller: str | None) -> str:
    said = [f"Filed by {author(operator, command)}."]
    if command.received_at:
        said.append(f"Told at {local(command.received_at):%d.%m.%Y %H:%M} IST.")
    if command.on_behalf:
        said.append("The caller speaks for somebody else" + (f"; the caller's number is {caller}." if caller else "."))
    return " ".join(said)
