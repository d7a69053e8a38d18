"""`warroom up`: starts the whole stack, and stays with it until Ctrl-C."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from warroom.cli.common import CommandError, ProgressBar, console, data_of
from warroom.cli.stack.greeting import Greeting
from warroom.cli.stack.interrupts import Interrupts
from warroom.config.settings import Settings, load_settings
from warroom.services.stack.running_stack import READY_TIMEOUT_S
from warroom.services.supervision.drain import Drain
from warroom.services.supervision.log_files import LOGS, LogFollower
from warroom.services.supervision.parts import SupervisionError
from warroom.services.supervision.start import start
from warroom.services.supervision.stopping import Draining, DrainUndoneError, stop_all
from warroom.services.supervision.supervisord_client import SupervisordClient
from warroom.services.supervision.unsupervised import Unsupervised

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.services.supervision.start import StartedStack

_POLL_INTERVAL_S: Final = 0.4
MIN_LIFE_S: Final = 10.0
"""A supervisor that ends within it is not replaced: what ends it would end the next one too."""
_WIDTH: Final = max(map(len, LOGS))

Detach = Annotated[bool, typer.Option("--detach", help="Return as soon as the stack is ready; it goes on.")]
DemoAccounts = Annotated[
    bool, typer.Option("--demo-accounts", help="Make an account of the screens for each role, and print its password.")
]


def up(context: typer.Context, *, detach: Detach = False, demo_accounts: DemoAccounts = False) -> None:
    """Prepare the data directory and run broker, Asterisk and services until Ctrl-C.

    A part that ends is started again. Ctrl-C refuses new calls, waits for those going on, and stops; a second one stops
    at once. A closed terminal leaves the stack running: see `warroom status`, `warroom logs`, `warroom stop`.
    """
    data = data_of(context)
    settings = load_settings(data)
    follower = LogFollower(data, LOGS)
    with ProgressBar() as progress:
        stack = start(data, settings, progress)
    _say_taken_over(stack)
    greeting = Greeting(data, settings, stack, demo_accounts=demo_accounts)
    if detach:
        _wait_until_ready(data, stack, greeting)
        return
    _follow_until_stopped(data, settings, stack, follower, greeting)


def _wait_until_ready(data: Path, stack: StartedStack, greeting: Greeting) -> None:
    until = time.monotonic() + READY_TIMEOUT_S
    while missing := _not_ready(data):
        if stack.supervisor.poll() is not None or time.monotonic() > until:
            raise CommandError(f"not ready: {', '.join(missing)}; see: warroom status, warroom logs {missing[0]}")
        time.sleep(_POLL_INTERVAL_S)
    greeting.say(end="warroom stop")


def _follow_until_stopped(
    data: Path, settings: Settings, stack: StartedStack, follower: LogFollower, greeting: Greeting
) -> None:
    """Print the output of the parts, until the stack has stopped. A supervisor that was killed is replaced."""
    greeted, late_at = False, time.monotonic() + READY_TIMEOUT_S
    began = time.monotonic()
    draining: Draining | None = None
    with Interrupts() as interrupts:
        while True:
            _print_new(follower)
            if stack.supervisor.poll() is not None:
                if Drain(data).on or not Unsupervised(data).pids():
                    break
                if time.monotonic() - began < MIN_LIFE_S:
                    raise CommandError(
                        "the supervisor ends again and again; its parts go on; see: warroom logs supervisor"
                    )
                stack, began = _replace_supervisor(data, settings), time.monotonic()
            if not greeted and not _not_ready(data):
                greeting.say(end="Ctrl-C")
                greeted = True
            elif not greeted and time.monotonic() > late_at:
                _say(f"not ready after {READY_TIMEOUT_S:.0f} s: {', '.join(_not_ready(data))}; see: warroom doctor")
                greeted = True
            if interrupts.count and draining is None:
                draining = Draining(data, _say, "Ctrl-C again cuts them off")
                draining.begin()
            if draining is not None and _may_stop(draining, interrupts):
                stop_all(data, SupervisordClient(data))
                break
            if not interrupts.count:
                draining = None
            time.sleep(_POLL_INTERVAL_S)
        _print_new(follower)
        follower.close()
        stack.supervisor.wait()


def _replace_supervisor(data: Path, settings: Settings) -> StartedStack:
    """Nobody would start a part again, and in a container nobody would start us again without cutting all calls."""
    _say("the supervisor was killed; its parts go on, and another one takes them over")
    stack = start(data, settings, lambda *_: None)
    _say_taken_over(stack)
    return stack


def _say_taken_over(stack: StartedStack) -> None:
    for name, pid in stack.taken_over.items():
        _say(f"{name} runs already as process {pid}: taken over")


def _may_stop(draining: Draining, interrupts: Interrupts) -> bool:
    try:
        return interrupts.count > 1 or draining.over()
    except DrainUndoneError as undone:
        _say(str(undone))
        interrupts.count = 0
        return False


def _not_ready(data: Path) -> list[str]:
    try:
        return [part.part for part in SupervisordClient(data).parts() if not part.ready]
    except SupervisionError:  # it has just ended
        return ["supervisor"]


def _print_new(follower: LogFollower) -> None:
    for part, line in follower.new_lines():
        _say(f"{part:<{_WIDTH}} | {line}")


def _say(line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
