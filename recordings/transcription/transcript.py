"""Turns a worker's result into the text a room reads, with its confidence and whether a person must listen."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final

from router.model.calls.recording_record import Transcription

NOT_UNDERSTOOD: Final = "[…]"
"""Stands in a transcript for words that the model does not know."""

UNCERTAIN: Final = "The transcript is uncertain: listen to the message."

_UNKNOWN: Final = "[unk]"  # the models' output for a word outside their vocabulary
_TONE_S: Final = 1.0  # a shorter one may be a beep with breath
_SILENCE: Final = 0.01  # of full scale, -40 dB: the noise of a bad line lies below, the softest speech above


def heard_of(answer: dict[str, Any], *, min_confidence: float) -> Transcription:
    """Return the transcript of a recording.

    A closed vocabulary is as sure of a wrong word as of a right one, and says its doubt by ``[unk]``: so the
    confidence is the mean over all words, where an unknown one counts 0.

    Args:
        answer: As ``recordings.transcription.worker`` gives it.
        min_confidence: Below this the room is informed.
    """
    facts: dict[str, Any] = {key: answer.get(key) for key in ("seconds", "bytes", "sha256")}
    words = tuple(
        (str(word), float(start), float(end), float(conf)) for word, start, end, conf in answer.get("words", ())
    )
    if "words" in answer and "why" not in answer and not any(word != _UNKNOWN for word, *_ in words):
        answer = answer | {"why": _no_word(answer)}
    if "why" in answer:
        return Transcription(why=str(answer["why"]), note=to_listen(str(answer["why"])), **facts)
    confidence = sum(0.0 if word == _UNKNOWN else conf for word, _, _, conf in words) / len(words)
    return Transcription(
        transcript=" ".join(_shown(words)),
        confidence=round(confidence, 2),
        words=words,
        model=str(answer["model"]),
        note=UNCERTAIN if confidence < min_confidence else "",
        **facts,
    )


def _no_word(answer: dict[str, Any]) -> str:
    if answer["peak"] < _SILENCE:
        return "there is only silence"
    return "there is only a tone of the line" if answer.get("tones_s", 0.0) >= _TONE_S else "no word was understood"


def to_listen(why: str) -> str:
    """Return the note by which a room is asked to listen."""
    return f"The message could not be written down ({why}): listen to it."


def _shown(words: tuple[tuple[str, float, float, float], ...]) -> list[str]:
    """The words, those that were not understood as one mark however many there are in a row."""
    shown: list[str] = []
    for unknown, group in groupby(words, key=lambda word: word[0] == _UNKNOWN):
        shown += [NOT_UNDERSTOOD] if unknown else [word for word, *_ in group]
    return shown
