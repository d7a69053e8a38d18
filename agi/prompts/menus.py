"""Sentences that name keys: put together from their texts and from the keys that the conversation gives them.

A text names no key by itself: it has `{key}`, or another name in braces, where the word for the key is spoken. So a
menu cannot say one key and take another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from agi.prompts.errors import TextsError
from agi.prompts.tts import speaker_of

CHOICE: Final = "choice"
"""The text that makes a sentence of a choice's name: it has `{name}` and `{key}`."""
PARTS: Final = ("choice-", "key-")
"""Prefixes of the names of texts that are never spoken by themselves."""
_KEY_TEXTS: Final = {**{str(digit): f"number-{digit}" for digit in range(10)}, "*": "key-star", "#": "key-hash"}
_BLANK: Final = re.compile(r"\{([a-z-]+)\}")


class KeyedText(NamedTuple):
    """A text and the keys it speaks of.

    Attributes:
        text: Its name in the text files. One without a blank for a key is a choice's name.
        keys: The key for each name in braces.
        source: Where the conversation says so, for messages.
    """

    text: str
    keys: Mapping[str, str]
    source: str


Menus: TypeAlias = Mapping[str, Sequence[KeyedText]]
"""Of each prompt that names keys the texts it is put together from, in speaking order."""


def has_blank(text: str) -> bool:
    """Whether a text waits for the word of a key."""
    return _BLANK.search(text) is not None


def menu_text(parts: Sequence[KeyedText], language: str, texts: Mapping[str, Mapping[str, str]]) -> str:
    """A prompt and its text.

    Args:
        parts: The texts it is put together from.
        language: "hi" or "en".
        texts: Language -> name -> text.

    Raises:
        TextsError: A text is not there, or has a name in braces that there is no key for.
    """
    return " ".join(_sentence(part, language, texts) for part in parts)


def _sentence(part: KeyedText, language: str, texts: Mapping[str, Mapping[str, str]]) -> str:
    text = texts[language].get(part.text)
    if text is None:
        raise TextsError(f"agi/prompts/texts/{language}.toml: {part.text!r} is missing, which {part.source} says")
    if part.text.startswith(PARTS) and not has_blank(text):
        text = texts[language][CHOICE].replace("{name}", text)
    words = texts[speaker_of(text)]  # "For English, press eight" is English among the Hindi texts too

    def word(blank: re.Match[str]) -> str:
        key = part.keys.get(blank[1])
        if key is None:
            known = ", ".join(f"{{{name}}}" for name in part.keys)
            raise TextsError(
                f"agi/prompts/texts/{language}.toml: {part.text!r} has {blank[0]}, but {part.source} has {known} only"
            )
        return words[_KEY_TEXTS[key]]

    return _BLANK.sub(word, text)
