"""The files of the speech model: Kaldi's binary form, and models that the real Vosk loads."""

import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soxr
import vosk
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recordings.model_building.acoustic import KaldiBytes, Layer, final_mdl
from recordings.model_building.corpus import pronunciations
from recordings.model_building.espeak import Speaker
from recordings.model_building.phones import PHONES, Phone
from recordings.model_building.telephone import a_law
from recordings.model_building.vocabulary import load_vocabulary, words_of

FINISHED = Path(__file__).parents[4] / "recordings" / "models" / "hi-600"
TOY_WORDS = ["राशन", "पानी", "नहीं", "मिला", "भोपाल"]
# In a process of its own: vosk, loaded after kaldifst, waits for ever.
WRITE = """
import json, sys
from pathlib import Path
from recordings.model_building.model_files import write_model
write_model(Path(sys.argv[1]), Path(sys.argv[2]).read_bytes(), *json.load(sys.stdin))
"""


@pytest.fixture(scope="module")
def speaker() -> Speaker:
    return Speaker()


@pytest.fixture(scope="module")
def toy(tmp_path_factory, speaker) -> vosk.Model:
    folder = tmp_path_factory.mktemp("toy")
    heard = {}
    for word in TOY_WORDS:
        _, sounds = speaker.speak(word, "hi")
        heard[word] = {" ".join(pronunciations(sounds, 1)[0]): 1}
    content = json.dumps([TOY_WORDS, heard, [["राशन", "नहीं", "मिला"], ["भोपाल"], ["पानी", "नहीं", "मिला"]]])
    command = [sys.executable, "-c", WRITE, str(folder), str(FINISHED / "am" / "final.mdl")]
    subprocess.run(command, input=content, text=True, check=True)
    return load(folder)


def load(folder: Path) -> vosk.Model:
    vosk.SetLogLevel(-1)
    return vosk.Model(model_path=str(folder))


def hear(model: vosk.Model, speaker: Speaker, text: str, *grammar: str) -> list[str]:
    samples, _ = speaker.speak(text, "hi", rate=155, pitch=45)
    voice = soxr.resample(samples.astype(np.float64), speaker.sample_rate, 8000) * 0.5
    sound = a_law(np.concatenate([np.zeros(2000), voice, np.zeros(4000)]).astype(np.int16)).tobytes()
    listed = (json.dumps(grammar, ensure_ascii=False),) if grammar else ()  # Vosk reads no \u escapes
    recogniser = vosk.KaldiRecognizer(model, 8000, *listed)
    texts = [recogniser.Result()] if recogniser.AcceptWaveform(sound) else []
    return " ".join(json.loads(one)["text"] for one in (*texts, recogniser.FinalResult())).split()


def test_toy_graph_hears_its_words(toy, speaker):
    assert hear(toy, speaker, "राशन नहीं मिला") == ["राशन", "नहीं", "मिला"]
    assert hear(toy, speaker, "भोपाल") == ["भोपाल"]


def test_toy_graph_takes_a_word_list_at_run_time(toy, speaker):
    assert hear(toy, speaker, "भोपाल", "पानी", "भोपाल", "[unk]") == ["भोपाल"]
    assert "राशन" not in hear(toy, speaker, "राशन", "पानी", "भोपाल", "[unk]")


def test_toy_graph_does_not_take_another_word_for_its_own(toy, speaker):
    assert set(hear(toy, speaker, "कंप्यूटर हिमालय")) <= {"[unk]"}


def test_finished_model_has_the_vocabulary():
    assert sorted(words_of(FINISHED)) == sorted(load_vocabulary().words)


def test_finished_model_hears_a_citizen(speaker):
    model = load(FINISHED)
    assert hear(model, speaker, "मुझे भोपाल में राशन चाहिए") == ["मुझे", "भोपाल", "में", "राशन", "चाहिए"]


def test_finished_model_fits_into_the_repository():
    assert sum(path.stat().st_size for path in FINISHED.rglob("*") if path.is_file()) < 5_000_000


finite = st.floats(-100, 100, width=32)


@given(arrays.arrays(np.float32, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=finite))
def test_matrix_comes_back_within_half_a_step(values):
    out = KaldiBytes()
    out.matrix(values)
    raw = out.take()
    assert raw[:6] == b"\0BCM2 "
    low, width, rows, columns = struct.unpack_from("<ffii", raw, 6)
    levels = np.frombuffer(raw, "<u2", offset=22).reshape(rows, columns)
    assert (rows, columns) == values.shape
    assert np.allclose(low + width * levels / 65535, values, atol=width / 65535)


def test_numbers_have_their_size_before_them():
    out = KaldiBytes()
    out.token("<Dim>")
    out.int32(-1)
    out.float32(0.5)
    out.float64(0.25)
    out.int_vector([7, 8])
    out.vector([1.0])
    assert out.take() == (
        b"\0B<Dim> "
         b"\4" + struct.pack("<i", -1)
        + b"\4" + struct.pack("<f", 0.5)
        + b"\x08" + struct.pack("<d", 0.25)
        + b"\4" + struct.pack("<iii", 2, 7, 8)
        + b"FV \4" + struct.pack("<if", 1, 1.0)
    )  # fmt: skip


def test_final_mdl_priors_are_shares_and_none_is_zero():
    layers = [Layer((-3, 0, 3), np.zeros((4, 120)), np.zeros(4)), Layer((0,), np.zeros((4, 4)), np.zeros(4))]
    raw = final_mdl([Phone(0, "nonword"), Phone(1, "singleton")], layers, [6, 0, 3, 1])
    end = raw.index(b"<Priors> FV ") + len(b"<Priors> FV \4")
    (count,) = struct.unpack_from("<i", raw, end)
    shares = np.frombuffer(raw, "<f4", offset=end + 4)
    assert len(shares) == count == 4
    assert shares.sum() == pytest.approx(1)
    assert shares.min() > 0
    assert b"input=Append(Offset(input, -3), input, Offset(input, 3))\n" in raw


def test_finished_model_phones_are_those_of_the_program():
    lines = (FINISHED / "graph" / "phones" / "word_boundary.int").read_text().splitlines()
    assert lines == [f"{number} {phone.place}" for number, phone in enumerate(PHONES, 1)]
