"""`warroom model score`: errors against what was said, by file and in all."""

import json

import pytest

from recordings.scoring import words_of
from recordings.settings import OWN_MODEL
from recordings.transcription.worker import _Listener
from tests.support.command_table import type_in
from tests.support.speech import RATION, samples_of, tone, write


@pytest.fixture
def folder(tmp_path):
    """Two recordings: one with its text beside it, one in a table, of which half is said."""
    folder = tmp_path / "own"
    folder.mkdir()
    write(folder / "a.wav", samples_of())
    (folder / "a.txt").write_text(f"{RATION}।\n")
    write(folder / "b.wav", tone(1))
    (folder / "texts.csv").write_text("file,text,need,district\nb.wav,इंदौर में पानी नहीं,water,indore\n")
    return folder


@pytest.fixture(params=["here", pytest.param("process", marks=pytest.mark.long)])
def listens(request, monkeypatch):
    """What listens runs in this process, not in one of its own; long: as it does for an admin."""
    if request.param == "process":
        return

    class Here:
        def __init__(self, _model):
            self._listener = _Listener(lambda _: None)

        async def __aenter__(self):
            return self

        async def __aexit__(self, *_):
            pass

        async def listen(self, path, model, _seconds):
            return self._listener.listen(path, str(model))

    monkeypatch.setattr("warroom.cli.model.score.trial_process", Here)


def test_score_counts_words_needs_and_districts(tmp_path, folder, monkeypatch, capsys, listens):
    line = f"model score {folder} --model {OWN_MODEL} --model {OWN_MODEL} --json"
    code, out, _ = type_in(tmp_path, line, monkeypatch, capsys)
    rows = json.loads(out)
    assert (code, len(rows)) == (0, 2)
    row = rows[0]
    assert (row["files"], row["words"], row["wer"], row["need_recall"], row["district_recall"]) == (2, 8, 0.5, 0.5, 0.5)
    assert row["wer_interval"] == [0.0, 1.0]
    assert [(each["file"], each["errors"], each["need"]) for each in row["per_file"]] == [
        ("a.wav", 0, True),
        ("b.wav", 4, False),
    ]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: (folder / "a.txt").unlink(), "1 recordings have no text"),
        (lambda folder: (folder / "texts.csv").write_text("name;text\n"), "must name the columns"),
        (lambda folder: [path.unlink() for path in folder.glob("*.wav")], "there are no recordings"),
    ],
)
def test_score_says_what_is_missing(tmp_path, folder, monkeypatch, capsys, damage, said):
    damage(folder)
    code, _, err = type_in(tmp_path, f"model score {folder}", monkeypatch, capsys)
    assert (code, said in " ".join(err.split())) == (1, True)


def test_words_are_compared_without_their_marks():
    assert words_of("भोपाल में राशन चाहिए।") == RATION.split()
    assert words_of("Oxygen, please! हाँ-हाँ") == ["oxygen", "please", "हाँ", "हाँ"]
