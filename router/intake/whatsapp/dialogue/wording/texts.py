"""The texts of the dialogue, in Hindi and in English, as an admin may change them."""

from __future__ import annotations

import itertools
import re
import string
import tomllib
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from router.digits import plain
from router.errors import UserError
from router.intake.whatsapp.dialogue.replies import MAX_ROW, MAX_TEXT, MAX_TITLE
from router.intake.whatsapp.dialogue.wording.text_names import COMMANDS, FIELDS, NEEDED, WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from router.model.messaging.person import ChatLanguage

LANGUAGES: Final[tuple[ChatLanguage, ...]] = ("hi", "en")

_LIMITS: Final = (("title-", MAX_TITLE), ("row-", MAX_ROW))
_ROOM: Final = 400
"""Characters left for what is filled in: the summary of a request."""


_SIGNS: Final = re.compile(r"[.,!।;:\"'“”‘’()*_~-]+")


class DialogueTextError(UserError):
    """A file of texts is wrong."""


class Texts:
    """Texts by name and language.

    Args:
        texts: By language, then by name.
        words: Words that people write, by their meaning.
    """

    def __init__(self, texts: Mapping[ChatLanguage, Mapping[str, str]], words: Mapping[str, frozenset[str]]) -> None:
        self._texts = texts
        self.words = words

    def get(self, name: str, language: ChatLanguage, **values: object) -> str:
        """Return a text with its values filled in."""
        return self._texts[language][name].format(**values)

    @classmethod
    def load(cls, directory: Path | None = None) -> Texts:
        """Read ``hi.toml``, ``en.toml`` and ``words.toml``.

        Args:
            directory: Where they lie; None for those that come with the program.

        Raises:
            DialogueTextError: With every mistake.
        """
        own: Traversable = files("router.intake.whatsapp.dialogue.wording").joinpath("texts")
        source = directory or own
        problems: list[str] = []
        texts = {language: _read(source, f"{language}.toml", problems) for language in LANGUAGES}
        for language in LANGUAGES:
            problems += _mistakes(f"{language}.toml", texts[language])
        words = _words(source, problems)
        if problems:
            raise DialogueTextError("; ".join(problems))
        return cls(MappingProxyType({k: MappingProxyType(v) for k, v in texts.items()}), MappingProxyType(words))


def _read(source: Traversable, name: str, problems: list[str]) -> dict[str, str]:
    try:
        with source.joinpath(name).open("rb") as file:
            table = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{name}: {error}")
        return {}
    problems += [f"{name}: {key} is not a text in quotes" for key, value in table.items() if not isinstance(value, str)]
    return {key: value for key, value in table.items() if isinstance(value, str)}


def _mistakes(file: str, texts: Mapping[str, str]) -> list[str]:
    problems = [f"{file}: {name} is missing" for name in FIELDS if name not in texts]
    problems += [f"{file}: unknown text {name!r}" for name in texts if name not in FIELDS]
    for name in sorted(texts.keys() & FIELDS.keys()):
        limit = next((limit for prefix, limit in _LIMITS if name.startswith(prefix)), MAX_TEXT - _ROOM)
        if not 0 < len(texts[name]) <= limit:
            problems.append(f"{file}: {name} has {len(texts[name])} characters; expected 1 to {limit}")
        try:
            found = _fields(texts[name])
        except ValueError as error:
            problems.append(f"{file}: {name}: {error}; expected braces only around a name, as in {{ticket}}")
            continue
        problems += [f"{file}: {name}: nothing is known as {{{field}}}" for field in sorted(found - FIELDS[name])]
        problems += [f"{file}: {name}: {{{field}}} is missing" for field in sorted((FIELDS[name] & NEEDED) - found)]
    return problems


def _fields(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


def _words(source: Traversable, problems: list[str]) -> dict[str, frozenset[str]]:
    try:
        with source.joinpath("words.toml").open("rb") as file:
            table = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"words.toml: {error}")
        return {}
    missing = [name for name in WORDS if not isinstance(table.get(name), list)]
    problems += [f"words.toml: {name} is missing, or not a list of texts" for name in missing]
    problems += [f"words.toml: unknown list {name!r}" for name in table if name not in WORDS]
    words = {
        name: frozenset(plain_words(str(word)) for word in table[name])
        for name in WORDS
        if isinstance(table.get(name), list)
    }
    for one, other in itertools.combinations([name for name in COMMANDS if name in words], 2):
        both = sorted(words[one] & words[other])
        problems += [f"words.toml: {word!r} stands in {one} and in {other}; take it out of one" for word in both]
    return words


def plain_words(text: str) -> str:
    """Return the words of a text in small letters with one blank between them, without signs."""
    return " ".join(_SIGNS.sub(" ", plain(text).casefold()).split())
