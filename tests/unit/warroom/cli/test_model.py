"""`warroom model`: what a model is and whether it works, and an end of Vosk's own process is not ours."""

from __future__ import annotations

import json
import os
import shutil

import pytest
from typer.testing import CliRunner

from recordings.settings import OWN_MODEL
from recordings.transcription.vosk_model import describe
from tests.support.speech import RATION, tone, write
from warroom.cli.main import make_app

pytestmark = pytest.mark.long


def warroom(data, *words):
    return CliRunner().invoke(make_app(words), ["--data", str(data), *words])


def test_model_check_loads_it_and_has_it_listen(tmp_path):
    done = warroom(tmp_path, "model", "check", "--json")
    about = json.loads(done.stdout)
    assert (done.exit_code, about["rate"], about["grammar"]) == (0, 8000, True)
    assert about["said"] == about["heard"] == RATION


def test_model_check_listens_to_a_file(tmp_path):
    sound = write(tmp_path / "silence.wav", tone(1))
    about = json.loads(warroom(tmp_path, "model", "check", "--json", "--file", str(sound)).stdout)
    assert about["heard"] == "there is only silence"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("am/final.mdl", "am/final.mdl is missing"),
        ("conf/mfcc.conf", "conf/mfcc.conf is missing"),
        ("graph/Gr.fst", "graph is missing"),
        ("cut", "Vosk cannot load it"),
        ("option", "Vosk can"),
        ("graph", "Vosk cannot use it"),
    ],
)
def test_model_check_says_what_is_wrong(open_folder, damage, said):
    folder = open_folder / "model"
    shutil.copytree(OWN_MODEL, folder)
    if damage == "cut":
        os.truncate(folder / "am" / "final.mdl", 1000)
    elif damage == "graph":
        os.truncate(folder / "graph" / "Gr.fst", 1000)
    elif damage == "option":
        with (folder / "conf" / "model.conf").open("a") as conf:
            conf.write("--no-such-option=1\n")
    else:
        (folder / damage).unlink()
    done = warroom(open_folder, "model", "check", "--folder", str(folder), "--json")
    assert done.exit_code == 1
    assert said in json.loads(done.stdout)["wrong"]
    assert "Traceback" not in done.output


def test_model_of_16_khz_hears_a_telephone(open_folder):
    """A model that says 16 kHz gets the sound resampled; Vosk itself refuses 8 kHz for it."""
    folder = open_folder / "model"
    shutil.copytree(OWN_MODEL, folder)
    conf = folder / "conf" / "mfcc.conf"
    conf.write_text(conf.read_text().replace("8000", "16000").replace("--high-freq=-200", "--high-freq=3800"))
    assert describe(folder).rate == 16_000
    about = json.loads(warroom(open_folder, "model", "check", "--folder", str(folder), "--json").stdout)
    assert about["heard"] == RATION


def test_model_list_names_what_is_missing(tmp_path):
    (tmp_path / "settings.toml").write_text('[recordings.models]\nhi = "/nowhere/hi"\n')
    (row,) = json.loads(warroom(tmp_path, "model", "list", "--json").stdout)
    assert row["language"] == "hi"
    assert "no such folder" in row["wrong"]
