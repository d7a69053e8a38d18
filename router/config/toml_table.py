"""Tables of a TOML file with the lines of their keys; collects every mistake with its line."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from router.errors import ConfigError

_HEADER = re.compile(r"\s*\[{1,2}\s*([A-Za-z0-9_.-]+)\s*\]{1,2}\s*(#.*)?")
_KEY = re.compile(r"\s*\"?([+A-Za-z0-9_-]+)\"?\s*=")
_TWICE = re.compile(r"(?:overwrite|twice|Duplicate).*\(at line ([0-9]+)")
_MAX_LISTED = 12  # known words named in a message; of 52 districts the nearest are enough


class Table:
    """One table. A reader that finds a mistake notes it and returns an empty value.

    Args:
        name: As in the header, such as ``rule`` or ``limits.1``.
        values: What tomllib read.
        line: Where its header stands, 0 when not found.
        keys: The lines of its keys.
        file: For the messages.
        problems: Gets every problem found.
    """

    def __init__(
        self, name: str, values: Mapping[str, Any], line: int, keys: Mapping[str, int], file: str, problems: list[str]
    ) -> None:
        self.name = name
        self.values = values
        self.line = line
        self._keys = keys
        self._file = file
        self._problems = problems

    def bad(self, message: str, key: str = "") -> None:
        """Report a problem at the line of a key (``key.part``: else of the table around it) or the header's."""
        while key and key not in self._keys:
            key = key.rpartition(".")[0]
        line = self._keys.get(key, self.line)
        label = self.values.get("name")
        which = f"{self.name} {label!r}" if isinstance(label, str) else f"[{self.name}]"
        self._problems.append(f"{self._file} line {line}: {which}: {message}")

    def only(self, known: Collection[str], elsewhere: str = "") -> None:
        """Report unknown keys; ``elsewhere`` says where to look for one that is like none of these."""
        for key in self.values:
            if key not in known:
                self.bad(f"unknown key {key!r}{hint(key, known) or elsewhere}", key)

    def word(self, key: str, known: Collection[str]) -> str:
        """One known word; "" after a mistake."""
        value = self.values.get(key)
        if value is None:
            self.bad(f"{key} is missing{hint('', known)}")
        elif not isinstance(value, str) or value not in known:
            self.bad(f"unknown {key} {value!r}{hint(str(value), known)}", key)
        else:
            return value
        return ""

    def list_of(self, key: str) -> list[Any]:
        """A value or a list of values as a list; empty when the key is missing or the list is."""
        value = self.values.get(key)
        if value == []:
            self.bad(f"{key} is an empty list and would fit nothing: name something, or leave it out", key)
        return [] if value is None else value if isinstance(value, list) else [value]

    def some_of(self, key: str, known: Collection[Any]) -> tuple[Any, ...]:
        """Known values, one or a list; empty when the key is missing."""
        found = self.list_of(key)
        for value in found:
            if value not in list(known) or isinstance(value, bool):
                self.bad(f"unknown {key} {value!r}{hint(str(value), known)}", key)
        return tuple(found)

    def whole(self, key: str, least: int, most: int) -> int:
        """A whole number; ``least`` after a mistake."""
        value = self.values.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.bad(
            f"{key} {value!r} is not a whole number from {least} to {most}"
            if value is not None
            else f"{key} is missing; expected a whole number from {least} to {most}",
            key,
        )
        return least


def text_of(path: Path, wrong: type[ConfigError]) -> str:
    """Return the text of a file. Blocks.

    Raises:
        ConfigError: Of the kind that is given: it cannot be read.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise wrong([f"{path}: cannot be read: {error.strerror}"]) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise wrong([f"{path} line {line}: not UTF-8 text; save the file as UTF-8"]) from None
    if "\0" in text:
        raise wrong([f"{path}: not UTF-8 text (UTF-16?); save the file as UTF-8"])
    return text


def text_if_there(path: Path, wrong: type[ConfigError]) -> str | None:
    """Return the text of a file that may be left out, None when it is; a link that leads nowhere is a mistake.

    Raises:
        ConfigError: Of the kind that is given: it cannot be read.
    """
    return text_of(path, wrong) if os.path.lexists(path) else None


class TomlFile:
    """A TOML file whose tables know their lines.

    Args:
        text: Of the file.
        file: Its name, for the messages.
        wrong: The error of this kind of file.

    Attributes:
        file: Its name, for the messages.
        values: What tomllib read.
        problems: Every problem found so far.

    Raises:
        ConfigError: Of that kind: it is no TOML.
    """

    def __init__(self, text: str, file: str, wrong: type[ConfigError]) -> None:
        self.file = file
        self._wrong = wrong
        self.problems: list[str] = []
        self._found = list(_headers(text))
        try:
            self.values: dict[str, Any] = tomllib.loads(text)
        except RecursionError:
            raise wrong([f"{file}: not valid TOML: brackets within brackets, too deep"]) from None
        except ValueError as error:  # TOMLDecodeError, and that of a number of thousands of digits
            raise wrong([f"{file}: not valid TOML: {_named(text, str(error))}"]) from None

    def line_of(self, path: Sequence[str]) -> int:
        """Return the line of a key, or of its table; 0 when it is not found. For tables that stand once."""
        for depth in range(len(path), 0, -1):
            for header, line, keys in self._found:
                if header == ".".join(path[:depth]):
                    return keys.get(path[depth], line) if depth < len(path) else line
        return 0

    def check(self) -> None:
        """Raise an error of the file's kind when any problem was found."""
        if self.problems:
            raise self._wrong(self.problems)

    def only(self, known: Collection[str]) -> None:
        """Note tables that are not known."""
        self.problems.extend(
            f"{self.file}: unknown table or key {key!r}{hint(key, known)}" for key in self.values if key not in known
        )

    def table(self, name: str) -> Table:
        """Return the table with this header, an empty one when there is none."""
        values: Any = self.values
        for part in name.split("."):
            values = values.get(part, {}) if isinstance(values, dict) else {}
        return self._table(name, values, 0)

    def tables(self, name: str) -> list[Table]:
        """Return the tables that repeat this header, ``[[name]]``."""
        values = self.values.get(name, [])
        if not isinstance(values, list):
            values = []
            self.problems.append(f"{self.file}: write each {name} as a table of its own, [[{name}]]")
        return [self._table(name, one, at) for at, one in enumerate(values)]

    def _table(self, name: str, values: Any, which: int) -> Table:
        lines = [(line, keys) for header, line, keys in self._found if header == name]
        line, keys = lines[which] if which < len(lines) else (0, {})
        return Table(name, values if isinstance(values, dict) else {}, line, keys, self.file, self.problems)


_AT = re.compile(r"\(at line ([0-9]+), column [0-9]+\)")
_CURLED = "\u201c\u201d\u201e\u2018\u2019"
_EXPLAINED = {
    "Unclosed array": (
        "a comma is missing between two values of a list, or its ] is, or a number that begins with 0 has no quotes"
    ),
    "Unclosed inline table": "a comma is missing between two parts in braces, or the } is",
    "Invalid value": 'no value after =; a text stands in quotes, as in name = "bsnl"',
    "Invalid initial character for a key part": "a key begins with a letter or a digit",
    "Expected '=' after a key": "a key and its value have = between them",
    "Expected newline or end of document": "more than one value stands in the line",
    "Illegal character": "a text has no end in its line: the closing quote is missing",
    "Unterminated string": "a text has no end: the closing quote is missing",
}
"""tomllib's messages, by their beginning, in plain terms."""


def _named(text: str, error: str) -> str:
    """Return tomllib's message in plain terms, with what stands in the line when a key or a table comes twice there."""
    place = _AT.search(error)
    lines = text.splitlines()
    line = lines[int(place[1]) - 1] if place and int(place[1]) <= len(lines) else ""
    if any(sign in line for sign in _CURLED):
        return f'typographic quotes stand in the line: write straight ones, ": {error}'
    if _TWICE.search(error):
        name = _KEY.match(line) or _HEADER.match(line)
        return f"{name[1]} comes twice: {error}" if name else error
    plain = next((plain for begin, plain in _EXPLAINED.items() if error.startswith(begin)), "")
    return f"{plain}: {error}" if plain else error


def _headers(text: str) -> Iterator[tuple[str, int, dict[str, int]]]:
    """Find the headers and the keys below each: tomllib reports no line numbers.

    A table within one of a list, ``[rule.more]`` after ``[[rule]]``, is found with its keys among the keys of that one:
    ``more`` and ``more.key``.
    """
    listed, listed_keys = "", dict[str, int]()
    within, keys = "", dict[str, int]()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.fullmatch(line):
            name = header[1]
            if listed and name.startswith(f"{listed}."):
                within, keys = name.removeprefix(f"{listed}.") + ".", listed_keys
                keys[within[:-1]] = number
                continue
            within, keys = "", {}
            listed, listed_keys = (name, keys) if line.lstrip().startswith("[[") else ("", {})
            yield name, number, keys
        elif key := _KEY.match(line):
            keys.setdefault(within + key[1], number)


def hint(value: str, known: Collection[Any]) -> str:
    """What to say after an unknown word: the known ones, of many the nearest alone; empty when none is near."""
    words = [str(word) for word in known]
    near = difflib.get_close_matches(value, words, n=3)
    if len(words) > _MAX_LISTED:
        return f" (do you mean {' or '.join(near)}?)" if near else ""
    return f" (known: {', '.join(words)})"
