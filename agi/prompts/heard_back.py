"""Hears stored Hindi prompts back, as a telephone carries them, by a speech model: is each word understood?

A voice that says a word wrongly says it wrongly each time, while a model errs now here, now there. So what counts is a
word of which no occurrence is understood. All prompts compete with each other, and all of their words, in any order:
words alone are too short for the model. Words that it does not know are not judged.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from agi.prompts.errors import InvalidAudioError
from agi.prompts.sound import formats, g711
from agi.prompts.stored import read_stored, stored_file
from agi.prompts.tts import speaker_of
from agi.prompts.voices import KOKORO
from router.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

LANGUAGE: Final = "hi"
"""The models hear Hindi, and English words as they are said in it; whole English sentences they do not."""
UNKNOWN: Final = "[unk]"

_WORD: Final = re.compile("[\u0900-\u0963\u0970-\u097f\u200c\u200d]+")


@dataclass(slots=True)
class Heard:
    """What was understood.

    Attributes:
        said: How often each word that the model knows was said.
        understood: How often it was understood.
        prompts: Of each word that was missed, the prompts and what was heard there.
        unknown: Words that the model does not know.
        missing: Prompts without a stored sound.
    """

    said: Counter[str] = field(default_factory=Counter)
    understood: Counter[str] = field(default_factory=Counter)
    prompts: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)

    def never(self) -> list[str]:
        """Return the words of which no occurrence is understood."""
        return sorted(word for word in self.said if not self.understood[word])

    def add(self, prompt: str, words: Sequence[str], heard: Sequence[str]) -> None:
        """Note what was heard of a prompt, whose words that the model knows are given."""
        self.said.update(words)
        matched: set[int] = set()
        for block in SequenceMatcher(None, words, heard, autojunk=False).get_matching_blocks():
            matched.update(range(block.a, block.a + block.size))
        for place, word in enumerate(words):
            if place in matched:
                self.understood[word] += 1
            else:
                self.prompts.setdefault(word, []).append((prompt, " ".join(heard)))


def words_of(text: str) -> list[str]:
    """Return the Devanagari words of a text."""
    return _WORD.findall(text)


def hear_back(texts: Iterable[tuple[str, str]], model: Path) -> Heard:
    """Hear prompts back, each from its stored sound at 8 kHz A-law.

    Args:
        texts: Names and texts.
        model: The folder of a Vosk model for 8 kHz whose vocabulary can be narrowed.

    Raises:
        UserError: There is no such model.
    """
    try:
        known = {line.split()[0] for line in (model / "graph" / "words.txt").read_text(encoding="utf-8").splitlines()}
    except OSError as error:
        msg = f"{model}: no speech model of the project: {error.strerror}; see: warroom model list"
        raise UserError(msg) from error
    import vosk

    vosk.SetLogLevel(-1)
    loaded, heard = vosk.Model(model_path=str(model)), Heard()
    prompts = [(name, text, words_of(text)) for name, text in texts]
    every = sorted({word for *_, words in prompts for word in words})
    heard.unknown = set(every) - known
    sentences = {" ".join(word if word in known else UNKNOWN for word in words) for *_, words in prompts}
    grammar = json.dumps(sorted({*sentences, *every} - heard.unknown - {UNKNOWN}), ensure_ascii=False)
    for name, text, words in prompts:
        try:
            sound = read_stored(stored_file(text, KOKORO[speaker_of(text)]))
            narrow = g711.from_alaw(formats.encode_speech(sound)["alaw"])
        except InvalidAudioError:
            heard.missing.append(name)
            continue
        recognizer = vosk.KaldiRecognizer(loaded, formats.NARROW_RATE, grammar)
        pause = bytes(formats.NARROW_RATE)  # half a second, as there is around a prompt
        ended = recognizer.AcceptWaveform(pause + narrow.tobytes() + pause)
        # at an end-point Result holds all until there, and the final result the rest alone: both are needed
        results = [*([recognizer.Result()] if ended else []), recognizer.FinalResult()]
        said = [word for result in results for word in json.loads(result)["text"].split()]
        heard.add(name, [word for word in words if word in known], [word for word in said if word != UNKNOWN])
    return heard


def report(heard: Heard) -> Iterable[str]:
    """Yield what to tell, line by line."""
    total, understood = heard.said.total(), heard.understood.total()
    for word in heard.never():
        yield f"{word}: understood in none of {heard.said[word]}:"
        for name, instead in heard.prompts[word][:3]:
            yield f"    {LANGUAGE}/{name}: heard: {instead}"
    share = understood / max(total, 1)
    yield f"{understood} of {total} words understood ({share:.1%}), {len(heard.said)} different ones"
    yield f"{len(heard.unknown)} words are not in the model's vocabulary, and not judged"
    if heard.missing:
        yield f"{len(heard.missing)} prompts have no stored sound: make voice"
    if heard.never():
        yield "listen to them; mend what is said wrongly in agi/prompts/texts/pronounced_hi.toml, then: make voice"
