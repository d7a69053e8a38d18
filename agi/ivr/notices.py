"""Tells a caller the notices to the public; any key ends that, and a sound that is not there ends nothing else."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from agi.fastagi.errors import AgiCommandError
from agi.ivr.persistence import find_last_place
from agi.ivr.prompt_names import PromptDeclarations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agi.ivr.context import StepContext
    from agi.ivr.prompt_names import Prompt

KEY_WAIT_S: Final = 0.5
"""After the last word: who wants to go on has pressed a key before; who listens goes on by themselves."""

_declare = PromptDeclarations(__name__)
INTRO: Final = _declare("notice-intro")

_log = logging.getLogger(__name__)


async def guess_district(talk: StepContext) -> str | None:
    """Return where the caller most likely is, before being asked: the district whose own number was called, or that of
    the telephone's newest ticket; None when nothing tells."""  # noqa: D205, D209
    if talk.call.district or talk.call.home:
        return talk.call.district or talk.call.home
    return await find_last_place(talk) if talk.notices and talk.notices.by_district else None


async def tell_notices(talk: StepContext, district: str | None, before: Sequence[Prompt] = ()) -> str | None:
    """Tell what the caller has not heard yet; once in a call, and in each language it is held in.

    Args:
        talk: The call.
        district: Where the caller is, if that is known.
        before: Prompts said before them.

    Returns:
        The key that was pressed, "" for none; None when there was nothing to tell: then nothing was said.

    Raises:
        OperatorRequestedError: The caller pressed 0.
        NoValidInputError: The call has asked enough.
    """
    language = talk.session.language
    told = {name.removeprefix(f"{language}/") for name in talk.call.said}
    names = talk.notices.to_tell(language, district, told) if talk.notices and not talk.call.placed else []
    if not names:
        return None
    talk.call.said.update(f"{language}/{name}" for name in names)
    try:
        return await talk.keys([*before, INTRO, *names], wait_s=KEY_WAIT_S)
    except AgiCommandError as trouble:
        _log.warning("call %s: a notice could not be played, the call goes on: %s", talk.call.uniqueid, trouble)
        return None
