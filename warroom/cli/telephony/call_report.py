"""What a test call tells: each prompt with its second and its text, the ticket's number, and why the call ended."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

from agi.call_details.causes import describe_cause
from agi.ivr.flow import FLOW_FILE, LIMITED_FILE, load_flow
from agi.ivr.menus import spoken_menus
from agi.ivr.steps.ticket.record_details import RecordDetailsStep
from agi.prompts.catalog import LANGUAGES, catalogue, prompt_names
from router.geo import load_places

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.sip_test_client import TestCall

_DIGIT: Final = re.compile(r"(?:hi|en)/number-([0-9])")
_TICKET_DIGITS: Final = 9
_CAUSE: Final = re.compile(r"cause=([0-9]+)")
_BYTES_A_SECOND: Final = 8000
_MESSAGE: Final = "leave-message"  # of the dialplan: [message] in extensions.conf
_BEEP: Final = "/beep"


class CallReport:
    """Tells a test call line by line.

    Args:
        tell: Called with each line.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        places, menus = load_places(), spoken_menus()
        self._texts = {
            f"{language}/{name}": text
            for language in LANGUAGES
            for name, text in catalogue(places, menus, language).items()
        }
        self._tell = tell
        self._began = time.monotonic()
        self._digits = ""
        self.ticket = ""

    def answered(self, did: str, trunk: str) -> None:
        """Tell that the call was answered; seconds count from here."""
        self._began = time.monotonic()
        self._line("answer", f"{did}, by trunk {trunk}")

    def heard(self, prompt: str) -> None:
        """Tell a prompt that begins; digits are told in one line, with what comes after them."""
        if digit := _DIGIT.fullmatch(prompt):
            self._digits += digit[1]
            return
        self.tell_digits()
        self._line("heard", f"{prompt}  {self._texts.get(prompt, '')}".rstrip())

    def pressed(self, keys: str) -> None:
        """Tell keys."""
        self.tell_digits()
        self._line("pressed", keys)

    def said(self, size: int) -> None:
        """Tell that a sound was spoken whole: so many bytes of A-law."""
        self._line("said", f"{size / _BYTES_A_SECOND:.1f} s of sound")

    def over(self, call: TestCall) -> None:
        """Tell who ended the call, and why."""
        self.tell_digits()
        cause = _CAUSE.search(call.reason)
        why = f": {describe_cause(int(cause[1]))}" if cause else ""
        who = "we hung up" if call.ended_by == "caller" else "the exchange hung up"
        self._line("over", f"{who}{why}")

    def tell_digits(self) -> None:
        """Tell the digits heard since the last prompt; nine of them are a ticket's number, spoken twice."""
        if len(self._digits) == _TICKET_DIGITS and self._digits != self.ticket:
            self.ticket = self._digits
            self._line("ticket", self.ticket)
        elif self._digits and self._digits != self.ticket:
            self._line("heard", f"digits {self._digits}")
        self._digits = ""

    def _line(self, what: str, text: str) -> None:
        self._tell(f"{time.monotonic() - self._began:6.1f} s  {what:<8}{text}")


def recording_prompts() -> frozenset[str]:
    """Return the prompts after which the caller is recorded: keys pressed in them skip the recording."""
    places = load_places()
    names = prompt_names(places, spoken_menus())
    flows = [load_flow(file, prompts=names, needs=places.needs.keys()) for file in (FLOW_FILE, LIMITED_FILE)]
    steps = [step for flow in flows for step in flow.steps.values() if isinstance(step, RecordDetailsStep)]
    return frozenset({_MESSAGE, *(prompt for step in steps for prompt in step.prompts)})


def is_beep(prompt: str) -> bool:
    """Whether a prompt is the beep, after which the caller speaks."""
    return prompt.endswith(_BEEP)
