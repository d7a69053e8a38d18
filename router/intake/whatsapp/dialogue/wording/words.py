"""Words with a meaning of their own, and the language of a text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from router.digits import plain
from router.intake.whatsapp.dialogue.wording.texts import plain_words

if TYPE_CHECKING:
    from router.intake.whatsapp.dialogue.wording.texts import Texts
    from router.model.messaging.person import ChatLanguage

_DEVANAGARI: Final = re.compile("[\u0904-\u0939\u0958-\u0961]")
_LATIN_WORD: Final = re.compile("[a-z']+")
_TICKET: Final = re.compile(r"(?<![0-9])[0-9]{9}(?![0-9])")
_ENOUGH: Final = 2
"""Small words of one language beyond those of the other, from which a text in Latin letters is of it."""


def meaning(text: str, texts: Texts, *names: str) -> str | None:
    """Return which of these meanings a whole message has, None for another text."""
    said = plain_words(text)
    return next((name for name in names if said in texts.words[name]), None)


def begins_with(text: str, texts: Texts, name: str) -> bool:
    """Whether a text begins with a word of a meaning."""
    said = f"{plain_words(text)} "
    return any(said.startswith(f"{word} ") for word in texts.words[name])


def asked_status(text: str, texts: Texts) -> tuple[bool, str]:
    """Return whether a message asks for news of a ticket, and the nine digits it names, if any.

    ``status``, ``status 100000013``, ``स्थिति १००००००१३``, or the number alone.
    """
    said = plain(text)
    numbers = _TICKET.findall(re.sub(r"(?<=[0-9])[ -](?=[0-9])", "", said))
    number = numbers[0] if len(numbers) == 1 else ""
    rest = re.sub(r"[0-9 -]+", " ", said) if number else said
    bare = not plain_words(rest).strip(" #?")
    return (bool(number) and bare) or meaning(rest.replace("#", " "), texts, "status") is not None, number


def language_of(text: str, texts: Texts, before: ChatLanguage) -> ChatLanguage:
    """Return the language a text is written in; the one before where it does not show."""
    if _DEVANAGARI.search(text):
        return "hi"
    words = _LATIN_WORD.findall(text.casefold())
    english = sum(word in texts.words["english"] for word in words)
    hindi = sum(word in texts.words["hindi"] for word in words)
    if english - hindi >= _ENOUGH:
        return "en"
    return "hi" if hindi > english else before
