"""`warroom demo` and `warroom test-call`: real SIP calls from a loopback trunk."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agi.prompts.build import spoken_alaw
from warroom.cli.common import CommandError, ProgressBar, console, data_of
from warroom.cli.rooms.rooms import event_line
from warroom.config.paths import PROMPT_CACHE, DataDirectory
from warroom.config.secrets import test_header
from warroom.config.settings import Settings, load_settings
from warroom.services.demo import ROOM, DemoError, DemoResult, run_demo
from warroom.services.stack.processes import prepare
from warroom.services.stack.running_stack import RunningStack
from warroom.services.supervision.find import is_running
from warroom.sip_test_client import CallRefusedError, PromptMatcher, TestCall

if TYPE_CHECKING:
    pass

_DEMO_SPEECH = "गाँव बैरसिया। पंचायत भवन के पास। हम पाँच लोग हैं।"
_KEYS = re.compile(r"[0-9*#]+", re.ASCII)
_USER = re.compile(r"[!-~]{1,80}", re.ASCII)  # any form a network may send: it is for tests of what we make of it
_ANSWER_WAIT_S = 30.0  # the longest prompt is 20 s; one that is not heard by then will not come


def demo(context: typer.Context) -> None:
    """Place one real call to 181 and show the ticket as the Bhopal room receives it.

    Uses the running stack of this data directory, or starts one for the call and ends it.
    """
    data = data_of(context)
    settings = load_settings(data)
    if is_running(data):
        result = _place(data, settings)
    else:
        with ProgressBar() as progress:
            prepare(data, settings, progress)
            progress("starting", 0, 1)
            with RunningStack(data, services=["serve"]):  # all that a call needs
                progress("starting", 1, 1)
                result = _place(data, settings)
    _print(result)


def _place(data: Path, settings: Settings) -> DemoResult:
    speech = spoken_alaw(_DEMO_SPEECH, "hi", PROMPT_CACHE)

    def tell(line: str) -> None:
        console.print(f"  caller: {line}", markup=False, highlight=False)

    try:
        return asyncio.run(run_demo(data, settings, speech, tell))
    except DemoError as error:
        raise CommandError(f"demo failed at {error}") from None


def _print(result: DemoResult) -> None:
    console.print(f"\nthe ticket, as {ROOM} received it:")
    typer.echo(json.dumps(result.ticket.event, ensure_ascii=False, indent=2))
    console.print(event_line(result.ticket), markup=False, highlight=False)
    typer.echo(f"demo: ticket {result.spoken} reached {ROOM} in {result.milliseconds:.0f} ms")


def call(
    context: typer.Context,
    keys: Annotated[str, typer.Argument(help="Groups of keys, one group for each question: '1 1 462001# 1 1 #'.")] = "",
    did: Annotated[str, typer.Option(help="The number to dial.")] = "181",
    caller: Annotated[str, typer.Option(help="Caller ID of the call.")] = "9876543210",
    say: Annotated[
        Path | None, typer.Option(help="Audio file to play at the first beep: 8 kHz A-law.", exists=True)
    ] = None,
    source: Annotated[
        str, typer.Option("--from", help="Loopback address to call from; it selects the trunk.")
    ] = "127.0.1.181",
) -> None:
    """Place a test call to the running stack: press the given keys, print the prompts heard, stay until it ends."""
    groups = keys.split()
    if wrong := next((group for group in groups if not _KEYS.fullmatch(group)), None):
        raise CommandError(f"{wrong!r} is no group of keys: 0 to 9, * and #")
    if not _USER.fullmatch(did) or not _USER.fullmatch(caller):
        raise CommandError("--did and --caller: expected what stands before the @ of a SIP address, without blanks")
    data = data_of(context)
    calls = load_settings(data).calls
    speech = say.read_bytes() if say else b""
    matcher = PromptMatcher.of(DataDirectory(data).prompts)
    remote = (calls.sip_bind, calls.sip_port)
    try:
        asyncio.run(
            _call(
                remote,
                did,
                groups,
                matcher=matcher,
                caller=caller,
                source=source,
                speech=speech,
                extra=test_header(data),
            )
        )
    except CallRefusedError as error:
        raise CommandError(f"call to {did}: {error}") from None
    except (TimeoutError, OSError) as error:
        raise CommandError(f"call to {did}: {error}; is the stack running? warroom doctor") from None


async def _call(
    remote: tuple[str, int],
    did: str,
    groups: list[str],
    *,
    matcher: PromptMatcher,
    caller: str,
    source: str,
    speech: bytes,
    extra: tuple[str, ...],
) -> None:
    async with TestCall(remote, did, matcher=matcher, local_ip=source, caller=caller, extra=extra) as line:
        line.on_heard = lambda name: console.print(f"heard   {name}", markup=False, highlight=False)
        console.print("answered")
        for group in groups:
            await line.hear_next(_ANSWER_WAIT_S)
            if speech and line.heard[-1].endswith("/beep"):
                await line.speak(speech)
            console.print(f"pressed {group}", markup=False, highlight=False)
            await line.press(group)
        await line.ended()
        console.print("the call is over")
