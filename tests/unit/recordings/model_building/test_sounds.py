"""What the speech model learns from: labels, pronunciations, the telephone line."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.prompts.sound.g711 import from_alaw, from_ulaw, to_alaw, to_ulaw
from recordings.model_building.corpus import pronunciations, timed_sounds
from recordings.model_building.errors import UnheardWordError, UnknownSoundError
from recordings.model_building.espeak import Sound
from recordings.model_building.examples import labels_of
from recordings.model_building.lexicon import lexicon
from recordings.model_building.phones import SILENCE, SOUNDS, SPOKEN, sounds_of
from recordings.model_building.telephone import (
    ADAPTIVE_PULSES,
    a_law,
    adaptive_mobile,
    line,
    lose_packets,
    mobile,
    mu_law,
)

EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)
SPEECH = [
    Sound("r", 0, 0), Sound("a:", 1000, 0), Sound("(en)", 2000, 1), Sound("h", 2000, 1), Sound("@L", 3000, 1),
    Sound("_:", 4000, 1), Sound("_", 4100, 1),
]  # fmt: skip


@given(gaps=st.lists(st.floats(0, 2000), min_size=1, max_size=30), spare=st.integers(0, 40))
def test_labels_every_sound_has_an_output_in_its_order(gaps, spare):
    starts = [(SILENCE, 0.0)]
    starts += [(SPOKEN[place % len(SPOKEN)], start) for place, start in enumerate(np.cumsum(gaps))]
    outputs = len(starts) + spare
    labels = labels_of(starts, outputs)
    assert labels is not None
    assert len(labels) == outputs
    first = [SOUNDS[label // 2] for label in labels if label % 2 == 0]
    assert first == [name for name, _ in starts]


def test_labels_too_short_a_sound_has_none():
    assert labels_of([(SILENCE, 0.0), ("k", 10.0), ("a:", 20.0)], 2) is None


def test_labels_change_where_the_sound_begins():
    labels = labels_of([(SILENCE, 0.0), ("k", 2400.0)], 20)
    assert labels is not None
    assert list(labels).index(2 * SOUNDS.index("k")) == 10  # output 10 has its centre at sample 2500


def test_timed_sounds_two_for_one_share_its_time_and_pauses_are_one():
    assert timed_sounds(SPEECH, 100, 0.5, 2150) == [
        ("r", 100), ("a:", 600), ("H", 1100), ("@", 1600), ("l", 1850), (SILENCE, 2100),
    ]  # fmt: skip


def test_pronunciations_are_split_by_word():
    assert pronunciations(SPEECH, 2) == [["r", "a:"], ["H", "@", "l"]]


def test_pronunciations_of_more_words_than_were_heard_are_none():
    assert pronunciations(SPEECH, 3) == []


def test_sound_that_is_not_known_is_named():
    with pytest.raises(UnknownSoundError, match="qq"):
        sounds_of("qq")


def test_lexicon_rare_pronunciations_are_dropped():
    entries = lexicon(["पानी"], {"पानी": {"p a: n i": 90, "p a: n i j": 2, "p a: n i:": 45}})
    assert [entry.sounds[-1] for entry in entries] == ["i", "i:"]
    assert [entry.cost for entry in entries] == [0.0, pytest.approx(math.log(2))]


def test_lexicon_word_that_was_never_spoken_is_named():
    with pytest.raises(UnheardWordError, match="राशन"):
        lexicon(["पानी", "राशन"], {"पानी": {"p a: n i": 1}})


def test_a_law_is_that_of_the_prompts():
    assert np.array_equal(a_law(EVERY_SAMPLE), from_alaw(to_alaw(EVERY_SAMPLE)))


def test_mu_law_is_that_of_the_prompts():
    assert np.array_equal(mu_law(EVERY_SAMPLE), from_ulaw(to_ulaw(EVERY_SAMPLE)))


def test_mobile_keeps_length_and_level():
    time = np.arange(8001) / 8000
    tone = (5000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16)
    coded = mobile(tone)
    assert len(coded) == len(tone)
    assert 0.5 < np.std(coded) / np.std(tone) < 2
    assert not np.array_equal(coded, tone)


@pytest.mark.parametrize("pulses", ADAPTIVE_PULSES)
def test_adaptive_mobile_keeps_length_and_level_and_does_worse_with_fewer_pulses(pulses):
    time = np.arange(8001) / 8000
    voice = (3000 * np.sign(np.sin(2 * np.pi * 120 * time)) * (1 + np.sin(2 * np.pi * 3 * time))).astype(np.int16)
    coded = adaptive_mobile(voice, pulses)
    assert len(coded) == len(voice)
    assert 0.5 < np.std(coded) / np.std(voice) < 2
    error = [np.std(voice - adaptive_mobile(voice, count).astype(float)) for count in (pulses, 40)]
    assert error[0] > error[1] > 0


def test_line_leaves_the_voice_as_it_was():
    """A voice is kept to be heard behind others: a line may not write into it."""
    voice = np.random.default_rng(5).standard_normal(4000)
    before = voice.copy()
    for seed in range(100):
        assert len(line(voice, np.random.default_rng(seed), [])) == len(voice)
    assert np.array_equal(voice, before)


def test_lost_packets_are_whole_and_silent():
    lost = lose_packets(np.ones(1600), np.random.default_rng(3), 0.5)
    packets = lost.reshape(10, 160)
    assert {tuple(set(packet)) for packet in packets} == {(0.0,), (1.0,)}
