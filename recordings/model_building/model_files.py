"""The folder that Vosk loads.

Source: vosk-api 0.3.45, `model.cc`: the layout with `am/final.mdl` and `conf/model.conf`. With `HCLr.fst` and `Gr.fst`
in place of one static graph a recogniser takes a word list of its own. An unknown line in a `.conf` is fatal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from recordings.model_building.features import MFCC_CONF
from recordings.model_building.grammar import grammar
from recordings.model_building.graph import graph
from recordings.model_building.language_model import language_model
from recordings.model_building.lexicon import lexicon
from recordings.model_building.phones import PHONES, SILENCE_PHONE
from recordings.model_building.vocabulary import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from recordings.model_building.vocabulary import Vocabulary

MODEL_CONF: Final = f"""\
--min-active=200
--max-active=3000
--beam=13.0
--lattice-beam=2.0
--acoustic-scale=0.85
--frame-subsampling-factor=3
--endpoint.silence-phones={SILENCE_PHONE}
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=0.75
--endpoint.rule4.min-trailing-silence=1.0
"""
_COUNTED: Final = 200_000  # utterances that the grammar is counted from
_ALONE: Final = 30  # times that every entry of every list counts as an utterance: an answer of one word


def counted_utterances(vocabulary: Vocabulary) -> list[list[str]]:
    """Return what the grammar is counted from, the same each time: sentences in a row, and each entry alone."""
    rng = np.random.default_rng(11)
    utterances = [vocabulary.utterance(rng) for _ in range(_COUNTED)]
    alone = [entry.split() for entries in vocabulary.lists.values() for entry in entries]
    return utterances + alone * _ALONE


def write_model(
    folder: Path,
    acoustic: bytes,
    words: Sequence[str],
    heard: Mapping[str, Mapping[str, float]],
    utterances: Iterable[Sequence[str]],
) -> None:
    """Write a whole model folder.

    Args:
        folder: Made if it is not there; files of an older model are overwritten.
        acoustic: `final.mdl`.
        words: The vocabulary.
        heard: How often each word was pronounced how.
        utterances: What the grammar is counted from.

    Raises:
        UnheardWordError: If a word was never heard.
    """
    word_ids = {word: number for number, word in enumerate([*words, UNKNOWN], 1)}
    search = graph(lexicon(words, heard), word_ids)
    for name in ("am", "conf", "graph/phones"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "am" / "final.mdl").write_bytes(acoustic)
    (folder / "conf" / "mfcc.conf").write_text(MFCC_CONF, "ascii")
    (folder / "conf" / "model.conf").write_text(MODEL_CONF, "ascii")
    search.fst.write(str(folder / "graph" / "HCLr.fst"))
    grammar(language_model(utterances, list(word_ids)), word_ids).write(str(folder / "graph" / "Gr.fst"))
    _lines(folder / "graph" / "disambig_tid.int", map(str, search.apart))
    _lines(folder / "graph" / "words.txt", ["<eps> 0", *(f"{word} {number}" for word, number in word_ids.items())])
    boundaries = (f"{number} {phone.place}" for number, phone in enumerate(PHONES, 1))
    _lines(folder / "graph" / "phones" / "word_boundary.int", boundaries)


def _lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
