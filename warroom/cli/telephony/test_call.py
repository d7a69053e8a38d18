"""`warroom demo` and `warroom test-call`: real SIP calls from a loopback trunk."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agi.prompts.build import spoken_alaw
from agi.prompts.sound.formats import encode_tone
from agi.prompts.sound.wav import read_wav
from warroom.cli.common import CommandError, ProgressBar, console, data_of
from warroom.cli.rooms.rooms import event_line
from warroom.cli.telephony.call_report import CallReport, is_beep, recording_prompts
from warroom.config.apply.trunks import applied_trunks
from warroom.config.paths import PROMPT_CACHE, DataDirectory
from warroom.config.secrets import test_header
from warroom.config.settings import Settings, load_settings
from warroom.services.demo import ROOM, DemoError, DemoResult, run_demo
from warroom.services.loopback_line import find_loopback_line, meaning_of
from warroom.services.stack.processes import prepare
from warroom.services.stack.running_stack import RunningStack
from warroom.services.supervision.find import is_running
from warroom.sip_test_client import CallRefusedError, PromptMatcher, TestCall
from warroom.sip_test_client.codecs import ALAW

if TYPE_CHECKING:
    from warroom.services.loopback_line import LoopbackLine

_DEMO_SPEECH = "गाँव बैरसिया। पंचायत भवन के पास। हम पाँच लोग हैं।"
_KEYS = re.compile(r"[0-9*#]+", re.ASCII)
_USER = re.compile(r"[!-~]{1,80}", re.ASCII)  # any form a network may send: tests check how we handle it
_LONGEST_CALL_S = 3 * 3600.0  # of a test call somebody forgot; whoever places one ends it by Ctrl-C
_ALAW_SUFFIX = ".alaw"
_AFTER_BEEP = ALAW.silence * 15  # 0.3 s: the recording begins once the beep is over


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
    did: Annotated[str | None, typer.Option(help="The number to dial; default: one of helpline 181.")] = None,
    caller: Annotated[str, typer.Option(help="Caller ID of the call.")] = "9876543210",
    say: Annotated[
        Path | None,
        typer.Option(help="Sound to speak after the first beep: WAV, or raw 8 kHz A-law (.alaw).", exists=True),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--from", help="Address of this machine to call from; default: a trunk's that has the number."),
    ] = None,
) -> None:
    """Place a test call to the running stack, and print what is heard, with seconds, until it ends; Ctrl-C hangs up.

    Each group of keys is pressed as soon as the next prompt begins; with --say, one that would end or skip a recording
    is pressed once all is said.
    """
    groups = keys.split()
    if wrong := next((group for group in groups if not _KEYS.fullmatch(group)), None):
        raise CommandError(f"{wrong!r} is no group of keys: 0 to 9, * and #")
    if not _USER.fullmatch("181" if did is None else did) or not _USER.fullmatch(caller):
        raise CommandError("--did and --caller: expected what stands before the @ of a SIP address, without blanks")
    speech = _sound(say) if say else b""
    data = data_of(context)
    line = find_loopback_line(applied_trunks(data), did)
    line = line._replace(address=source, trunk=f"the trunk of {source}") if source else line
    try:
        asyncio.run(_call(data, line, groups, caller=caller, speech=speech))
    except CallRefusedError as error:
        why = meaning_of(error.status)
        raise CommandError(f"call to {line.did} from {line.address}: {error}{f': {why}' if why else ''}") from None
    except (TimeoutError, OSError) as error:
        raise CommandError(f"call to {line.did} from {line.address}: {error}; see: warroom status") from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _sound(file: Path) -> bytes:
    """Return a file's sound in A-law. Raises InvalidAudioError."""
    return file.read_bytes() if file.suffix == _ALAW_SUFFIX else encode_tone(read_wav(file))["alaw"]


async def _call(data: Path, line: LoopbackLine, groups: list[str], *, caller: str, speech: bytes) -> None:
    calls, prompts = load_settings(data).calls, DataDirectory(data).prompts
    report = CallReport(lambda text: console.print(text, soft_wrap=True))
    beep: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def hear(prompt: str) -> None:
        report.heard(prompt)
        if is_beep(prompt) and not beep.done():
            beep.set_result(prompt)

    async def speak() -> None:
        sound = prompts / f"{await beep}{_ALAW_SUFFIX}"
        await telephone.speak(ALAW.silence * (sound.stat().st_size // len(ALAW.silence)) + _AFTER_BEEP + speech)
        report.said(len(speech))

    telephone = TestCall(
        (calls.sip_bind, calls.sip_port),
        line.did,
        matcher=PromptMatcher.of(prompts),
        local_ip=line.address,
        caller=caller,
        extra=test_header(data),
    )
    telephone.on_heard = hear
    async with telephone:
        report.answered(line.did, line.trunk)
        spoken = asyncio.create_task(speak()) if speech else None
        try:
            left = await _press(telephone, groups, report, beep, spoken)
            await telephone.ended(_LONGEST_CALL_S)
        finally:
            if spoken is not None:
                spoken.cancel()
        report.over(telephone)
    if left:
        raise CommandError(f"the call ended before these keys could be pressed: {' '.join(left)}")


async def _press(
    telephone: TestCall,
    groups: list[str],
    report: CallReport,
    beep: asyncio.Future[str],
    spoken: asyncio.Task[None] | None,
) -> list[str]:
    """Press each group once a prompt begins, after the beep once all is said; return those that came too late."""
    recorded = recording_prompts() if spoken else frozenset()
    for number, group in enumerate(groups):
        try:
            await telephone.hear_next(_LONGEST_CALL_S)
        except TimeoutError:
            return groups[number:]
        if spoken is not None and (beep.done() or telephone.heard[-1].partition("/")[2] in recorded):
            await asyncio.wait([spoken, asyncio.ensure_future(telephone.over.wait())], return_when="FIRST_COMPLETED")
        report.pressed(group)
        await telephone.press(group)
    return []
