"""What a room reads of what was heard, and how much of it can be believed."""

import pytest

from recordings.transcription.transcript import UNCERTAIN, heard_of
from router.model.calls.recording_record import RecordingState


def answer(*words: tuple[str, float], **more: object) -> dict[str, object]:
    timed = [[word, i * 0.5, i * 0.5 + 0.4, sure] for i, (word, sure) in enumerate(words)]
    return {"words": timed, "peak": 0.5, "seconds": 9.0, "bytes": 1, "sha256": "0", "model": "hi"} | more


def test_transcript_marks_what_was_not_understood_and_says_it_is_uncertain():
    heard = heard_of(answer(("राशन", 1.0), ("[unk]", 1.0), ("[unk]", 0.9), ("भोपाल", 1.0)), min_confidence=0.6)
    assert (heard.transcript, heard.confidence, heard.note) == ("राशन […] भोपाल", 0.5, UNCERTAIN)
    assert heard.state is RecordingState.TRANSCRIBED


def test_transcript_that_is_sure_carries_no_note():
    heard = heard_of(answer(("राशन", 1.0), ("भोपाल", 0.8)), min_confidence=0.6)
    assert (heard.transcript, heard.confidence, heard.note) == ("राशन भोपाल", 0.9, "")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (answer(), "no word was understood"),
        (answer(("[unk]", 1.0)), "no word was understood"),
        (answer(peak=0.001), "there is only silence"),
        (answer(tones_s=8.0), "there is only a tone of the line"),
        (answer(tones_s=0.2), "no word was understood"),
        ({"why": "it is not a sound file", "bytes": 3}, "it is not a sound file"),
    ],
)
def test_transcript_of_nothing_asks_a_person_to_listen(given, why):
    heard = heard_of(given, min_confidence=0.6)
    assert (heard.state, heard.why, heard.transcript, heard.confidence) == (RecordingState.UNTRANSCRIBED, why, "", None)
    assert why in heard.note
