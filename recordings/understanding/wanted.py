"""Which of the needs that are named are wanted, and which are met: "राशन मिल गया, दवाई नहीं मिली".

A clause is a row of needs (N) and predicates (P): "got", "not got", "want", "is closed". Hindi says N N P, and each P
rules the needs between it and the P before it. English says P N N, unless it starts with a need. Needs no predicate
rules are wanted: a caller who only says "दवाई" needs medicine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recordings.understanding.words import Pause

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recordings.understanding.entries import Entry
    from recordings.understanding.findings import Finding
    from recordings.understanding.lexicon import Match
    from recordings.understanding.sentence import Sentence

NO_PREDICATE = 0.9
"""A need that nothing is said of is wanted, but less surely than one that is asked for."""

_VERBS = ("want", "hope", "lack", "got", "over")
_POSITIVE = frozenset({"want", "hope", "lack"})
DANGER = "danger"


@dataclass(slots=True)
class _Named:
    """A need that was named, and what was found out about it."""

    match: Match
    entry: Entry
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


def needs(sentence: Sentence) -> list[Finding]:
    """Return a finding ``need`` or ``no-need`` for each need named, the most important first."""
    named: list[_Named] = []
    before: list[_Named] = []  # the needs of the clause before, for a clause that only says "but it is finished"
    verb: str | None = None
    for clause in _clauses(sentence):
        here = [part for part in clause if isinstance(part, _Named)]
        _rule(clause, before if not here else [], verb, english=sentence.is_english)
        named += here
        before = here or before
        verb = next((p.signs[-1][0] for p in reversed(clause) if isinstance(p, _Predicate) and not p.is_bare), verb)
    return _findings(sentence, named)


def _rule(clause: Sequence[_Named | _Predicate], before: Sequence[_Named], verb: str | None, *, english: bool) -> None:
    """Decide for each need of a clause."""
    if before and clause and isinstance(clause[0], _Predicate) and not clause[0].is_bare:
        _apply(clause[0], before[-1:], verb)
        return
    predicate_first = english and bool(clause) and isinstance(clause[0], _Predicate)
    waiting: list[_Named] = []  # needs whose predicate has not come yet
    last: _Predicate | None = None
    ruled: list[_Named] = []  # what the last predicate rules
    for part in clause:
        if isinstance(part, _Named):
            if predicate_first and last:
                _apply(last, [part], verb)
                ruled.append(part)
            else:
                waiting.append(part)
            continue
        if last and not last.is_bare:
            verb = last.signs[-1][0]
        if not predicate_first:
            _apply(part, waiting, verb)
        elif last and not last.is_bare and not waiting:  # "need rice it has come"; not "no rice available"
            _apply(part, ruled[-1:], verb)
        ruled, waiting, last = waiting, [], part
    if last and not predicate_first and not ruled:
        _apply(last, [need for need in waiting if need.entry.kind == "thing"], verb)  # "नहीं मिला राशन"


def _apply(predicate: _Predicate, ruled: Sequence[_Named], verb: str | None) -> None:
    """A "not" reaches back over troubles only to the last thing: "फँसे हैं, पानी नहीं है" says that they are stuck."""
    things = [n for n, need in enumerate(ruled) if need.entry.kind == "thing"]
    last_thing = max(things, default=-1)
    for n, need in enumerate(ruled):
        if need.entry.kind == "trouble" and (need.is_so or n < last_thing):
            continue
        need.wanted = predicate.wants(need.entry.kind, verb)
        need.ruled_by = (predicate.start, predicate.stop)


def _clauses(sentence: Sentence) -> Iterator[list[_Named | _Predicate]]:
    """Cut at ends of sentences and at "but"; at a comma where both sides have a predicate or the left starts with it.

    Between two predicates without a need in between, a lone "not" joins the second: "नहीं … मिला".
    """
    clause: list[_Named | _Predicate] = []
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
            clause.append(_Named(match, need))
            open_ = None
        elif "is" in match.entries and open_ is None and clause and isinstance(clause[-1], _Named):
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


def _is_whole(clause: Sequence[_Named | _Predicate]) -> bool:
    """Whether a comma may end the clause here: "राशन, दूध मिल गया" is one, "राशन मिल गया, दूध नहीं" is two."""
    return any(isinstance(part, _Predicate) for part in clause) and any(isinstance(part, _Named) for part in clause)


def _findings(sentence: Sentence, named: Sequence[_Named]) -> list[Finding]:
    """One finding for a need: wanted where it is wanted anywhere; danger first, then the surest, then the first."""
    best: dict[str, Finding] = {}
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


def _level(finding: Finding) -> float:
    """Scores in steps: of two needs that are about as sure, the one said first comes first."""
    return round(finding.score * 5) / 5
