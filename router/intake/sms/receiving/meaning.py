"""What a text of a citizen asks for: the state of a ticket, an answer to our question, stop; or else help."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from router.digits import plain

if TYPE_CHECKING:
    from router.intake.sms.provider.templates import Language

Kind = Literal["status", "yes", "no", "stop", "start", "request"]

_NUMBER: Final = re.compile(r"(?<![0-9])[0-9]{9}(?![0-9])", re.ASCII)
_MAX_AROUND: Final = 4
"""Words beside a number in a question about it; a longer text that has one tells of something."""
_MAX_ANSWER: Final = 6


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_STATUS: Final = _set(
    "status sthiti stithi ticket tkt number no num complaint shikayat kya hua ka ki hai track check pata mera meri my"
    " of the for स्थिति स्टेटस टिकट टिकिट नंबर नम्बर शिकायत क्या हुआ का की है पता मेरा मेरी"
)
_STOP: Final = _set("stop unsubscribe unsub band बंद बन्द रोकें रोको रुकें रुको स्टॉप")
_START: Final = _set("start unstop शुरू चालू स्टार्ट")
_STOP_FILLERS: Final = _set("sms please karo kare karen kar do करो करें कर दो message messages संदेश all")
_YES: Final = _set(
    "1 y yes haan han haa ha ji hanji mil mili mila aayi aaya pahunchi pahuncha received"
    " हाँ हां हा जी मिल मिली मिला पहुँची पहुंची पहुँच पहुंच आई आयी आया"
)
_YES_FILLERS: Final = _set(
    "gayi gaya gai hai thanks thank you dhanyavad dhanyawad help madad mujhe hame humko sab it came has"
    " गई गयी गया है धन्यवाद मदद हमें हमको मुझे सब चुकी चुका"
)
_NO: Final = _set("2 n no not nahi nahin nhi nahee nai na mat never नहीं नही नहि ना न मत")
_ENGLISH: Final = _set("the is are we have has our need please not water in of and for at my this with house from")
_ENGLISH_ENOUGH: Final = 2


class Meaning(NamedTuple):
    """What is asked for.

    Attributes:
        kind: ``request``: help, to be understood as every text.
        ticket: The number named, empty when none is.
    """

    kind: Kind
    ticket: str = ""


def read_meaning(text: str, *, asked: bool) -> Meaning:
    """Return what a text asks for; letters of any case, digits of any script, with signs between the words.

    Args:
        text: As it came.
        asked: Whether we have asked its citizen whether help came, and wait for the answer.
    """
    words = _words(text)
    ticket, others = _ticket_in(text, words)
    if ticket and len(others) <= _MAX_AROUND and all(word in _STATUS for word in others):
        return Meaning("status", ticket)
    if words and not ticket:
        for kind, known in _ORDERS:
            if any(word in known for word in words) and all(word in known | _STOP_FILLERS for word in words):
                return Meaning(kind)
    if (answer := _answer(others, asked=asked)) is not None:
        return Meaning(answer, ticket)
    return Meaning("request", ticket)


_ORDERS: Final[tuple[tuple[Kind, frozenset[str]], ...]] = (("stop", _STOP), ("start", _START))


def language_of_text(text: str, before: Language) -> Language:
    """Return the language to answer in: Hindi for Devanagari, English for plain English words, else as before."""
    if any("DEVANAGARI LETTER" in unicodedata.name(c, "") for c in text):
        return "hi"
    return "en" if len(_ENGLISH & set(_words(text))) >= _ENGLISH_ENOUGH else before


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFC", plain(text)).casefold()
    # Marks are parts of words: the vowel signs of Devanagari are no letters to Unicode.
    return "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in folded).split()


def _ticket_in(text: str, words: list[str]) -> tuple[str, list[str]]:
    """Return the ticket's number in a text, else one with blanks between its digits, and the words beside it."""
    as_written = plain(text)
    for digits in (as_written, re.sub(r"(?<=[0-9])[ -]+(?=[0-9])", "", as_written)):
        if found := _NUMBER.findall(digits):
            return (found[0], _words(_NUMBER.sub(" ", digits))) if len(found) == 1 else ("", words)
    return "", words


def _answer(words: list[str], *, asked: bool) -> Literal["yes", "no"] | None:
    """Return yes or no of a short text.

    "No" wins: a ticket that is opened again by mistake costs a look, one that is closed by mistake costs help. Whoever
    was not asked and says more than that tells of something: "no water".
    """
    if not words or len(words) > _MAX_ANSWER:
        return None
    if any(word in _NO for word in words):
        return "no" if asked or all(word in _NO for word in words) else None
    said = any(word in _YES for word in words) and all(word in _YES | _YES_FILLERS for word in words)
    return "yes" if said and (asked or len(words) == 1) else None
