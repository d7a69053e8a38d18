"""The flow file: the conversation as named steps, read and checked before the first call."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from agi.conversation.about import About
from agi.conversation.add import Add
from agi.conversation.callback import Callback
from agi.conversation.checks import Checks, Problem, said_of
from agi.conversation.details import Details
from agi.conversation.emergency import Emergency
from agi.conversation.ending import End, Message
from agi.conversation.first_medical import FirstMedical
from agi.conversation.helped import Helped
from agi.conversation.human import Human
from agi.conversation.line import IfLine, Line
from agi.conversation.lines import Lines
from agi.conversation.mailbox import MailboxStep
from agi.conversation.menu import Menu
from agi.conversation.my_ticket import MyTicket
from agi.conversation.nearest import Nearest
from agi.conversation.outside import Outside
from agi.conversation.pin import Pin
from agi.conversation.place import Place
from agi.conversation.refused import Refused
from agi.conversation.room import Room
from agi.conversation.ticket import TicketStep
from router.mistakes import Mistakes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from agi.conversation.step import Step

FLOW_FILE = Path(__file__).with_name("flow.toml")
CALLBACK_FILE = Path(__file__).with_name("callback.toml")
"""The conversation with a citizen whom we have called."""
VOICEMAIL_FILE = Path(__file__).with_name("voicemail.toml")
"""The conversation with a room that calls to hear its messages."""
LIMITED_FILE = Path(__file__).with_name("limited.toml")
"""The conversation with a number that gets urgent help only."""

KINDS: Mapping[str, type[Step]] = {
    "menu": Menu,
    "place": Place,
    "outside": Outside,
    "callback": Callback,
    "details": Details,
    "ticket": TicketStep,
    "my-ticket": MyTicket,
    "nearest": Nearest,
    "add": Add,
    "about": About,
    "helped": Helped,
    "refused": Refused,
    "room": Room,
    "pin": Pin,
    "mailbox": MailboxStep,
    "human": Human,
    "if-line": IfLine,
    "line": Line,
    "emergency": Emergency,
    "message": Message,
    "end": End,
    "first-medical": FirstMedical,
}


class FlowError(Mistakes):
    """The flow file cannot be used."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The steps of the conversation.

    Attributes:
        start: The first step.
        human: Where key 0 leads, and callers who cannot answer; "" where there are no callers but rooms.
        steps: Every step by its name.
    """

    start: str
    human: str
    steps: Mapping[str, Step]


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
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        twice = " (a key or a step is there twice)" if "overwrite" in str(error) or "twice" in str(error) else ""
        raise FlowError([f"{path.name}: {error}{twice}"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise FlowError([f"{path}: cannot be read: {error}"]) from error

    problems = [Problem(key, f"unknown key '{key}'") for key in table.keys() - {"start", "human", "steps"}]
    raw = table.get("steps")
    if not isinstance(raw, dict) or not raw:
        problems.append(Problem("steps", "there are no steps: write at least [steps.NAME]"))
        raw = {}
    steps = {name: step for name, content in raw.items() if (step := _step(name, content, problems))}
    flow = Flow(start=str(table.get("start", "")), human=str(table.get("human", "")), steps=steps)
    checks = Checks(flow, known=raw.keys(), prompts=prompts, needs=needs, starts=starts)
    problems += checks.problems()
    if problems:
        lines = Lines(text)
        placed = sorted({(lines.of(problem.where), problem.text) for problem in problems})
        raise FlowError([f"{path.name} line {line}: {what}" for line, what in placed])
    return flow


def _step(name: str, content: Any, problems: list[Problem]) -> Step | None:
    """One step of its kind, or None and its problems."""
    where = f"steps.{name}"
    kind = content.get("kind") if isinstance(content, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        problems.append(
            Problem(f"{where}.kind", f"step '{name}': kind is {kind!r}: it must be one of {', '.join(KINDS)}")
        )
        return None
    try:
        return KINDS[kind].model_validate(content)
    except ValidationError as error:
        problems += [Problem(*said_of(name, each)) for each in error.errors()]
        return None
