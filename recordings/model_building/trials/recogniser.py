"""A model by itself, as Vosk runs it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

from recordings.model_building.features import SAMPLE_RATE
from recordings.model_building.vocabulary import UNKNOWN, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from recordings.model_building.trials.sound import Utterance

_BYTES_AT_ONCE: Final = 3200  # 200 ms, as from a file


class Recogniser:
    """One model.

    Args:
        folder: The model.

    Raises:
        NoModelError: If there is none.

    Attributes:
        words: What it can hear.
        audio_s: Seconds of sound that it has heard so far.
        cpu_s: Seconds that took of a processor core.
    """

    def __init__(self, folder: Path) -> None:
        self.words = frozenset(words_of(folder))
        self.audio_s = self.cpu_s = 0.0
        import vosk

        vosk.SetLogLevel(-1)
        self._make: Any = vosk.KaldiRecognizer
        self._model = vosk.Model(model_path=str(folder))

    def hear(self, utterance: Utterance, grammar: Sequence[str] | None = None) -> list[str]:
        """Return the words that are heard, without `[unk]`.

        Args:
            utterance: The sound.
            grammar: The only words that may be heard; None for the model's own grammar.
        """
        listed = (json.dumps(list(grammar), ensure_ascii=False),) if grammar else ()
        recogniser = self._make(self._model, SAMPLE_RATE, *listed)
        sound = utterance.samples.tobytes()
        pieces = (sound[start : start + _BYTES_AT_ONCE] for start in range(0, len(sound), _BYTES_AT_ONCE))
        began = time.process_time()
        # A result comes in the middle where the speaker pauses; the last one holds only the words after it.
        results = [recogniser.Result() for piece in pieces if recogniser.AcceptWaveform(piece)]
        texts = [json.loads(result)["text"] for result in (*results, recogniser.FinalResult())]
        self.cpu_s += time.process_time() - began
        self.audio_s += utterance.seconds
        return [word for word in " ".join(texts).split() if word != UNKNOWN]
