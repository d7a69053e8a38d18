"""Hears stored prompts back, as a telephone carries them, by a speech model: is each word understood?

For each prompt the model is narrowed to its sentence and to words that sound like those in it: a word that is said
wrongly loses against one of them. A voice that says a word wrongly says it wrongly each time, while a model errs now
here, now there. So what counts is a word of which no occurrence is understood.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from agi.prompts.errors import InvalidAudioError
from agi.prompts.sound import formats, g711
from agi.prompts.sounding import neighbours, words_of
from agi.prompts.stored import read_stored, stored_file
from agi.prompts.tts import speaker_of
from agi.prompts.voices import KOKORO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

NEIGHBOURS: Final = 6
"""Words that compete with each word of a prompt. With twice as many, hardly more mistakes are found."""
FAVOUR: Final = 10
"""How often the sentence stands in the grammar, each competing word once. Tried: with 1, a fifth of what is said well
is missed; with 100, more mistakes pass."""
_SHOWN: Final = 3


@dataclass(slots=True)
class Heard:
    """What was understood.

    Attributes:
        said: How often each word was said.
        understood: How often it was understood.
        prompts: Of each word that was missed, the prompts and what was heard there.
        missing: Prompts without a stored sound.
    """

    said: Counter[str] = field(default_factory=Counter)
    understood: Counter[str] = field(default_factory=Counter)
    prompts: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def never(self, language: str) -> list[str]:
        """Return the words of a language of which no occurrence is understood."""
        return sorted(word for word in self.said if not self.understood[word] and speaker_of(word) == language)

    def add(self, prompt: str, words: Sequence[str], heard: Sequence[str]) -> None:
        """Note what was heard of a prompt that has these words."""
        self.said.update(words)
        matched: set[int] = set()
        for block in SequenceMatcher(None, words, heard, autojunk=False).get_matching_blocks():
            matched.update(range(block.a, block.a + block.size))
        for place, word in enumerate(words):
            if place in matched:
                self.understood[word] += 1
            else:
                self.prompts.setdefault(word, []).append((prompt, " ".join(heard)))


def hear_back(texts: Iterable[tuple[str, str]], said: Mapping[str, Iterable[str]], model: Path) -> Heard:
    """Hear prompts back, each from its stored sound at 8 kHz A-law.

    Args:
        texts: Names and texts.
        said: How their words are said; these words compete.
        model: The folder of a Vosk model for 8 kHz that has these words, and whose vocabulary can be narrowed.
    """
    import vosk

    vosk.SetLogLevel(-2)  # warnings are about words that a prompt ends in
    loaded, heard, near = vosk.Model(model_path=str(model)), Heard(), neighbours(said, NEIGHBOURS)
    pause = bytes(formats.NARROW_RATE)  # half a second, as there is around a prompt
    for name, text in texts:
        words = words_of(text)
        try:
            sound = read_stored(stored_file(text, KOKORO[speaker_of(text)]))
        except InvalidAudioError:
            heard.missing.append(name)
            continue
        narrow = g711.from_alaw(formats.encode_speech(sound)["alaw"])
        allowed = json.dumps(grammar(words, near), ensure_ascii=False)  # Vosk takes no escapes
        recognizer = vosk.KaldiRecognizer(loaded, formats.NARROW_RATE, allowed)
        ended = recognizer.AcceptWaveform(pause + narrow.tobytes() + pause)
        # at an end-point Result holds all until there, and the final result the rest alone: both are needed
        results = [*([recognizer.Result()] if ended else []), recognizer.FinalResult()]
        heard.add(name, words, [word for result in results for word in json.loads(result)["text"].split()])
    return heard


def grammar(words: Sequence[str], near: Mapping[str, Sequence[str]]) -> list[str]:
    """Return what may be heard of a prompt: its sentence, and in the place of each word those that sound like it."""
    instead = {
        " ".join([*words[max(place - 1, 0) : place], other, *words[place + 1 : place + 2]])
        for place, word in enumerate(words)
        for other in near[word]
    }
    return [*[" ".join(words)] * FAVOUR, *sorted(instead)]


def report(heard: Heard, said: Mapping[str, Iterable[str]], language: str) -> Iterable[str]:
    """Yield what to tell about a language, line by line."""
    never = heard.never(language)
    for word in never:
        yield f"{word} (/{'/ or /'.join(sorted(said[word]))}/): understood in none of {heard.said[word]}:"
        for name, instead in heard.prompts[word][:_SHOWN]:
            yield f"    {name}: heard: {instead or 'nothing'}"
    words = [word for word in heard.said if speaker_of(word) == language]
    total, understood = (sum(counts[word] for word in words) for counts in (heard.said, heard.understood))
    yield (
        f"{language}: {understood} of {total} words understood ({understood / max(total, 1):.1%}); "
        f"of {len(words)} different ones, {len(never)} never"
    )
