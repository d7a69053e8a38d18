"""The operators of a data directory: the admin's validated file, and a copy of the version in force."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agi.queues.asterisk_config import FILES, RELAY_ADDRESS, render
from agi.queues.loader import OperatorsError, read_operators
from agi.queues.schema import Operators
from router.geo import load_places
from warroom.config.apply.transaction import to_start_with
from warroom.config.paths import DataDirectory
from warroom.config.secrets import ensure_secret, operator_password

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agi.trunks.schema import Trunks

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OperatorSet:
    """Validated operators, ready to be applied.

    Attributes:
        operators: The operators.
        source: The text they were read from; empty without a file.
        texts: The generated files by name; with passwords.
    """

    operators: Operators
    source: str
    texts: Mapping[str, str]


def check_operators(data: Path, trunks: Trunks, path: Path | None = None) -> OperatorSet:
    """Read and check a file of operators with all that it rests on; new operators get their passwords.

    Args:
        data: The data directory.
        trunks: Whose names are taken, and whether SIP over TLS is taken.
        path: The file; None: ``<data>/operators.toml``, which need not exist.

    Raises:
        OperatorsError: With every mistake.
    """
    path = path or DataDirectory(data).operators
    operators = read_operators(path, load_places().divisions)
    taken = {trunk.name for trunk in trunks.trunk}
    problems = [
        f"{path}: operator {one.id!r}: a trunk is named {one.endpoint!r}; rename one of them"
        for one in operators.operator
        if one.endpoint in taken
    ]
    if any(one.in_browser for one in operators.operator):
        problems += [
            f"{path}: trunk {trunk.name!r} has match {source!r}, where telephones in browsers come from: leave "
            f"{RELAY_ADDRESS} out"
            for trunk in trunks.trunk
            for source in trunk.sources
            if ipaddress.ip_address(RELAY_ADDRESS) in ipaddress.ip_network(source, strict=False)
        ]
    if trunks.tls is None:
        problems += [
            f'{path}: operator {one.id!r}: transport = "tls" needs a certificate: write [tls] in trunks.toml'
            for one in operators.operator
            if one.transport == "tls"
        ]
    if problems:
        raise OperatorsError(problems)
    passwords = {one.id: password_of(data, one.id) for one in operators.operator}
    source = path.read_text("utf-8-sig") if path.exists() else ""
    return OperatorSet(operators, source, render(operators, passwords, DataDirectory(data).prompts))


def password_of(data: Path, operator_id: str) -> str:
    """Return an operator's password, making it if there is none yet."""
    return ensure_secret(data, operator_password(operator_id))


def applied_operators(data: Path) -> Operators:
    """Return the operators that were last applied to Asterisk.

    Raises:
        OperatorsError: The copy was spoilt.
    """
    return read_operators(DataDirectory(data).operators_in_force, load_places().divisions)


class OperatorsFile:
    """The operators in force, read again when the file has changed.

    Args:
        data: The data directory.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._known: tuple[int, Operators] = (0, Operators())

    async def read(self) -> Operators:
        """Return them; those known before, when the copy was spoilt."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> Operators:
        try:
            changed = DataDirectory(self._data).operators_in_force.stat().st_mtime_ns
        except FileNotFoundError:
            return Operators()
        if changed != self._known[0]:
            try:
                self._known = changed, applied_operators(self._data)
            except OperatorsError as error:
                _log.error("operators: %s", error)
        return self._known[1]


def initial_operators(data: Path, trunks: Trunks) -> OperatorSet:
    """Return the admin's operators; after a mistake in them, those that were in force before.

    Raises:
        OperatorsError: There is a mistake, and nothing was in force before.
    """
    return to_start_with(
        "operators",
        data,
        DataDirectory(data).operators_in_force,
        FILES,
        check=lambda: check_operators(data, trunks),
        before=lambda source, kept: OperatorSet(applied_operators(data), source, kept),
    )
