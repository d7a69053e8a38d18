"""The prompts that code says by itself, beside those named in the flow file: each is declared once.

A `Prompt` is what `StepContext` plays. A step gets one by declaring it, from a name in the flow file
(`StepContext.names`), or by the functions here for names that come from the places data. So each can be checked before
the first call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, NewType

if TYPE_CHECKING:
    from collections.abc import Mapping

Prompt = NewType("Prompt", str)
"""The name of a prompt that is known to be there."""

MAX_NUMBER: Final = 100
"""The largest number there is a prompt of."""


class DeclaredPrompt(NamedTuple):
    """A prompt that code says.

    Attributes:
        module: The module that declares it.
        keys: The key for each name in braces in its text.
        text: The text's name, where it is not the prompt's own.
    """

    module: str
    keys: Mapping[str, str]
    text: str


_declared: dict[Prompt, DeclaredPrompt] = {}


class PromptDeclarations:
    """Declares the prompts of one module.

    Args:
        module: Its name, for the message when a prompt has no text.
    """

    def __init__(self, module: str) -> None:
        self._module = module

    def __call__(self, name: str, *, text: str = "", **keys: str) -> Prompt:
        """Declare a prompt.

        Args:
            name: Its name.
            text: The name of its text, where it is not the prompt's own.
            keys: The keys it speaks of: in its text `{key}` becomes the word for the key given as `key`.

        Raises:
            ValueError: It is declared already: import it from there.
        """
        prompt = Prompt(name)
        if prompt in _declared:
            msg = f"prompt '{name}' is declared in {_declared[prompt].module} already"
            raise ValueError(msg)
        _declared[prompt] = DeclaredPrompt(self._module, keys, text)
        return prompt


def declared_prompts() -> Mapping[Prompt, DeclaredPrompt]:
    """Every prompt that code says."""
    return _declared


_declare = PromptDeclarations(__name__)

BEEP: Final = _declare("beep")
SILENCE_HALF: Final = _declare("silence-half")
NO_KEY: Final = _declare("no-key")
WRONG_KEY: Final = _declare("wrong-key")
PLEASE_AGAIN: Final = _declare("please-again")
_NUMBERS: Final = tuple(_declare(f"number-{number}") for number in range(MAX_NUMBER + 1))


def number_prompt(number: int) -> Prompt:
    """A number from 0 to `MAX_NUMBER`. Raises IndexError for a larger one."""
    return _NUMBERS[number]


def digit_prompts(digits: str) -> list[Prompt]:
    """The digits of a number, whatever stands between them."""
    return [_NUMBERS[int(digit)] for digit in digits if digit in "0123456789"]


def need_prompt(need: str) -> Prompt:
    """The name of a need (needs.csv)."""
    return Prompt(f"need-{need}")


def district_prompt(district: str) -> Prompt:
    """The name of a district."""
    return Prompt(f"district-{district}")


def division_prompt(division: str) -> Prompt:
    """The name of a division."""
    return Prompt(f"division-{division}")


def state_prompt(state: str | None) -> Prompt:
    """The name of another state."""
    return Prompt(f"state-{state}")


def facility_kind_prompt(kind: str) -> Prompt:
    """What kind of place a facility is."""
    return Prompt(f"kind-{kind}")
