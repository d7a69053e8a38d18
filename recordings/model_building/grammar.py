"""The language model as Vosk's `Gr.fst`: an acceptor with a state for each context.

A step to a shorter context is an arc without a word. Vosk composes the grammar as a plain acceptor, so a word that has
a probability of its own in a context may be reached at a lower one through that arc too; the better path wins.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import kaldifst

from recordings.model_building.language_model import END, START

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recordings.model_building.language_model import LanguageModel

_NO_WORD: Final = 0


def grammar(model: LanguageModel, word_ids: Mapping[str, int]) -> Any:
    """Return the grammar as a kaldifst acceptor, sorted by word.

    Args:
        model: The language model.
        word_ids: Number of every word of it.
    """
    fst = kaldifst.StdVectorFst()
    states = {context: fst.add_state() for context in model.words}
    fst.start = states[model.known((START,))]
    for context, state in states.items():
        for word, chance in model.words[context].items():
            cost = kaldifst.TropicalWeight(-math.log(chance))
            if word == END:
                fst.set_final(state, cost)
            else:
                number, after = word_ids[word], states[model.known((*context, word))]
                fst.add_arc(state, kaldifst.StdArc(number, number, cost, after))
        if context:
            cost = kaldifst.TropicalWeight(-math.log(model.back_off[context]))
            fst.add_arc(state, kaldifst.StdArc(_NO_WORD, _NO_WORD, cost, states[model.known(context[1:])]))
    kaldifst.arcsort(fst, "ilabel")
    return fst
