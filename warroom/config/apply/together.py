"""Puts in force what an admin's files say, all of it or nothing: what `warroom apply` does.

Settings that can be taken while the stack runs, helplines, conversations, prompts, routing rules, operators and trunks.
Calls in progress keep what they began with.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from agi.calls.flows import load_flows
from agi.ivr.menus import spoken_menus
from agi.prompts.build import build, list_missing
from agi.prompts.catalog import prompt_names
from agi.prompts.voices import Voices
from agi.queues import asterisk_config as operator_config
from agi.settings import CallSettings
from agi.trunks import asterisk_config as trunk_config
from agi.trunks.asterisk_config import mask_secrets
from router.errors import ConfigError
from router.geo import load_places
from warroom.config.apply.dead_ends import find_dead_ends
from warroom.config.apply.helplines import HelplineSet, check_helplines
from warroom.config.apply.in_force import (
    differences_of_settings,
    merged,
    nested,
    read_running,
    serve_runs,
    write_running,
)
from warroom.config.apply.operator_apply import lacking_operators, plan_operators
from warroom.config.apply.operators import applied_operators, check_operators
from warroom.config.apply.routes import check_routes
from warroom.config.apply.transaction import (
    DesiredState,
    apply_lock,
    apply_or_rollback,
    differences,
    read_generated,
    save_applied,
)
from warroom.config.apply.trunk_apply import check_restart, lacking_trunks, plan_trunks
from warroom.config.apply.trunks import applied_trunks, check_trunks
from warroom.config.asterisk.config_files import GLOBALS_FILE, Secrets, render_globals
from warroom.config.broker_accounts import BrokerAccounts
from warroom.config.folders import SERVICE_USER, read_file, replace_file
from warroom.config.paths import PROMPT_CACHE, DataDirectory
from warroom.config.secrets import AGI, AMI, METRICS, read_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agi.prompts.build import BuildReport
    from warroom.config.apply.dead_ends import DeadEnd
    from warroom.config.apply.in_force import Difference
    from warroom.config.apply.operator_apply import OperatorChange
    from warroom.config.apply.operators import OperatorSet
    from warroom.config.apply.trunk_apply import TrunkChange
    from warroom.config.apply.trunks import TrunkSet
    from warroom.config.asterisk.console import AsteriskConsole
    from warroom.config.settings import Settings

_RELOADS: Final = (
    "dialplan reload",
    "moh reload",
    "module reload res_pjsip.so",
    "queue reload all",
    "module reload http",
)
"""The numbers before the lines that deliver them."""


class ApplyError(ConfigError):
    """The files have mistakes: nothing was changed."""


@dataclass(frozen=True, slots=True)
class ApplyPlan:
    """The checked files, and the parts of them that are not in force.

    Attributes:
        settings: Settings that do not run as the files say, with what each needs.
        helplines, conversations, routes: Whether each is another than the one in force.
        prompts: Prompts that are missing or said otherwise.
        operators, trunks: What changes of them.
        dead_ends: What leads nowhere once it is in force.
        diff: Lines of a unified diff, without passwords.
    """

    settings: tuple[Difference, ...]
    helplines: bool
    conversations: bool
    routes: bool
    prompts: int
    operators: OperatorChange
    trunks: TrunkChange
    dead_ends: tuple[DeadEnd, ...]
    diff: tuple[str, ...]
    _chosen: _Chosen

    @property
    def nothing(self) -> bool:
        """Whether all is in force already, but for what needs a restart."""
        live = any("warroom apply" in one.needs for one in self.settings)
        files = self.helplines or self.conversations or self.routes or self.prompts
        return not (live or files) and self.operators.nothing and self.trunks.nothing


@dataclass(frozen=True, slots=True)
class _Chosen:
    trunks: TrunkSet
    staff: OperatorSet
    helplines: HelplineSet
    routes: str
    texts: dict[str, str]
    running: dict[str, Any]


def plan_apply(data: Path, settings: Settings) -> ApplyPlan:
    """Check all files, and say what putting them in force would change.

    Raises:
        ApplyError: With every mistake of every file.
    """
    layout = DataDirectory(data)
    running = merged(read_running(data, "asterisk").get("settings", {}), settings)
    calls = CallSettings.model_validate(nested(running, "calls"))
    chosen = _check(data, calls, running)
    serve = read_running(data, "serve")
    helplines = _text(layout.helplines_in_force)
    return ApplyPlan(
        settings=tuple(differences_of_settings(data, settings)),
        helplines=chosen.helplines.source != helplines,
        conversations=bool(serve) and serve.get("conversations") != marks_of_conversations(),
        routes=chosen.routes != _text(layout.routes_in_force),
        prompts=len(list_missing(load_places(), spoken_menus(), data, Voices(settings.prompts.voices))),
        operators=plan_operators(data, chosen.staff),
        trunks=plan_trunks(data, chosen.trunks),
        dead_ends=find_dead_ends(chosen.helplines.helplines, chosen.trunks.trunks, calls, chosen.staff.operators),
        diff=(
            *_diff("helplines.toml", helplines, chosen.helplines.source),
            *_diff("routes.toml", _text(layout.routes_in_force), chosen.routes),
            *differences(data, chosen.texts, lambda text: operator_config.mask_secrets(mask_secrets(text))),
        ),
        _chosen=chosen,
    )


def put_in_force(data: Path, settings: Settings, plan: ApplyPlan, console: AsteriskConsole) -> BuildReport:
    """Put a plan in force, and make sure that Asterisk, the broker and the service of the calls have taken it.

    Returns:
        The result of building the prompts.

    Raises:
        BrokerError: The broker does not run; nothing was changed.
        AsteriskError: It was not taken; what was in force before is in force again, or the text says that it is not.
    """
    check_restart(plan.trunks)
    with apply_lock(data):
        console.ask("core show uptime seconds")
        accounts = BrokerAccounts(data, settings.router.broker)
        accounts.process()
        voices = Voices(settings.prompts.voices)
        report = build(load_places(), spoken_menus(), data=data, cache=PROMPT_CACHE, voices=voices)
        new, old = _states(data, plan, console, accounts)
        apply_or_rollback(data, new, old, reloads=_RELOADS, console=console)
        write_running(data, "asterisk", plan._chosen.running)  # noqa: SLF001 - made here
        return report


def marks_of_conversations() -> dict[str, str]:
    """What changes when a file of the conversations does, by its name."""
    from agi.ivr.menus import FLOW_FILES

    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FLOW_FILES}


def mark_of(path: Path) -> str:
    """What changes when a file does; empty while there is none."""
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_mtime_ns}-{status.st_size}"


def _check(data: Path, calls: CallSettings, running: dict[str, Any]) -> _Chosen:
    places = load_places()
    problems: list[str] = []

    def attempt(check: Callable[[], object]) -> Any:
        try:
            return check()
        except ConfigError as error:
            problems.extend(one for one in error.problems if one not in problems)
            return None

    helplines = attempt(lambda: check_helplines(data))
    starts = helplines.helplines.starts if helplines else ()
    attempt(lambda: load_flows(prompt_names(places, spoken_menus()), places.needs.keys(), starts))
    routes = attempt(lambda: check_routes(data))
    trunks = attempt(lambda: check_trunks(data, calls))
    staff = attempt(lambda: check_operators(data, trunks.trunks if trunks else applied_trunks(data)))
    if problems:
        raise ApplyError(problems)
    days = running["recordings.retention_days.call"]
    hidden = Secrets(**{name: read_secret(data, name) for name in (AGI, AMI, METRICS)})
    texts = {**trunks.texts, **staff.texts, GLOBALS_FILE: render_globals(data, calls, hidden, days)}
    return _Chosen(trunks, staff, helplines, routes, texts, running)


def _states(
    data: Path, plan: ApplyPlan, console: AsteriskConsole, accounts: BrokerAccounts
) -> tuple[DesiredState, DesiredState]:
    """The desired state, and the present one, each with the check whether it is applied."""
    layout, chosen = DataDirectory(data), plan._chosen  # noqa: SLF001 - made here
    known_trunks, known_staff = applied_trunks(data), applied_operators(data)
    trunks, staff = chosen.trunks.trunks, chosen.staff.operators
    ids, known_ids = [one.id for one in staff.operator], [one.id for one in known_staff.operator]
    copies = (layout.trunks_in_force, layout.operators_in_force, layout.helplines_in_force, layout.routes_in_force)
    sources = (chosen.trunks.source, chosen.staff.source, chosen.helplines.source, chosen.routes)
    before = [_text(copy) for copy in copies]
    old_accounts, new_accounts = accounts.present(), accounts.texts(ids)
    old_settings = read_running(data, "asterisk").get("settings", chosen.running)
    marks = {"new": secrets.token_hex(8), "old": secrets.token_hex(8)}

    def tell(which: str, texts: dict[str, str], files: list[str], settings: dict[str, Any]) -> None:
        accounts.put(texts)
        for copy, source in zip(copies, files, strict=True):
            save_applied(copy, source)
        said = {"generation": marks[which], "settings": settings}
        replace_file(layout.applied, json.dumps(said, ensure_ascii=False), SERVICE_USER)

    new = DesiredState(
        chosen.texts,
        lambda: (
            *_not_taken(data, marks["new"]),
            *lacking_trunks(trunks, known_trunks, console),
            *lacking_operators(staff, known_staff, console),
            *accounts.lacking(ids, known_ids),
        ),
        lambda: tell("new", new_accounts, list(sources), chosen.running),
    )
    old = DesiredState(
        read_generated(data, (*trunk_config.FILES, *operator_config.FILES, GLOBALS_FILE)),
        lambda: (
            *_not_taken(data, marks["old"]),
            *lacking_trunks(known_trunks, trunks, console),
            *lacking_operators(known_staff, staff, console),
            *accounts.lacking(known_ids, ids),
        ),
        lambda: tell("old", old_accounts, before, old_settings),
    )
    return new, old


def _not_taken(data: Path, generation: str) -> Iterator[str]:
    """That the service of the calls has not taken it yet; one that does not run takes it at its start."""
    if not serve_runs(data):
        return
    said = read_running(data, "serve")
    if said.get("generation") != generation:
        yield "serve has not taken it: warroom logs serve"
    elif problem := said.get("problem"):
        yield f"serve: {problem}"


def _text(path: Path) -> str:
    return read_file(path) if path.exists() else ""


def _diff(name: str, before: str, after: str) -> Iterator[str]:
    yield from difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="")
