"""When listening to a recording is noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from board.history import listening
from board.history.listening import LISTENING_S, Listening

if TYPE_CHECKING:
    import pytest


def test_pieces_of_a_recording_are_one_listening_and_a_later_one_is_another() -> None:
    now = 1000.0
    listens = Listening(lambda: now)
    assert [listens.begins("abc", name) for name in ("a.wav", "a.wav", "b.wav", "a.wav")] == [True, False, True, False]
    assert listens.begins("other", "a.wav")
    now += LISTENING_S
    assert listens.begins("abc", "a.wav")


def test_what_is_forgotten_is_noted_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "MAX_KEPT", 2)
    listens = Listening()
    assert [listens.begins("abc", name) for name in ("a", "b", "c", "a", "c")] == [True, True, True, True, False]
