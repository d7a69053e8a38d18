"""The words that citizens read for the stages of a ticket; short, for each part of a text is paid for."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from router.intake.sms.provider.templates import known_variables
from router.localized import LocalizedMessage
from router.model.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.geo import Places
    from router.intake.sms.provider.templates import Variables

STAGES: Final[Mapping[Stage, LocalizedMessage]] = MappingProxyType(
    {
        Stage.TRIAGE: LocalizedMessage("seen by the state centre", "राज्य केंद्र देख रहा है"),
        Stage.ROUTED: LocalizedMessage("sent to the office", "दफ़्तर को भेजा गया है"),
        Stage.ACKNOWLEDGED: LocalizedMessage("seen by the office", "दफ़्तर ने देख लिया है"),
        Stage.IN_PROGRESS: LocalizedMessage("work is going on", "काम चल रहा है"),
        Stage.RESOLVED: LocalizedMessage("office says help has come", "दफ़्तर के अनुसार मदद पहुँची"),
        Stage.CONFIRMED: LocalizedMessage("closed as help has come", "मदद पहुँची और काम पूरा हुआ"),
        Stage.UNCONFIRMED: LocalizedMessage("closed as you were not reached", "आपसे बात न होने से बंद"),
        Stage.REOPENED: LocalizedMessage("opened again", "फिर से खोला गया है"),
        Stage.REJECTED: LocalizedMessage("could not be done", "यह काम नहीं हो सका"),
        Stage.WITHDRAWN: LocalizedMessage("taken back", "वापस लिया गया है"),
        Stage.MERGED: LocalizedMessage("joined with another ticket", "दूसरे टिकट में जोड़ा गया"),
    }
)


def sms_variables(places: Places) -> Variables:
    """Return the variables of templates, with the longest values there are."""
    words = STAGES.values()
    return known_variables(places, {"hi": [one.hi for one in words], "en": [one.en for one in words]})
