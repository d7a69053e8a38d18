"""Why a step of a notice is refused, worded for people in the war room."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from router.localized import LocalizedMessage
from router.tickets.errors import CommandRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

REASONS: Final[Mapping[str, LocalizedMessage]] = MappingProxyType(
    {
        "warroom-only": LocalizedMessage("only the war room publishes notices", "सूचना सिर्फ़ वॉर रूम जारी करता है"),
        "no-notice": LocalizedMessage("there is no notice {name}", "{name} नाम की कोई सूचना नहीं है"),
        "notice-over": LocalizedMessage(
            "notice {name} is {status}: write a new one", "सूचना {name} अब लागू नहीं है ({status}): नई सूचना लिखिए"
        ),
        "not-heard": LocalizedMessage(
            "revision {revision} of notice {name} has not been heard by anybody: listen to it first",
            "सूचना {name} का संस्करण {revision} अभी किसी ने सुना नहीं है: पहले उसे सुनिए",
        ),
        "not-newest": LocalizedMessage(
            "revision {revision} of notice {name} is not the newest any more: look at it again",
            "सूचना {name} का संस्करण {revision} अब सब से नया नहीं है: कृपया उसे फिर देखिए",
        ),
        "no-sound": LocalizedMessage(
            "the sound of notice {name} is not ready: {why}", "सूचना {name} की आवाज़ तैयार नहीं है: {why}"
        ),
        "ends-past": LocalizedMessage("its end is over", "इस का अंत बीत चुका है"),
        "ends-first": LocalizedMessage("it ends before it starts", "यह शुरू होने से पहले ही ख़त्म हो जाती है"),
        "too-long": LocalizedMessage(
            "it would hold for more than {days} days: a notice that is heard too often is not heard any more",
            "यह {days} दिन से अधिक चलेगी: जो सूचना बहुत दिन चलती है, उसे कोई नहीं सुनता",
        ),
        "no-district": LocalizedMessage("there is no district {name!r}", "{name!r} नाम का कोई ज़िला नहीं है"),
        "empty": LocalizedMessage(
            "`{name}` is empty: a notice needs its words in Hindi and in English",
            "`{name}` खाली है: सूचना हिंदी और अंग्रेज़ी दोनों में चाहिए",
        ),
    }
)

BUILDING: Final = LocalizedMessage("it is being made; look again in a few seconds", "वह बन रही है; कुछ पल में फिर देखिए")
"""Why there is no sound, while nothing is wrong."""


def refusal(code: str, **values: object) -> CommandRefusedError:
    """Return a refusal for one of `REASONS`."""
    return CommandRefusedError(code, words=REASONS[code], **values)
