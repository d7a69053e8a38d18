"""Own recordings as they come: many forms of WAV, and files that are none."""

from __future__ import annotations

import struct
import wave

import numpy as np
import pytest

from agi.prompts.errors import InvalidAudioError
from agi.prompts.sound.wav import read_wav

PCM_GUID = bytes.fromhex("0100000000001000800000aa00389b71")
FLOAT_GUID = bytes.fromhex("0300000000001000800000aa00389b71")


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(n + struct.pack("<I", len(c)) + c + b"\0" * (len(c) % 2) for n, c in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body


def form(tag=1, channels=1, rate=8000, bits=16, extra=b"") -> bytes:
    align = channels * bits // 8
    return struct.pack("<HHIIHH", tag, channels, rate, rate * align, align, bits) + extra


@pytest.fixture
def read(tmp_path):
    def read(content: bytes):
        path = tmp_path / "greeting-181.wav"
        path.write_bytes(content)
        return read_wav(path)

    return read


@pytest.mark.parametrize(
    ("bits", "data"),
    [
        (8, bytes([128, 192, 64])),
        (16, struct.pack("<3h", 0, 16384, -16384)),
        (24, b"\0\0\0" + b"\0\0\x40" + b"\0\0\xc0"),
    ],
)
def test_pcm_is_read_in_every_width(read, bits, data):
    sound = read(riff((b"fmt ", form(bits=bits)), (b"data", data)))
    assert sound.samples.tolist() == [0, 0.5, -0.5]
    assert sound.rate == 8000


def test_twenty_four_bits_keep_their_lowest_byte(read):
    sound = read(riff((b"fmt ", form(bits=24)), (b"data", b"\x01\0\0" + b"\xff\xff\xff")))
    assert np.round(sound.samples * 2**23).tolist() == [1, -1]


def test_stereo_is_mixed_to_mono(read):
    sound = read(riff((b"fmt ", form(channels=2, rate=44100)), (b"data", struct.pack("<4h", 16384, 0, -8192, -8192))))
    assert sound.samples.tolist() == [0.25, -0.25]


def test_extensible_pcm_is_read(read):
    extra = struct.pack("<HHI", 22, 24, 4) + PCM_GUID
    sound = read(riff((b"fmt ", form(tag=0xFFFE, bits=24, rate=48000, extra=extra)), (b"data", b"\0\0\x40")))
    assert sound.samples.tolist() == [0.5]


def test_other_chunks_are_passed_over(read):
    content = riff((b"LIST", b"abc"), (b"fmt ", form()), (b"data", struct.pack("<h", 16384)), (b"id3 ", b"x"))
    assert read(content).samples.tolist() == [0.5]


def test_file_of_the_wave_module_is_read(tmp_path):
    path = tmp_path / "x.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 22050, 0, "NONE", ""))
        file.writeframes(struct.pack("<2h", 1, 2))
    assert read_wav(path).seconds == 2 / 22050


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "not a WAV file"),
        (b"ID3\x04 an mp3 that was only renamed", "not a WAV file"),
        (riff((b"fmt ", form())), "No 'data' chunk"),
        (riff((b"data", b"\0\0")), "Error in WAV file"),
        (riff((b"fmt ", b"\1\0"), (b"data", b"\0\0")), "Short 'fmt ' chunk"),
        (riff((b"fmt ", form(tag=3, bits=32)), (b"data", b"")), "coding is 32 bit float"),
        (riff((b"fmt ", form(tag=6, bits=8)), (b"data", b"")), "coding is A-Law"),
        (
            riff(
                (b"fmt ", form(tag=0xFFFE, bits=32, extra=struct.pack("<HHI", 22, 32, 4) + FLOAT_GUID)),
                (b"data", b""),
            ),
            "coding is 32 bit float",
        ),
        (riff((b"fmt ", form(bits=32)), (b"data", b"")), "coding is Signed 32 bit PCM"),
        (riff((b"fmt ", form(channels=6)), (b"data", b"")), "has 6 channels"),
        (riff((b"fmt ", form(rate=4000)), (b"data", b"")), "4000 samples a second"),
        (riff((b"fmt ", form()), (b"data", b"\0" * 100))[:-30], "30 bytes are missing"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(read, content, what):
    with pytest.raises(InvalidAudioError, match=rf"greeting-181\.wav: .*{what}.*expected a WAV file, PCM"):
        read(content)


def test_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(InvalidAudioError, match=r"none\.wav: cannot be read"):
        read_wav(tmp_path / "none.wav")
