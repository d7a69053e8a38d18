"""`python -m tests.support.make_spoken_answers`: has two Kokoro voices say every district and needs in everyday words.

It takes some minutes and needs the voice (`warroom voice install`). What was spoken before an interruption is kept in
the folder `--work`. A name alone is cut out of "अब NAME, अब": texts of a few sounds come out hurried.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import soundfile
import soxr

from recordings.kokoro.installed import FOLDER as INSTALLED
from recordings.kokoro.installed import Installation
from recordings.kokoro.phonemes import phonemes
from recordings.kokoro.styles import load_style
from recordings.kokoro.synthesis import RATE as SPOKEN_RATE
from recordings.kokoro.synthesis import Kokoro
from router.geo import load_places
from tests.support.spoken_answers import FOLDER, INDEX, RATE, VOICES, Said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recordings.kokoro.synthesis import Speech

FRAMES = (
    "मैं {} से बोल रहा हूँ",
    "ज़िला {}",
    "मेरा ज़िला {} है",
    "{} ज़िले से",
    "मैं {} में हूँ",
)
NEEDS = {
    "ration": ("राशन चाहिए", "हमारे घर में आटा नहीं है", "चावल और दाल चाहिए"),
    "cooked-food": ("खाना चाहिए", "बच्चे भूखे हैं", "पका हुआ खाना चाहिए"),
    "fresh": ("दूध चाहिए", "सब्जी नहीं मिल रही है", "बच्चे को दूध चाहिए"),
    "water": ("पानी चाहिए", "पीने का पानी नहीं है", "गाँव में पानी बंद है"),
    "medicine": ("दवा चाहिए", "मुझे बुखार की दवा चाहिए", "दवाई नहीं मिल रही है"),
    "medical": ("डॉक्टर चाहिए", "मेरी माँ बीमार है", "अस्पताल जाना है"),
    "sanitary": ("साबुन चाहिए", "सेनेटरी पैड चाहिए", "मास्क चाहिए"),
    "gas": ("गैस चाहिए", "गैस सिलेंडर चाहिए", "सिलेंडर नहीं मिला"),
    "petrol": ("पेट्रोल चाहिए", "पेट्रोल नहीं मिल रहा है"),
    "diesel": ("डीजल चाहिए", "डीजल नहीं मिल रहा है"),
    "stranded": ("हम फंसे हैं", "घर जाना है", "हम गुजरात में फंसे हैं"),
}
_ALONE = ("अब ", ", अब")
_EARLY_S = 0.068  # the sound comes that much before the lengths of the signs say
_GAP_S = 0.1  # between two answers in a file
_COMPRESSION = 0.97  # of Opus: some 13 kbit/s


class _Answer(NamedTuple):
    question: str
    meaning: str
    way: str
    text: str


def main() -> None:
    """Speak all of them and write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voice", type=Path, default=INSTALLED, help="where Kokoro lies")
    parser.add_argument(
        "--work", type=Path, default=Path("/var/tmp/warroom-spoken-answers"), help="what is spoken already"
    )
    options = parser.parse_args()
    speaker, rows = _Speaker(Installation(options.voice), options.work), list[Said]()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for number, voice in enumerate(VOICES):
        parts, at = list[np.ndarray](), 0
        for answer in _answers(number):
            sound = speaker.say(voice, answer)
            rows.append(Said(voice, *answer, at, len(sound)))
            parts += [sound, np.zeros(int(_GAP_S * RATE))]
            at += sum(map(len, parts[-2:]))
        path = FOLDER / f"{voice}.ogg"
        soundfile.write(path, np.concatenate(parts), RATE, format="OGG", subtype="OPUS", compression_level=_COMPRESSION)
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    INDEX.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def _answers(number: int) -> Iterator[_Answer]:
    """Yield what the voice of this number says."""
    for place, district in enumerate(load_places().districts.values()):
        yield _Answer("district", district.id, "alone", district.name_hi)
        text = FRAMES[(place + number) % len(FRAMES)].format(district.name_hi)
        yield _Answer("district", district.id, "frame", text)
    for need, texts in NEEDS.items():
        for text in texts:
            yield _Answer("need", need, "frame", text)


class _Speaker:
    """Says answers, each once.

    Args:
        installation: Where the voice lies.
        work: Keeps what was said.
    """

    def __init__(self, installation: Installation, work: Path) -> None:
        self._installation = installation
        self._kokoro = Kokoro(installation)
        self._work = work
        work.mkdir(parents=True, exist_ok=True)

    def say(self, voice: str, answer: _Answer) -> np.ndarray:
        """Return an answer's sound, `RATE` samples a second."""
        kept = self._work / f"{voice}-{answer.question}-{answer.meaning}-{answer.way}-{answer.text}.npy"
        if not kept.exists():
            spoken = self._alone(voice, answer.text) if answer.way == "alone" else self._whole(voice, answer.text)
            np.save(kept, soxr.resample(spoken, SPOKEN_RATE, RATE))
            print(voice, answer.text, flush=True)
        return np.asarray(np.load(kept))

    def _whole(self, voice: str, text: str) -> np.ndarray:
        speech = self._speak(voice, phonemes(text, "hi"))
        return _part(speech, speech.start(0), speech.start(len(speech.places)), 0.05)

    def _alone(self, voice: str, name: str) -> np.ndarray:
        before, signs, behind = (phonemes(part, "hi") for part in (_ALONE[0], name, _ALONE[1]))
        whole = f"{before} {signs}{behind}"
        speech = self._speak(voice, whole)
        first, last = len(before) + 1, len(whole) - len(behind)
        starts = [place for place, sign in enumerate(speech.places) if first <= sign < last]
        return _part(speech, speech.start(starts[0]), speech.start(starts[-1] + 1), 0.025)

    def _speak(self, voice: str, signs: str) -> Speech:
        return self._kokoro.speak(signs, load_style(self._installation, voice))


def _part(speech: Speech, start: int, stop: int, margin_s: float) -> np.ndarray:
    margin = int(margin_s * SPOKEN_RATE)
    return speech.samples[max(0, start - int(_EARLY_S * SPOKEN_RATE) - margin) : stop + margin]


if __name__ == "__main__":
    main()
