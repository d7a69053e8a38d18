"""No pattern of the dialplan takes a name that Asterisk itself calls."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from warroom.config.paths import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN_NAMES = ("failed", "a", "e", "h", "i", "o", "s", "t", "T")
"""``failed``: after an Originate that nobody answered; the others: hang-up, wrong key, timeouts, errors, voicemail."""
_LETTERS = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": ".+", "!": ".*"}


def patterns() -> Iterator[tuple[str, str, str]]:
    """Every pattern of the dialplan: its file, context and text."""
    for path in sorted((PROJECT / "asterisk_conf").glob("extensions*.conf")):
        context = ""
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("["):
                context = line.partition("]")[0][1:]
            elif found := re.match(r"exten => (_[^,]+),", line):
                yield path.name, context, found[1]


def as_regex(pattern: str) -> re.Pattern[str]:
    """As `Pattern Matching` in Asterisk's documentation: letters after the underscore, sets in brackets."""
    parts = re.findall(r"\[[^]]*\]|.", pattern.removeprefix("_"))
    return re.compile("".join(_LETTERS.get(one.upper(), one if one[0] == "[" else re.escape(one)) for one in parts))


def test_no_pattern_takes_a_name_of_asterisks_own() -> None:
    there = list(patterns())
    assert {context for _, context, _ in there} >= {"call-in", "callback", "callback-dial", "helplines", "hunt"}
    taken = [(*where, name) for *where, text in there for name in OWN_NAMES if as_regex(text).fullmatch(name)]
    assert taken == []


def test_every_helpline_and_way_fits() -> None:
    by_context = {context: as_regex(text) for _, context, text in patterns()}
    for helpline in ("181", "104", "warroom", "rooms", "missed", "district-bhopal"):
        for context in ("call-in", "helplines", "hunt", "admission", "fallback-message", "rejected-system-full"):
            assert by_context[context].fullmatch(helpline), (context, helpline)
    for destination in ("emergency", "line-104", "queue-general-hi", "room-district-bhopal"):
        for context in ("bridge-dial", "bridge-add", "bridge-blind", "bridge-consult"):
            assert by_context[context].fullmatch(destination), (context, destination)
    for queue in ("general-hi", "health-en", "division-bhopal-hi"):
        assert by_context["queue"].fullmatch(queue)


def test_comments_name_contexts_that_there_are() -> None:
    lines = [
        line for path in (PROJECT / "asterisk_conf").glob("*.conf") for line in path.read_text("utf-8").splitlines()
    ]
    there = {line.partition("]")[0][1:] for line in lines if line.startswith("[")}
    generated = {"destinations", "own-numbers", "did-<trunk>", "rejected-<reason>"}
    comments = [line.partition(";")[2] for line in lines]
    named = {name for comment in comments for name in re.findall(r"\[([a-z][a-z<>-]+)\]", comment)}
    assert named - there - generated == set()
