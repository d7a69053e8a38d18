"""The catalogue of all prompts: each name with the text to be spoken.

Texts and numbers are data (``texts/*.toml``, ``texts/numbers_*.toml``); the keys that menus speak of come from the
conversation; names of places, their kinds and needs from the places data; the few tones are made, not spoken.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

from agi.prompts.errors import TextsError
from agi.prompts.menus import PARTS, has_blank, menu_text
from agi.prompts.sound.tones import TONES
from agi.prompts.text_files import read_texts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from agi.prompts.menus import Menus
    from router.geo import Places

LANGUAGES: Final = ("hi", "en")
"""The languages callers are spoken to, the default first."""

SAID_IN_HINDI: Final = ("district", "division")
"""Names that the Hindi voice says in both languages: the English one makes "dyooers" of Dewas, "bind" of Bhind."""

NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""The form of a prompt name: it is a file name and part of a topic-like id."""


class _Named(Protocol):
    """What districts, divisions, states and needs have in common."""

    @property
    def name(self) -> str:
        """In English."""
        ...

    @property
    def name_hi(self) -> str:
        """In Hindi."""
        ...


def catalogue(places: Places, menus: Menus, language: str) -> dict[str, str]:
    """Return name -> text of every prompt of one language.

    Args:
        places: The districts, divisions, states and needs whose names are spoken.
        menus: The parts of the prompts that name keys.
        language: "hi" or "en".

    Returns:
        The texts in speaking order of the files. A tone has its description in brackets for a text.

    Raises:
        TextsError: A text file is missing or broken, the two languages differ in their names, or a menu cannot be put
            together.
    """
    if language not in LANGUAGES:
        raise TextsError(f"no prompts in language {language!r} (there are: {', '.join(LANGUAGES)})")
    named: dict[str, Mapping[str, _Named]] = {
        "district": places.districts,
        "division": places.divisions,
        "state": places.states,
        "need": places.needs,
        "kind": places.kinds,
    }
    texts = _texts()
    prompts = {name: text for name, text in texts[language].items() if not (name.startswith(PARTS) or has_blank(text))}
    prompts |= {name: menu_text(parts, language, texts) for name, parts in menus.items()}
    for kind, members in named.items():
        hindi = language == "hi" or kind in SAID_IN_HINDI
        for key, member in members.items():
            prompts[f"{kind}-{key}"] = member.name_hi if hindi else member.name
    prompts.update({name: tone.text for name, tone in TONES.items()})
    return prompts


def says_keys(prompt: str, menus: Menus, language: str) -> bool:
    """Whether a prompt says the words of keys. Raises as `catalogue`."""
    texts = _texts()[language]
    return any(part.text.startswith(PARTS) or has_blank(texts.get(part.text, "")) for part in menus.get(prompt, ()))


def prompt_names(places: Places, menus: Menus) -> dict[str, Collection[str]]:
    """Return the names of all prompts, by language. Raises as `catalogue`."""
    return {language: catalogue(places, menus, language).keys() for language in LANGUAGES}


@cache
def _texts() -> dict[str, dict[str, str]]:
    """Return language -> name -> text of the text files; both languages have the same names."""
    texts = {language: _named(f"{language}.toml") | _named(f"numbers_{language}.toml") for language in LANGUAGES}
    first = LANGUAGES[0]
    for language in LANGUAGES[1:]:
        odd = texts[first].keys() ^ texts[language].keys()
        if odd:
            raise TextsError(
                f"agi/prompts/texts: only one of {first}.toml and {language}.toml has: {', '.join(sorted(odd))}. "
                "Write the text in the other language too."
            )
    return texts


def _named(file: str) -> dict[str, str]:
    """Return the texts of one file, whose keys are prompt names."""
    texts = read_texts(file)
    for name in texts:
        if not NAME.fullmatch(name):
            raise TextsError(
                f"agi/prompts/texts/{file}: {name!r} cannot be a prompt name: small letters, digits and hyphens only"
            )
    return texts
