"""Putting operators and queues in force on a running Asterisk: written, reloaded, read back; or all as it was."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agi.queues.conf import FILES, TELEPHONES, expected
from warroom.asterisk_files import AsteriskProblem, replace_file
from warroom.operator_files import keep_operators, operators_in_force
from warroom.trunk_apply import READ_BACK_S, alone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from agi.queues.model import Operators
    from warroom.asterisk_console import AsteriskConsole
    from warroom.operator_files import OperatorSet

_LOOK_S: Final = 0.2
_RELOADS: Final = ("dialplan reload", "moh reload", "module reload res_pjsip.so", "queue reload all")
_PARAMETER: Final = re.compile(r"^ (\S+)\s+: ?(.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class OperatorChange:
    """What would be, or was, changed.

    Attributes:
        added, removed, changed: Ids of operators.
        queues: Whether it changes the queues or their rules.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    queues: bool

    @property
    def nothing(self) -> bool:
        """Whether all is in force already."""
        return not (self.added or self.removed or self.changed or self.queues)


def planned(data: Path, chosen: OperatorSet) -> OperatorChange:
    """Say what putting these in force would change."""
    present = _read(data)
    before, after = _sections(present[TELEPHONES]), _sections(chosen.texts[TELEPHONES])
    known = {one.id: one for one in operators_in_force(data).operator}
    return OperatorChange(
        added=tuple(one for one in after if one not in before),
        removed=tuple(one for one in before if one not in after),
        changed=tuple(
            one
            for one in after
            if one in before and (before[one] != after[one] or known.get(one) != chosen.operators.named(one))
        ),
        queues=any(present[name] != chosen.texts[name] for name in FILES if name != TELEPHONES),
    )


def put_in_force(data: Path, chosen: OperatorSet, console: AsteriskConsole) -> None:
    """Write the files, have Asterisk read them, and make sure that it has. Calls in progress and waiting go on.

    Raises:
        AsteriskProblem: It was not taken; what was in force before is in force again, or the text says that it is not.
    """
    with alone(data, "operators"):
        console.ask("core show uptime seconds")
        before, known = _read(data), operators_in_force(data)
        problems = _try(data, chosen.texts, chosen.operators, known, console)
        if not problems:
            keep_operators(data, chosen)
            return
        left = _try(data, before, known, chosen.operators, console)
    end = f"; going back failed too: {'; '.join(left)}; restart the stack" if left else "; all is as it was before"
    raise AsteriskProblem(f"operators: Asterisk did not take them: {'; '.join(problems)}{end}")


def _try(
    data: Path, texts: Mapping[str, str], operators: Operators, others: Operators, console: AsteriskConsole
) -> list[str]:
    """Write, reload, read back until all is there; returns what is not."""
    try:
        for name in FILES:
            replace_file(data / "asterisk" / "generated" / name, texts[name])
        for command in _RELOADS:
            console.ask(command)
        end = time.monotonic() + READ_BACK_S
        while problems := list(_lacking(operators, others, console)):
            if time.monotonic() > end:
                break
            time.sleep(_LOOK_S)
    except (AsteriskProblem, OSError) as error:
        return [str(error)]
    return problems


def _lacking(operators: Operators, others: Operators, console: AsteriskConsole) -> Iterator[str]:
    """What Asterisk says otherwise than it should."""
    for one in operators.operator:
        said = dict(_PARAMETER.findall(console.ask(f"pjsip show endpoint {one.endpoint}")))
        for name, value in expected(one).items():
            if said.get(name) != value:
                yield f"{one.id}: {name} is {said.get(name, 'not there')}, not {value}"
    for other in others.operator:
        if operators.named(other.id) is None:
            answer = console.ask(f"pjsip show endpoint {other.endpoint}")
            if "Unable to find" not in answer:
                yield f"{other.id}: is still there"
    there = console.ask("queue show")
    for queue in operators.queues:
        if not re.search(rf"^{queue} has ", there, re.MULTILINE):
            yield f"queue {queue} is not there"


def _read(data: Path) -> dict[str, str]:
    """The generated files as they are; empty before the first start."""
    paths = {name: data / "asterisk" / "generated" / name for name in FILES}
    return {name: path.read_text("utf-8") if path.exists() else "" for name, path in paths.items()}


def _sections(text: str) -> dict[str, str]:
    """What is written of each operator, by id."""
    parts = re.split(r"^(?=\[operator-)", text, flags=re.MULTILINE)
    return {header[1]: part.strip() for part in parts if (header := re.match(r"\[operator-([a-z0-9]+)\]", part))}
