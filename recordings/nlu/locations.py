"""Finds locations: district, another state, PIN code, village, landmark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from recordings.nlu.tokenizer import Pause

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from recordings.nlu.entities import Entity, Field
    from recordings.nlu.lexicon import Match
    from recordings.nlu.lexicon_loader import LexiconEntry
    from recordings.nlu.utterance import Sentence
    from router.geo import Places

SAID_AS_PLACE = 0.95
"""Score of a name that is also another word (धार, गुना, सीधी) where "में", "जिला", "से" shows that the place is meant."""

TOWARD = 0.6
"""Factor for a place the citizen wants to go to: help is needed where they are."""

TOWARD_HOME = 0.92
"""The same for a stranded citizen: home is where their district's room is."""

SEVERAL = 0.7
"""Factor where several districts are named and nothing says which is meant: the state room asks, rather than the
wrong district."""

VILLAGE_SCORE = 0.75
LANDMARK_SCORE = 0.7
ZIPCODE_SCORE = 0.95

MAX_PLACE_WORDS = 3
"""Words of a village's or a landmark's name; a longer one has run into the rest of the sentence."""

_PIN = re.compile(r"[1-9][0-9]{5}")
_ENDS_NAME = frozenset({
    "got", "not", "want", "hope", "lack", "over", "but", "have", "since", "for", "here", "here-before", "thing",
    "trouble", "urgent",
    "near", "near-before", "toward", "village-before", "village-after", "state", "measure", "time", "clock",
    "family", "english",
})  # fmt: skip
_NUMBERS = frozenset({"number", "english-number"})
_HINDI_ONLY = frozenset({"glue", "hindi"})
_PRONOUNS = frozenset({"person", "family", "families", "both", "alone"})


class _Mention(NamedTuple):
    match: Match
    entry: LexiconEntry
    score: float
    toward: bool


def districts(sentence: Sentence, places: Places, *, stranded: bool) -> list[Entity]:
    """Return the districts named, the likeliest first; one for each."""
    mentions = [mention for mention in (_mention(sentence, match) for match in sentence.matches) if mention]
    somewhere = [mention for mention in mentions if not mention.toward]
    found: dict[str, Entity] = {}
    for mention in mentions:
        score = mention.score
        if mention.toward:
            score *= TOWARD_HOME if stranded and not somewhere else TOWARD
        finding = sentence.finding("district", mention.entry.value, mention.match.start, mention.match.stop, score)
        kept = found.get(finding.value)
        if kept is None or finding.score > kept.score:
            found[finding.value] = finding
    for finding in zipcodes(sentence):
        for district in places.by_pin(finding.value)[:1]:
            if len(places.by_pin(finding.value)) == 1:
                found[district.id] = finding.__class__("district", district.id, finding.words, finding.score)
    ordered = sorted(found.values(), key=lambda finding: -finding.score)
    return _lower_confidence(ordered) if len({mention.entry.value for mention in somewhere}) > 1 else ordered


def _lower_confidence(ordered: list[Entity]) -> list[Entity]:
    first, second = ordered[0], ordered[1]
    if first.score - second.score > 1 - SEVERAL:
        return ordered
    return [
        finding.__class__(finding.field, finding.value, finding.words, round(finding.score * SEVERAL, 3))
        for finding in ordered
    ]


def _mention(sentence: Sentence, match: Match) -> _Mention | None:
    entry = sentence.find(match, "district")
    if entry is None:
        return None
    after, before = _behind(sentence, match), _ahead(sentence, match)
    if (
        before
        and before.entries.keys() & {"number", "english-number"}
        and "here" not in (after.entries if after else ())
    ):
        return None  # "दो गुना"
    alone = sentence.ends_before(match.start) and sentence.ends_before(match.stop)
    here = bool(after and "here" in after.entries) or bool(before and "here-before" in before.entries) or alone
    toward = bool(after and "toward" in after.entries and "here" not in after.entries) or bool(
        before and "toward-before" in before.entries
    )
    score = max(entry.score, SAID_AS_PLACE) if here or toward else entry.score
    return _Mention(match, entry, score * match.fit, toward)


def states(sentence: Sentence, home: str) -> list[Entity]:
    """Return the other states named, the surest first."""
    found: dict[str, Entity] = {}
    for match in sentence.matches:
        entry = sentence.find(match, "state")
        if entry and entry.value != home:
            finding = sentence.finding("state", entry.value, match.start, match.stop, entry.score * match.fit)
            found.setdefault(entry.value, finding)
    return sorted(found.values(), key=lambda finding: -finding.score)


def zipcodes(sentence: Sentence) -> list[Entity]:
    """Return PIN codes: six digits, written together, in groups, or spoken one by one."""
    spoken = {match.start: match for match in sentence.matches if match.entries.keys() & _NUMBERS}
    found, row, start = [], "", 0
    for at in range(len(sentence.words) + 1):
        digits = _digits(sentence, at, spoken.get(at)) if at < len(sentence.words) else ""
        if not digits and _PIN.fullmatch(row):
            found.append(sentence.finding("zipcode", row, start, at, ZIPCODE_SCORE))
        if not row:
            start = at
        row = row + digits if digits else ""
    return found


def _digits(sentence: Sentence, at: int, spoken: Match | None) -> str:
    """The digits that a word is: a numeral, or one spoken digit."""
    form = sentence.words[at].form
    if form.isascii() and form.isdigit():
        return form
    entry = sentence.find(spoken, *_NUMBERS) if spoken else None
    return entry.value if entry and len(entry.value) == 1 else ""


def villages(sentence: Sentence) -> list[Entity]:
    """Return the name beside "गाँव", "ward", "मोहल्ला": "गाँव बैरसिया", "बैरसिया गाँव", "ward 12"."""
    return list(_unique(_village(sentence, match) for match in sentence.matches))


def _village(sentence: Sentence, match: Match) -> Entity | None:
    if "village-after" in match.entries:
        start = _name_before(sentence, match.start)
        if start < match.start:
            return sentence.finding("village", sentence.text(start, match.stop), start, match.stop, VILLAGE_SCORE)
    if "village-before" in match.entries:
        stop = _name_behind(sentence, match.stop)
        if stop > match.stop:
            return sentence.finding("village", sentence.text(match.start, stop), match.start, stop, VILLAGE_SCORE)
    return None


def landmarks(sentence: Sentence) -> list[Entity]:
    """Return "पंचायत भवन के पास", "near the bus stand"; not "हमारे पास", "बच्चों के पास"."""
    return list(_unique(_landmark(sentence, match) for match in sentence.matches))


def _landmark(sentence: Sentence, match: Match) -> Entity | None:
    if "near" in match.entries:
        start = _name_before(sentence, match.start, may_be_known=True)
        if start < match.start and not _is_person(sentence, match.start - 1):
            text = sentence.text(start, match.stop)
            return sentence.finding("landmark", text, start, match.stop, LANDMARK_SCORE)
    if "near-before" in match.entries:
        stop = _name_behind(sentence, match.stop, may_be_known=True)
        if stop > match.stop and not _is_person(sentence, stop - 1):
            text = sentence.text(match.start, stop)
            return sentence.finding("landmark", text, match.start, stop, LANDMARK_SCORE)
    return None


def _name_before(sentence: Sentence, stop: int, *, may_be_known: bool = False) -> int:
    """Index where the name that ends before word `stop` begins; `stop` itself for none."""
    start = stop
    while start > 0 and stop - start < MAX_PLACE_WORDS and not sentence.words[start].pause:
        if not _belongs(sentence, start - 1, may_be_known=may_be_known):
            break
        start -= 1
    return start


def _name_behind(sentence: Sentence, start: int, *, may_be_known: bool = False) -> int:
    """Index behind the name that begins with word `start`; `start` itself for none."""
    stop = start
    while stop < len(sentence.words) and stop - start < MAX_PLACE_WORDS and sentence.words[stop].pause == Pause.NONE:
        if not _belongs(sentence, stop, may_be_known=may_be_known):
            break
        stop += 1
    return stop


def _belongs(sentence: Sentence, at: int, *, may_be_known: bool) -> bool:
    """Whether a word may be part of a name: unknown, a number, or (of landmarks) an ordinary word such as मंदिर."""
    match = sentence.matches_at(at)
    if not sentence.words[at].form:
        return False
    if match is None:
        return True
    kinds = match.entries.keys()
    if "district" in kinds or (may_be_known and "village-after" in kinds and "here" not in kinds):
        return True  # a town stands in the lexicon with its district
    if kinds & _ENDS_NAME or kinds & _HINDI_ONLY:
        return False
    if "ordinary" in kinds:
        return may_be_known
    return may_be_known or bool(kinds & _NUMBERS)


def _is_person(sentence: Sentence, at: int) -> bool:
    match = sentence.matches_at(at)
    return match is not None and bool(match.entries.keys() & _PRONOUNS)


def _unique(findings: Iterator[Entity | None]) -> Iterator[Entity]:
    seen: set[tuple[Field, str]] = set()
    for finding in findings:
        if finding and (finding.field, finding.value) not in seen:
            seen.add((finding.field, finding.value))
            yield finding


def _behind(sentence: Sentence, match: Match) -> Match | None:
    return _neighbour(sentence.matches, match, 1) if not _pause_at(sentence, match.stop) else None


def _ahead(sentence: Sentence, match: Match) -> Match | None:
    return _neighbour(sentence.matches, match, -1) if not _pause_at(sentence, match.start) else None


def _neighbour(matches: Collection[Match], match: Match, step: int) -> Match | None:
    for other in matches:
        if (other.start == match.stop) if step > 0 else (other.stop == match.start):
            return other
    return None


def _pause_at(sentence: Sentence, at: int) -> bool:
    return at < len(sentence.words) and bool(sentence.words[at].pause)
