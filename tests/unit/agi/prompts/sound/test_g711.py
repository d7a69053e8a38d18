"""G.711 code words against ITU-T G.711 and against the error its steps allow."""

from __future__ import annotations

import numpy as np
import pytest

from agi.prompts.sound import g711

EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)
EVERY_WORD = bytes(range(256))


@pytest.mark.parametrize(
    ("sample", "alaw", "ulaw"),
    [
        (0, 0xD5, 0xFF),
        (-1, 0x55, 0x7E),
        (1000, 0xFA, 0xCE),
        (-1000, 0x7A, 0x4E),
        (32767, 0xAA, 0x80),
        (-32768, 0x2A, 0x00),
    ],
)
def test_encode_known_words(sample, alaw, ulaw):
    one = np.array([sample], np.int16)
    assert g711.to_alaw(one) == bytes([alaw])
    assert g711.to_ulaw(one) == bytes([ulaw])


@pytest.mark.parametrize(
    ("decode", "word", "sample"),
    [
        (g711.from_alaw, 0xD5, 8),
        (g711.from_alaw, 0x55, -8),
        (g711.from_alaw, 0xAA, 32256),
        (g711.from_alaw, 0x2A, -32256),
        (g711.from_ulaw, 0xFF, 0),
        (g711.from_ulaw, 0x7F, 0),
        (g711.from_ulaw, 0x80, 32124),
        (g711.from_ulaw, 0x00, -32124),
    ],
)
def test_decode_known_words(decode, word, sample):
    assert decode(bytes([word])).tolist() == [sample]


def test_alaw_words_survive_the_round_trip():
    assert g711.to_alaw(g711.from_alaw(EVERY_WORD)) == EVERY_WORD


def test_ulaw_words_survive_the_round_trip_but_for_minus_nought():
    expected = EVERY_WORD.replace(b"\x7f", b"\xff")
    assert g711.to_ulaw(g711.from_ulaw(EVERY_WORD)) == expected


@pytest.mark.parametrize(
    ("encode", "decode", "loudest"),
    [(g711.to_alaw, g711.from_alaw, 32256), (g711.to_ulaw, g711.from_ulaw, 32124)],
)
def test_round_trip_error_is_within_half_a_step(encode, decode, loudest):
    sample = EVERY_SAMPLE.astype(np.int32)
    error = np.abs(decode(encode(EVERY_SAMPLE)).astype(np.int32) - sample)
    half_a_step = 8 + np.abs(sample) // 31
    within = np.abs(sample) <= loudest
    assert (error <= half_a_step)[within].all()
    assert error.max() <= 32768 - 32124
