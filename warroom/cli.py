"""The `warroom` command: one entry for admins, rooms and scripts.

Exit codes: 0 done; 1 it could not be done, or something is wrong (one line says what and what to do);
2 the command was typed wrongly; 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from agi.errors import AmiError
from agi.prompts.build import PromptError
from router.mistakes import Mistakes
from router.store.errors import StoreUnavailable
from warroom.api_settings import ApiProblem
from warroom.asterisk_files import AsteriskProblem
from warroom.broker_accounts import BrokerProblem
from warroom.commands import (
    alerts,
    api_keys,
    block,
    bridge,
    call,
    call_recording,
    doctor,
    export,
    figures,
    helplines,
    lines,
    model,
    operators,
    places,
    plan,
    prompts,
    queues,
    recordings,
    room_commands,
    rooms,
    routes,
    service,
    settings,
    shortage,
    task,
    tickets,
    trunks,
    understand,
)
from warroom.commands.common import FAILED, CommandProblem, Place, errors
from warroom.settings import SettingsProblem
from warroom.stack import StackProblem

_EXPECTED = (
    AmiError,
    ApiProblem,
    AsteriskProblem,
    BrokerProblem,
    CommandProblem,
    Mistakes,
    PromptError,
    SettingsProblem,
    StackProblem,
    StoreUnavailable,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The telephone exchange of a state's emergency war room.",
)
app.command("up")(service.up)
app.command("serve")(service.serve)
app.command("api")(service.api)
app.command("transcribe")(service.transcribe)
app.command("demo")(call.demo)
app.command("call")(call.call)
app.command("doctor")(doctor.doctor)
app.command("understand")(understand.understand)
app.add_typer(rooms.rooms_app, name="rooms", help="The district rooms.")
app.add_typer(rooms.room_app, name="room", help="Be one room, over MQTT.")
room_commands.add_to(rooms.room_app)
app.add_typer(tickets.app, name="tickets", help="What callers asked for.")
tickets.app.command("export")(export.export)
app.add_typer(routes.app, name="routes", help="Which room gets a ticket, and why.")
app.add_typer(alerts.app, name="alerts", help="What is late, short or away.")
app.add_typer(api_keys.app, name="api-keys", help="The keys of other programs.")
app.add_typer(task.app, name="task", help="What the war room wants done.")
app.add_typer(places.app, name="places", help="Shops, kitchens, chemists, pumps.")
app.command("shortage")(shortage.shortage)
app.command("lines")(lines.lines)
app.command("figures")(figures.figures)
app.command("plan")(plan.plan)
app.add_typer(bridge.app, name="bridge", help="Calls put together, parted, handed on.")
app.add_typer(call_recording.app, name="call-recording", help="What is left out of a recorded call.")
app.add_typer(block.app, name="block", help="Numbers that get urgent help only.")
app.add_typer(helplines.app, name="helplines", help="Who answers, and who is tried.")
app.add_typer(trunks.app, name="trunks", help="Lines to the telephone network.")
app.add_typer(operators.app, name="operators", help="Who answers calls.")
app.command("queues")(queues.queues)
app.add_typer(recordings.app, name="recordings", help="What callers said.")
recordings.app.command("corrections")(understand.corrections)
app.add_typer(model.app, name="model", help="The speech models.")
app.add_typer(prompts.app, name="prompts", help="What callers hear.")
app.add_typer(settings.app, name="settings", help="What is set.")


@app.callback()
def _root(
    context: typer.Context,
    data: Annotated[
        Path, typer.Option(envvar="WARROOM_DATA", help="The data directory: all state of this stack.")
    ] = Path("var"),
    log: Annotated[str, typer.Option(envvar="WARROOM_LOG", help="debug, info, warning or error.")] = "info",
) -> None:
    level = logging.getLevelNamesMapping().get(log.upper())
    if level is None:
        raise CommandProblem(f"--log: unknown level {log!r}; expected debug, info, warning or error")
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it names its every plugin
    context.obj = Place(data.resolve())


def main() -> None:
    """Run the command; what is expected to go wrong ends in one clear line, never in a stack trace."""
    try:
        app()
    except _EXPECTED as error:
        for line in str(error).splitlines():
            errors.print(f"warroom: {line}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(FAILED)
    except PermissionError as error:
        errors.print(f"warroom: {error.filename}: no permission; run this as root", markup=False, soft_wrap=True)
        sys.exit(FAILED)
