"""The helplines: what citizens call, by the name that tickets, calls, figures and the dialplan have for each.

A ticket has one only when it came by a call. Requests of programs, lists and messages of other networks have none.
"""

from __future__ import annotations

import re
from typing import Final, NewType

HelplineId = NewType("HelplineId", str)
"""``181``, ``104``, ``warroom``, or ``district-<id>`` for a district's own number."""

CITIZENS: Final = HelplineId("181")
"""The helpline of all citizens: calls that belong to no helpline are placed by it."""
HEALTH: Final = HelplineId("104")
"""The health line."""
WARROOM: Final = HelplineId("warroom")
"""The war room's own number; also used when the dialplan does not know which number was called."""
STATE_HELPLINES: Final = (CITIZENS, HEALTH, WARROOM)
"""Those of the whole state, beside the districts' own."""

SHORT_CODE: Final = r"[0-9]{3,5}"
"""Helplines that an admin adds, such as 1070, 1077 or 1098: the short code is the name."""
DISTRICT_PREFIX: Final = "district-"
NAME: Final = r"[a-z0-9][a-z0-9-]{0,31}"
"""What the dialplan may call one, as a regular expression; it also stands in the names of recordings."""

_SHORT_CODE: Final = re.compile(SHORT_CODE, re.ASCII)
_NAME: Final = re.compile(NAME, re.ASCII)


def is_short_code(text: str) -> bool:
    """Whether an admin may add a helpline of this name."""
    return _SHORT_CODE.fullmatch(text) is not None


def is_helpline_name(text: str) -> bool:
    """Whether a helpline may be called so; whether there is one is for `agi.destinations` to say."""
    return _NAME.fullmatch(text) is not None
