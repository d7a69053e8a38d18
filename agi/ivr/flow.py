"""The flow file: the conversation as named steps, read and checked before the first call."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic import Field, TypeAdapter, ValidationError

from agi.ivr.checks import FlowChecks, FlowProblem, describe_validation_error
from agi.ivr.steps.callback.callback_intro import CallbackIntroStep
from agi.ivr.steps.callback.confirm_resolution import ConfirmResolutionStep
from agi.ivr.steps.callback.explain_rejection import ExplainRejectionStep
from agi.ivr.steps.ending.emergency import EmergencyStep
from agi.ivr.steps.ending.ending import EndStep, LeaveMessageStep
from agi.ivr.steps.ending.transfer_to_helpline import IfHelplineStep, TransferToHelplineStep
from agi.ivr.steps.ending.transfer_to_operator import TransferToOperatorStep
from agi.ivr.steps.if_medical_allowed import IfMedicalAllowedStep
from agi.ivr.steps.menu import MenuStep
from agi.ivr.steps.room.identify_room import IdentifyRoomStep
from agi.ivr.steps.room.room_mailbox import RoomMailboxStep
from agi.ivr.steps.room.room_pin import RoomPinStep
from agi.ivr.steps.ticket.attach_recording import AttachRecordingStep
from agi.ivr.steps.ticket.callback_number import CallbackNumberStep
from agi.ivr.steps.ticket.my_ticket import MyTicketStep
from agi.ivr.steps.ticket.nearest_facilities import NearestFacilitiesStep
from agi.ivr.steps.ticket.open_ticket import OpenTicketStep
from agi.ivr.steps.ticket.other_state import HomeStateStep, OtherStateStep
from agi.ivr.steps.ticket.place import PlaceStep
from agi.ivr.steps.ticket.record_details import RecordDetailsStep
from agi.ivr.steps.ticket.stranded import HomeDistrictStep, HowManyStep, WantsStep
from router.config.toml_lines import TomlLines
from router.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from agi.ivr.steps.base import FlowStep

FLOW_FILE = Path(__file__).with_name("flow.toml")
CALLBACK_FILE = Path(__file__).with_name("callback.toml")
"""The conversation with a citizen who is called."""
VOICEMAIL_FILE = Path(__file__).with_name("room_voicemail.toml")
"""The conversation with a room that calls to hear its messages."""
LIMITED_FILE = Path(__file__).with_name("restricted.toml")
"""The conversation with a number that gets urgent help only."""

AnyStep = Annotated[
    MenuStep
    | PlaceStep
    | OtherStateStep
    | HomeStateStep
    | WantsStep
    | HowManyStep
    | HomeDistrictStep
    | CallbackNumberStep
    | RecordDetailsStep
    | OpenTicketStep
    | MyTicketStep
    | NearestFacilitiesStep
    | AttachRecordingStep
    | CallbackIntroStep
    | ConfirmResolutionStep
    | ExplainRejectionStep
    | IdentifyRoomStep
    | RoomPinStep
    | RoomMailboxStep
    | TransferToOperatorStep
    | IfHelplineStep
    | TransferToHelplineStep
    | EmergencyStep
    | LeaveMessageStep
    | EndStep
    | IfMedicalAllowedStep,
    Field(discriminator="kind"),
]
"""A step of any kind: `kind` says which."""

_STEP: TypeAdapter[AnyStep] = TypeAdapter(AnyStep)
_STEP_FAULTS = frozenset({"union_tag_invalid", "union_tag_not_found", "model_attributes_type"})
"""How pydantic says that `kind` is none, or that a step is no table."""


class FlowError(ConfigError):
    """The flow file cannot be used."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The steps of the conversation.

    Attributes:
        start: The first step.
        operator: The step for key 0, and for callers who cannot answer; "" where the callers are rooms.
        steps: Every step by its name.
    """

    start: str
    operator: str
    steps: Mapping[str, FlowStep]


def load_flow(
    path: Path = FLOW_FILE,
    *,
    prompts: Mapping[str, Collection[str]],
    needs: Collection[str],
    starts: Collection[str] = (),
) -> Flow:
    """Read the flow file and check it.

    Args:
        path: The file.
        prompts: Of each language the names of all prompts there are.
        needs: The ids of all needs.
        starts: Steps that helplines begin with, beside the flow's own.

    Raises:
        FlowError: With every problem found, not only the first.
    """
    text, table = _read(path)
    problems = [FlowProblem(key, f"unknown key '{key}'") for key in table.keys() - {"start", "operator", "steps"}]
    raw = table.get("steps")
    if not isinstance(raw, dict) or not raw:
        problems.append(FlowProblem("steps", "there are no steps: write at least [steps.NAME]"))
        raw = {}
    steps = {name: step for name, content in raw.items() if (step := _step(name, content, problems))}
    flow = Flow(start=str(table.get("start", "")), operator=str(table.get("operator", "")), steps=steps)
    checks = FlowChecks(flow, known=raw.keys(), prompts=prompts, needs=needs, starts=starts)
    problems += checks.problems()
    if problems:
        lines = TomlLines(text)
        placed = sorted({(lines.of(problem.where), problem.text) for problem in problems})
        raise FlowError([f"{path.name} line {line}: {what}" for line, what in placed])
    return flow


def readable_steps(path: Path) -> dict[str, FlowStep]:
    """Return those steps of a flow file that have no mistake in themselves. Raises FlowError when it is no TOML."""
    raw = _read(path)[1].get("steps")
    steps = raw.items() if isinstance(raw, dict) else ()
    return {name: step for name, content in steps if (step := _step(name, content, []))}


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    """The text and the table of a flow file."""
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        twice = " (a key or a step is there twice)" if "overwrite" in str(error) or "twice" in str(error) else ""
        raise FlowError([f"{path.name}: {error}{twice}"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise FlowError([f"{path}: cannot be read: {error}"]) from error


def _step(name: str, content: Any, problems: list[FlowProblem]) -> FlowStep | None:
    """One step of its kind, or None and its problems."""
    try:
        return _STEP.validate_python(content)
    except ValidationError as error:
        found = error.errors()
    if found[0]["type"] in _STEP_FAULTS:
        kind = content.get("kind") if isinstance(content, dict) else None
        kinds = ", ".join(step.kind_name() for step in get_args(get_args(AnyStep)[0]))
        problems.append(
            FlowProblem(f"steps.{name}.kind", f"step '{name}': kind is {kind!r}: it must be one of {kinds}")
        )
    else:
        problems += [describe_validation_error(name, each) for each in found]
    return None
