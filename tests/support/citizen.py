"""What a citizen does in the usual conversation: hears a question, presses keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.sip_test_client.rtp import SILENCE

if TYPE_CHECKING:
    from warroom.sip_test_client import TestCall

#: What the first menu begins with: the greeting once in a call. Its keys count from there on.
FIRST_MENU = "greeting-181|danger"
#: Prompt heard -> keys pressed, up to the question for details.
RATION_IN_BHOPAL = (
    (FIRST_MENU, "1"),
    ("food-menu", "1"),
    ("place-ask", "462001#"),
    ("place-is", "1"),
    ("callback-ask", "1"),
)
#: Four seconds of sound that is not silence.
VOICE = bytes(range(0x20, 0xA0)) * 250
#: Enough of it to be a recording, which begins a little after the beep.
DETAILS = VOICE[:16000]
QUIET = SILENCE * 25


async def answer(call: TestCall, steps: tuple[tuple[str, str], ...], language: str = "hi") -> None:
    """Hear each prompt (or one of several, with | between) begin, and press its keys."""
    for prompt, keys in steps:
        await call.hear(*(f"{language}/{name}" for name in prompt.split("|")))
        await call.press(keys)


async def skip_details(call: TestCall, language: str = "hi") -> None:
    """Press a key instead of speaking."""
    await call.hear(f"{language}/details-ask")
    await call.press("#")


async def give_details(call: TestCall, language: str = "hi") -> None:
    """Say something after the beep and end it with #."""
    await call.hear(f"{language}/beep")
    await call.speak(DETAILS)
    await call.press("#")


async def number_spoken(call: TestCall, language: str = "hi") -> str:
    """Listen to the ticket number, which is spoken twice alike; return it."""
    await call.hear(f"{language}/number-is")
    start = len(call.heard)
    await call.hear(f"{language}/again-ask", within_s=60)
    digits = [name.rpartition("-")[2] for name in call.heard[start:] if name.startswith(f"{language}/number-")]
    spoken = "".join(digit for digit in digits if digit.isdigit())
    assert spoken[:9] == spoken[9:], f"spoken differently: {spoken}"
    return spoken[:9]


async def booked(call: TestCall, language: str = "hi") -> None:
    """Wait until the ticket's number begins to be spoken."""
    await call.hear(f"{language}/number-is")
