"""The folder that Vosk loads.

Source: vosk-api 0.3.45, `model.cc`: the layout with `am/final.mdl` and `conf/model.conf`. With `HCLr.fst` and `Gr.fst`
in place of one static graph a recogniser takes a word list of its own. An unknown line in a `.conf` is fatal.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

import numpy as np

from recordings.model_building.errors import NoModelError
from recordings.model_building.features import MFCC_CONF
from recordings.model_building.grammar import grammar
from recordings.model_building.graph import graph
from recordings.model_building.ipa import spelled_sounds
from recordings.model_building.language_model import language_model
from recordings.model_building.lexicon import lexicon
from recordings.model_building.phones import PHONES, SILENCE_PHONE
from recordings.model_building.vocabulary import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from recordings.model_building.vocabulary import Vocabulary

MODEL_CONF: Final = f"""\
--min-active=200
--max-active=3000
--beam=13.0
--lattice-beam=2.0
--acoustic-scale=0.75
--frame-subsampling-factor=3
--endpoint.silence-phones={SILENCE_PHONE}
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=0.75
--endpoint.rule4.min-trailing-silence=1.0
"""
_BOUNDARIES: Final = "graph/phones/word_boundary.int"
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
    for name in ("am", "conf"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "am" / "final.mdl").write_bytes(acoustic)
    (folder / "conf" / "mfcc.conf").write_text(MFCC_CONF, "ascii")
    (folder / "conf" / "model.conf").write_text(MODEL_CONF, "ascii")
    _write_words(folder / "graph", [*words, UNKNOWN], heard, utterances)


def write_with_words(folder: Path, model: Path, said: Mapping[str, Iterable[str]]) -> None:
    """Write a model that hears as another does, but has other words. It has no sentences: a grammar gives them.

    Args:
        folder: Gets the model.
        model: The folder of a model that was written by `write_model`.
        said: Each word, and the ways in which it is said, in the signs of the voice Kokoro.

    Raises:
        NoModelError: If there is no such model.
        UnknownSoundError: If a sign is no sound of the model.
    """
    try:
        if (model / _BOUNDARIES).read_text("utf-8").splitlines() != [*_boundaries()]:
            raise NoModelError(f"{model} has other sounds: it was not made by make model")
        for name in ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(model / name, folder / name)
    except OSError as error:
        raise NoModelError(f"{model} holds no model: {error.filename}: {error.strerror}") from error
    heard = {
        word: {" ".join(one.sound for one in spelled_sounds(way)): 1.0 for way in ways} for word, ways in said.items()
    }
    _write_words(folder / "graph", list(said), heard, ([word] for word in said))


def _write_words(
    folder: Path,
    words: Sequence[str],
    heard: Mapping[str, Mapping[str, float]],
    utterances: Iterable[Sequence[str]],
) -> None:
    """Write the folder `graph`."""
    word_ids = {word: number for number, word in enumerate(words, 1)}
    search = graph(lexicon([word for word in words if word != UNKNOWN], heard), word_ids)
    (folder / "phones").mkdir(parents=True, exist_ok=True)
    search.fst.write(str(folder / "HCLr.fst"))
    grammar(language_model(utterances, list(word_ids)), word_ids).write(str(folder / "Gr.fst"))
    _lines(folder / "disambig_tid.int", map(str, search.apart))
    _lines(folder / "words.txt", ["<eps> 0", *(f"{word} {number}" for word, number in word_ids.items())])
    _lines(folder.parent / _BOUNDARIES, _boundaries())


def _boundaries() -> Iterator[str]:
    return (f"{number} {phone.place}" for number, phone in enumerate(PHONES, 1))


def _lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
