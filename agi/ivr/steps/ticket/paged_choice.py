"""Choosing one of many spoken names: page by page, never more than eight keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from agi.ivr.prompt_names import Prompt, PromptDeclarations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agi.ivr.context import StepContext

T = TypeVar("T")

NAMES_A_PAGE = 7  # and key 9 for the next page: eight choices, the most one can remember
OTHER_KEY = "9"

_declare = PromptDeclarations(__name__)
PRESS: Final = {str(key): _declare(f"press-{key}", text="press", key=str(key)) for key in range(1, NAMES_A_PAGE + 1)}
MORE: Final = _declare("more-choices", key=OTHER_KEY)
EARLIER: Final = _declare("earlier-choices", key=OTHER_KEY)


async def choose_paged(
    talk: StepContext, options: Sequence[tuple[Prompt, T]], *, intro: Sequence[Prompt], back: Prompt | None = None
) -> T | None:
    """Let the caller choose one of the options.

    Args:
        talk: The call.
        options: Of each its name's prompt and the thing itself; at least one.
        intro: Said before the names.
        back: Prompt offering key 9 for none of them, after the last page.

    Returns:
        The thing chosen, or None when the caller chose to go back.

    Raises:
        OperatorRequestedError: The caller pressed 0.
        NoValidInputError: No key that is on the page was pressed three times running.
    """
    pages = [options[first : first + NAMES_A_PAGE] for first in range(0, len(options), NAMES_A_PAGE)]
    number = 0
    while True:  # each round is a question, and a call has only so many
        page = pages[number]
        is_last = page is pages[-1]
        nine = MORE if not is_last else back or (EARLIER if len(pages) > 1 else None)
        keys = list(PRESS)[: len(page)]
        said = [prompt for key, (name, _) in zip(keys, page, strict=True) for prompt in (name, PRESS[key])]
        if nine:
            said.append(nine)
            keys.append(OTHER_KEY)
        key = await talk.choose([*intro, *said], keys)
        if key != OTHER_KEY:
            return page[int(key) - 1][1]
        if is_last and back:
            return None
        number = 0 if is_last else number + 1
