"""Tells needs that are wanted from needs that are met: "राशन मिल गया, दवाई नहीं मिली".

A clause is a row of needs (N) and predicates (P): "got", "not got", "want", "is closed". Hindi says N N P, and each P
rules the needs between it and the P before it. English says P N N, unless it starts with a need. Needs no predicate
rules are wanted: a caller who only says "दवाई" needs medicine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recordings.nlu.tokenizer import Pause

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recordings.nlu.entities import Entity
    from recordings.nlu.lexicon import Match
    from recordings.nlu.lexicon_loader import LexiconEntry
    from recordings.nlu.utterance import Sentence

NO_PREDICATE = 0.9
"""A need that nothing is said of is wanted, but less surely than one that is asked for."""

_VERBS = ("want", "hope", "lack", "got", "over")
_POSITIVE = frozenset({"want", "hope", "lack"})
DANGER = "danger"


@dataclass(slots=True)
class _NamedNeed:
    """A need that was named, and whether it is wanted."""

    match: Match
    entry: LexiconEntry
    wanted: bool | None = None
    is_so: bool = False  # "बुखार है": said of a trouble before anything else
    ruled_by: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class _Predicate:
    """Words that say whether a need is met, such as "अभी तक नहीं मिली"."""

    start: int
    stop: int = 0
    signs: list[tuple[str, int, int]] = field(default_factory=list)  # sign, first word, word behind the last

    @property
    def is_bare(self) -> bool:
        """Whether it is a lone "not", which takes its verb from the predicate before."""
        return all(sign == "not" for sign, _, _ in self.signs)

    def verbs(self) -> list[tuple[str, bool]]:
        """Return each verb and whether it is negated: a "not" belongs to the verb beside it, else to the next."""
        verbs = [(sign, start, stop) for sign, start, stop in self.signs if sign != "not"]
        negated: set[int] = set()
        for sign, start, stop in self.signs:
            if sign != "not":
                continue
            beside = [n for n, (_, first, _) in enumerate(verbs) if first == stop]
            beside += [n for n, (_, _, behind) in enumerate(verbs) if behind == start]
            beside += [n for n, (_, first, _) in enumerate(verbs) if first > start]
            beside += list(range(len(verbs)))[-1:]
            negated.update(beside[:1])
        return [(verb, n in negated) for n, (verb, _, _) in enumerate(verbs)]

    def wants(self, kind: str, before: str | None) -> bool:
        """Whether a need of this kind is wanted under this predicate; `before` is the verb of the one before."""
        if self.is_bare:
            return kind == "thing" and before != "want"
        if kind == "trouble":
            signs = {sign for sign, _, _ in self.signs}
            return "over" not in signs and ("not" not in signs or bool(signs & {"hope", "want", "lack"}))
        return any(_is_wanted(verb, negated=negated) for verb, negated in self.verbs())


def _is_wanted(verb: str, *, negated: bool) -> bool:
    if verb == "hope":
        return True  # "milega" and "nahi milega" both ask
    return (verb in _POSITIVE) != negated


def needs(sentence: Sentence) -> list[Entity]:
    """Return a finding ``need`` or ``no-need`` for each need named, the most important first."""
    named: list[_NamedNeed] = []
    before: list[_NamedNeed] = []  # the needs of the clause before, for a clause that only says "but it is finished"
    verb: str | None = None
    for clause in _clauses(sentence):
        here = [part for part in clause if isinstance(part, _NamedNeed)]
        _rule(clause, before if not here else [], verb, english=sentence.is_english)
        named += here
        before = here or before
        verb = next((_verb(part) for part in reversed(clause) if isinstance(part, _Predicate) and _verb(part)), verb)
    return _findings(sentence, named)


def _rule(
    clause: Sequence[_NamedNeed | _Predicate], before: Sequence[_NamedNeed], verb: str | None, *, english: bool
) -> None:
    """Decide for each need of a clause."""
    first = clause[0] if clause else None
    if before and isinstance(first, _Predicate) and not first.is_bare:
        _apply(first, before[-1:], verb)
    elif english and isinstance(first, _Predicate):
        _rule_forwards(clause, verb)
    else:
        _rule_backwards(clause, verb)


def _rule_backwards(clause: Sequence[_NamedNeed | _Predicate], verb: str | None) -> None:
    """Hindi: needs wait for their predicate."""
    waiting: list[_NamedNeed] = []
    last: _Predicate | None = None
    ruled = False  # whether the last predicate had a need
    for part in clause:
        if isinstance(part, _NamedNeed):
            waiting.append(part)
            continue
        verb = _verb(last) or verb
        _apply(part, waiting, verb)
        last, ruled, waiting = part, bool(waiting), []
    if last and not ruled:
        _apply(last, [need for need in waiting if need.entry.kind == "thing"], verb)  # "नहीं मिला राशन"


def _rule_forwards(clause: Sequence[_NamedNeed | _Predicate], verb: str | None) -> None:
    """English: a predicate rules the need after it; one that nothing follows rules the need before it."""
    groups: list[tuple[_Predicate, list[_NamedNeed]]] = []
    for part in clause:
        if isinstance(part, _Predicate):
            groups.append((part, []))
        else:
            groups[-1][1].append(part)
    last: _Predicate | None = None
    named: list[_NamedNeed] = []
    for predicate, needs_of_it in groups:
        verb = _verb(last) or verb
        if needs_of_it:
            _apply(predicate, needs_of_it, verb)
        elif last and not last.is_bare:  # "need rice it has come"; not "no rice available"
            _apply(predicate, named[-1:], verb)
        last, named = predicate, needs_of_it or named


def _verb(predicate: _Predicate | None) -> str | None:
    """The verb of a predicate, for a lone "not" behind it."""
    return None if predicate is None or predicate.is_bare else predicate.signs[-1][0]


def _apply(predicate: _Predicate, ruled: Sequence[_NamedNeed], verb: str | None) -> None:
    """A "not" reaches back over troubles only to the last thing: "फँसे हैं, पानी नहीं है" says that they are stuck."""
    things = [n for n, need in enumerate(ruled) if need.entry.kind == "thing"]
    last_thing = max(things, default=-1)
    for n, need in enumerate(ruled):
        if need.entry.kind == "trouble" and (need.is_so or n < last_thing):
            continue
        need.wanted = predicate.wants(need.entry.kind, verb)
        need.ruled_by = (predicate.start, predicate.stop)


def _clauses(sentence: Sentence) -> Iterator[list[_NamedNeed | _Predicate]]:
    """Cut at ends of sentences and at "but"; at a comma where both sides have a predicate or the left starts with it.

    Between two predicates without a need in between, a lone "not" joins the second: "नहीं … मिला".
    """
    clause: list[_NamedNeed | _Predicate] = []
    open_: _Predicate | None = None
    behind = 0
    for match in sentence.matches:
        pause = max((word.pause for word in sentence.words[behind : match.start + 1]), default=Pause.NONE)
        if behind < match.start or pause:
            open_ = None  # an unknown word, or a pause
        behind = match.stop
        if pause == Pause.END or "but" in match.entries or (pause and _is_whole(clause)):
            yield clause
            clause, open_ = [], None
        need = sentence.find(match, "trouble", "thing")
        signs = [sign for sign in ("not", *_VERBS) if sign in match.entries]
        if need:
            clause.append(_NamedNeed(match, need))
            open_ = None
        elif "is" in match.entries and open_ is None and clause and isinstance(clause[-1], _NamedNeed):
            clause[-1].is_so = True
        elif signs:
            if open_ is None:
                joined = clause[-1] if clause and isinstance(clause[-1], _Predicate) and clause[-1].is_bare else None
                open_ = joined or _Predicate(match.start)
                if joined is None:
                    clause.append(open_)
            open_.signs.append((signs[0], match.start, match.stop))
            open_.stop = match.stop
        elif "glue" not in match.entries:
            open_ = None
    yield clause


def _is_whole(clause: Sequence[_NamedNeed | _Predicate]) -> bool:
    """Whether a comma may end the clause here: "राशन, दूध मिल गया" is one, "राशन मिल गया, दूध नहीं" is two."""
    return any(isinstance(part, _Predicate) for part in clause) and any(isinstance(part, _NamedNeed) for part in clause)


def _findings(sentence: Sentence, named: Sequence[_NamedNeed]) -> list[Entity]:
    """One finding for a need: wanted where it is wanted anywhere; danger first, then the surest, then the first."""
    best: dict[str, Entity] = {}
    order: dict[str, int] = {}
    for need in named:
        ruled = need.wanted is not None
        score = need.entry.score * need.match.fit * (1.0 if ruled else NO_PREDICATE)
        if ruled:
            score *= sentence.heard(*need.ruled_by)
        wanted = need.wanted is not False
        finding = sentence.finding(
            "need" if wanted else "no-need", need.entry.value, need.match.start, need.match.stop, score
        )
        order.setdefault(finding.value, need.match.start)
        kept = best.get(finding.value)
        if kept is None or (finding.field == "need", finding.score) > (kept.field == "need", kept.score):
            best[finding.value] = finding
    return sorted(best.values(), key=lambda found: (found.value != DANGER, -_level(found), order[found.value]))


def _level(finding: Entity) -> float:
    """Scores in steps: of two needs that are about as sure, the one said first comes first."""
    return round(finding.score * 5) / 5
