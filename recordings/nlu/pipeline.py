"""The pipeline from a text to its entities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recordings.nlu import locations, need_polarity, quantities
from recordings.nlu.entities import Entity, Understanding
from recordings.nlu.utterance import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recordings.nlu.lexicon import Lexicon

ON_THE_WAY_SCORE = 0.8  # nobody said that they are stuck

STRANDED = "stranded"
"""The need of a citizen whose home district matters, besides their present place."""


def understand(
    text: str,
    lexicon: Lexicon,
    *,
    language_hint: str | None = None,
    word_confidence: Sequence[float] | None = None,
) -> Understanding:
    """Find need, place, quantity, people and urgency in what a citizen said or wrote.

    Hindi in Devanagari, romanised Hindi and English, also mixed. Pure: the same text gives the same findings. Of a
    text longer than ``words.MAX_CHARS`` the beginning is read.

    Args:
        text: Any text; "[unk]" is a word the recogniser did not know.
        lexicon: As loaded once.
        language_hint: ``hi`` or ``en``: decides what "do" means where the other words do not.
        word_confidence: Of each word between blanks, 0 to 1, as a recogniser gives it.

    Raises:
        ValueError: `word_confidence` has not one number for each word.
    """
    sentence = Sentence.read(text, lexicon, language_hint=language_hint, word_confidence=word_confidence)
    needs = need_polarity.needs(sentence)
    states = locations.states(sentence, lexicon.places.home.id)
    needs += _on_the_way_home(sentence, needs, states)
    stranded = any(finding.value == STRANDED and finding.field == "need" for finding in needs)
    return Understanding((
        *needs,
        *locations.districts(sentence, lexicon.places, stranded=stranded),
        *states,
        *locations.zipcodes(sentence),
        *quantities.quantities(sentence),
        *quantities.people(sentence),
        *_urgent(sentence, needs),
        *locations.villages(sentence),
        *locations.landmarks(sentence),
    ))  # fmt: skip


def _on_the_way_home(sentence: Sentence, needs: Sequence[Entity], states: Sequence[Entity]) -> list[Entity]:
    """A citizen who is in another state and wants to go elsewhere is stranded: "हमें मुंबई से शाजापुर जाना है"."""
    if not states or any(finding.value == STRANDED for finding in needs):
        return []
    going = next((match for match in sentence.matches if match.entries.keys() & {"toward", "toward-before"}), None)
    if going is None:
        return []
    words = f"{states[0].words} … {sentence.text(going.start, going.stop)}"
    return [Entity("need", STRANDED, words, min(states[0].score, ON_THE_WAY_SCORE))]


def _urgent(sentence: Sentence, needs: Sequence[Entity]) -> list[Entity]:
    found = [
        sentence.finding("urgent", "yes", match.start, match.stop, match.fit)
        for match in sentence.matches
        if "urgent" in match.entries
    ]
    found += [
        Entity("urgent", "yes", need.words, need.score)
        for need in needs
        if need.value == need_polarity.DANGER and need.field == "need"
    ]
    return found
