"""People far from home: ours in another state, and others' here: what their officers have to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.intake.whatsapp.dialogue.draft import new_draft
from router.intake.whatsapp.dialogue.wording.texts import plain_words
from router.model.stranded import MAX_PLACE_LENGTH, STRANDED, STRANDED_HERE, WANTS, StrandedFacts, Want

if TYPE_CHECKING:
    from router.intake.whatsapp.dialogue.state import Draft
    from router.intake.whatsapp.dialogue.turn import Turn

_WANT_OF: Final[dict[str, Want]] = {
    "cooked-food": "food",
    "ration": "food",
    "fresh": "food",
    "water": "food",
    "medicine": "medical",
    "medical": "medical",
}
_STAYS: Final = frozenset({None, "danger", "information", "listen", STRANDED, STRANDED_HERE})
"""Needs that stay what they are, wherever the person is."""

_AT_A_DISTRICT: Final = STRANDED_HERE
"""With this need known, a text is searched for a district of ours, also when it names another state."""


def as_stranded(draft: Draft) -> Draft:
    """Return a draft of somebody in another state as a stranded person's: what they need is what they lack there."""
    if draft.state is None or draft.need in _STAYS:
        return draft
    return with_wants(draft.model_copy(update={"need": STRANDED, "priority": None}), draft.need)


def with_wants(draft: Draft, *needs: object, wants: frozenset[Want] = frozenset()) -> Draft:
    """Return a draft with more of what stranded people lack.

    Args:
        draft: It.
        needs: Ids of needs.
        wants: What else they lack.
    """
    more = {*draft.stranded.wants, *wants, *(_WANT_OF[str(need)] for need in needs if need in _WANT_OF)}
    return _with(draft, StrandedFacts(wants=tuple(want for want in WANTS if want in more)))


def with_facts(turn: Turn, draft: Draft, text: str) -> Draft:
    """Return a draft with what a text says of people far from home; another draft as it is."""
    blank = new_draft(turn.id, turn.now)
    state = turn.understand(text, blank, need=STRANDED).get("state")
    if draft.need != STRANDED_HERE and says_far_from_home(turn, text):
        need = STRANDED_HERE if _is_home(turn, text, str(state)) else STRANDED
        draft = with_wants(draft, draft.need).model_copy(update={"need": need})
        place = {"state": state, "district": None} if need == STRANDED else {"state": None}
        draft = draft.model_copy(update=place)
    if draft.need not in (STRANDED, STRANDED_HERE):
        return draft
    draft = with_wants(draft, wants=frozenset(want for want in WANTS if _says(turn, text, want)))
    if draft.need == STRANDED_HERE:
        return _here(turn, draft, text, str(state) if state else None)
    if state and not draft.stranded.place:
        draft = _with(draft, StrandedFacts(place=text[:MAX_PLACE_LENGTH]))
    district = turn.understand(text, blank, need=_AT_A_DISTRICT).get("district")
    draft = _with(draft, StrandedFacts(home_district=str(district) if district else None))
    if state and draft.state is None:
        draft = draft.model_copy(update={"state": state, "district": None})
    return draft


def says_far_from_home(turn: Turn, text: str) -> bool:
    """Whether a text says of somebody that they are stranded, in a state that it names or far from it."""
    state = turn.understand(text, new_draft(turn.id, turn.now), need=STRANDED).get("state")
    return bool(state) and _says(turn, text, "stuck")


def _here(turn: Turn, draft: Draft, text: str, state: str | None) -> Draft:
    """Return a draft of another state's people here: the state they name is their home, the district where they are."""
    draft = _with(draft, StrandedFacts(home_state=draft.state or state)).model_copy(update={"state": None})
    district = turn.understand(text, new_draft(turn.id, turn.now), need=_AT_A_DISTRICT).get("district")
    return draft.model_copy(update={"district": district}) if district and draft.district is None else draft


def _is_home(turn: Turn, text: str, state: str) -> bool:
    """Whether a text says of a state that they belong there: "बिहार का हूँ", "from Bihar"."""
    found = turn.tools.places.states[state]
    said = _spaced(text)
    names = (found.name.casefold(), found.name_hi)
    belongs = turn.tools.texts.words["belongs-to"]
    return any(f" {name} {word} " in said for name in names for word in belongs) or f" from {names[0]} " in said


def is_complete(draft: Draft) -> bool:
    """Whether nothing is left to ask stranded people for."""
    return bool(draft.state and draft.people and draft.stranded.wants and draft.stranded.home_district)


def _with(draft: Draft, facts: StrandedFacts) -> Draft:
    return draft.model_copy(update={"stranded": draft.stranded.filled_from(facts)})


def _says(turn: Turn, text: str, name: str) -> bool:
    """Whether one of a list of words or phrases stands in a text."""
    said = _spaced(text)
    return any(f" {phrase} " in said for phrase in turn.tools.texts.words[name])


def _spaced(text: str) -> str:
    """Return the words of a text with one blank around each."""
    return f" {plain_words(text)} "
