"""`warroom model install`: a model is in force only when it came whole, was unpacked and could be loaded."""

from __future__ import annotations

import json
import os
import pwd
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest

from recordings.settings import OWN_MODEL
from tests.support.command_table import type_in
from tests.support.file_server import file_server
from tests.support.speech import tone, write
from warroom.cli.model.trial import lent, sound_folder, trial_process
from warroom.config.folders import SERVICE_USER
from warroom.config.settings import load_settings

SHIPPED = {"hi": OWN_MODEL}


@pytest.fixture(scope="module")
def packed(tmp_path_factory) -> Path:
    """The shipped model, as public ones are packed: with one folder at the top."""
    path = tmp_path_factory.mktemp("packed") / "state model 1.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(OWN_MODEL.rglob("*")):
            archive.write(file, Path("state-model") / file.relative_to(OWN_MODEL))
    return path


@pytest.fixture
def typed(monkeypatch, capsys):
    """Types a command; returns its exit code, and its output or what it says of the error."""

    def typed_in(data: Path, line: str) -> tuple[int, str]:
        code, out, err = type_in(data, line, monkeypatch, capsys)
        return code, " ".join((err or out).split()) if code else out

    return typed_in


@pytest.fixture
def taken(monkeypatch):
    """Every model is taken for one that can be loaded."""
    facts = {"rate": 8000, "grammar": True, "load_s": 0.1, "memory_mb": 60}
    monkeypatch.setattr(
        "warroom.cli.model.install.try_model",
        lambda folder, language: {"language": language, "folder": str(folder), **facts},
    )


def models(data: Path) -> dict[str, Path]:
    return load_settings(data).recordings.models


def left(data: Path) -> list[str]:
    """What lies in the folder of models besides its lock."""
    return sorted(path.name for path in (data / "models").iterdir() if path.name != ".lock")


def test_file_is_installed(open_folder, typed, packed):
    code, said = typed(open_folder, f"model install '{packed}' --json")
    assert code == 0, said
    assert json.loads(said)["heard"] == "भोपाल में राशन चाहिए"
    (folder,) = (open_folder / "models" / "hi").iterdir()
    assert models(open_folder) == {"hi": folder}
    assert folder.name.startswith("state-model-1-")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert {path.stat().st_uid for path in folder.rglob("*")} == {os.geteuid()}
    assert left(open_folder) == ["hi", "in-force.json"]


def test_there_is_a_way_back(tmp_path, typed, packed, taken):
    for _ in range(2):  # the second time it is there already
        code, said = typed(tmp_path, f"model install '{packed}'")
        assert (code, "restart transcribe" in said, left(tmp_path)) == (0, True, ["hi", "in-force.json"]), said
    folder = models(tmp_path)["hi"]
    assert typed(tmp_path, "model back hi")[0] == 0
    assert models(tmp_path) == SHIPPED
    rows = json.loads(typed(tmp_path, "model list --json")[1])
    assert [(row["in_force"], row["folder"]) for row in rows] == [(True, str(OWN_MODEL)), (False, str(folder))]
    code, said = typed(tmp_path, "model back hi")
    assert (code, "none to go back from" in said) == (1, True)


def test_url_needs_the_checksum_and_is_fetched_over_a_line_that_breaks(tmp_path, typed, packed, taken):
    with file_server(packed.read_bytes(), cuts=[200_000]) as server:
        code, said = typed(tmp_path, f"model install {server.url}")
        assert (code, "needs --sha256" in said, server.asked) == (1, True, [])
        code, said = typed(tmp_path, f"model install {server.url} --sha256 {server.sha256.upper()}")
        assert (code, len(server.asked)) == (0, 2), said
    assert models(tmp_path)["hi"].name == f"vosk-model-small-hi-0.22-{server.sha256[:8]}"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"statuses": [404]}, "404"),
        ({"kind": "text/html"}, "web page"),
        ({"content": b"no zip at all" * 99}, "no whole ZIP file"),
        ({"tag": "other"}, "not installed"),
    ],
)
def test_url_that_has_no_model_leaves_everything_as_it_was(tmp_path, typed, packed, fault, said):
    content = fault.pop("content", packed.read_bytes())
    with file_server(content, **fault) as server:
        wanted = "0" * 64 if fault.get("tag") else server.sha256
        code, output = typed(tmp_path, f"model install {server.url} --sha256 {wanted}")
    assert (code, said in output, left(tmp_path)) == (1, True, [])
    assert models(tmp_path) == SHIPPED


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("graph/HCLr.fst", lambda whole: whole[:300] + b"\xff" * 400 + whole[700:], "the process ended with code -"),
        pytest.param("am/final.mdl", lambda _: b"\0B<TransitionModel> ", "Vosk", marks=pytest.mark.long),
        pytest.param("graph/Gr.fst", lambda whole: whole[:1000], "Vosk cannot use it", marks=pytest.mark.long),
        pytest.param("conf/mfcc.conf", None, "conf/mfcc.conf is missing", marks=pytest.mark.long),
    ],
)
def test_model_that_cannot_be_loaded_is_not_put_in_force(open_folder, typed, packed, file, content, said):
    source = open_folder / "broken.zip"
    with zipfile.ZipFile(packed) as whole, zipfile.ZipFile(source, "w") as archive:
        for name in whole.namelist():
            if not name.endswith(file):
                archive.writestr(name, whole.read(name))
            elif content is not None:
                archive.writestr(name, content(whole.read(name)))
    code, output = typed(open_folder, f"model install {source}")
    assert (code, said in output, left(open_folder)) == (1, True, []), output
    assert "the model in force stays" in output
    assert models(open_folder) == SHIPPED


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")
async def test_root_tries_a_model_with_the_rights_of_the_services(tmp_path):
    sound = write(tmp_path / "private.wav", tone(1))
    sound.chmod(0o600)
    with sound_folder() as folder:
        async with trial_process(OWN_MODEL) as process:
            assert (await process.listen(lent(sound, folder), None, 1))["seconds"] == 1
            assert Path(f"/proc/{process.pid}").stat().st_uid == pwd.getpwnam(SERVICE_USER).pw_uid
        assert stat.S_IMODE(folder.stat().st_mode) == 0o750


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")
def test_model_that_the_services_cannot_reach_is_not_loaded(tmp_path, typed, packed):
    tmp_path.chmod(0o700)
    code, said = typed(tmp_path, f"model install '{packed}'")
    assert (code, f"user {SERVICE_USER} may not enter" in said, left(tmp_path)) == (1, True, []), said
    assert models(tmp_path) == SHIPPED


def test_settings_that_name_a_model_outrank_it_and_it_is_said(tmp_path, typed, packed, taken):
    (tmp_path / "settings.toml").write_text(f'[recordings.models]\nhi = "{OWN_MODEL}"\n')
    code, said = typed(tmp_path, f"model install '{packed}'")
    assert (code, "take recordings.models.hi out of" in said) == (1, True)


def test_words_typed_wrongly(tmp_path, typed, packed):
    for words, said in (
        (f"'{packed}' --language fr", "no language 'fr'"),
        (f"'{packed}' --sha256 12", "64 hexadecimal digits"),
        ("/nowhere.zip", "no such file"),
    ):
        code, output = typed(tmp_path, f"model install {words}")
        assert (code, said in output) == (1, True)


def test_full_disk(tmp_path, typed, packed):
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, check=False).returncode:
        pytest.skip("only root can mount a small disk, and not on every machine")
    try:
        with file_server(packed.read_bytes()) as server:
            code, said = typed(disk, f"model install {server.url} --sha256 {server.sha256}")
        assert (code, "the disk is full" in said, left(disk)) == (1, True, []), said
        code, said = typed(disk, f"model install '{packed}'")
        assert (code, "make room" in said, left(disk)) == (1, True, []), said
    finally:
        subprocess.run(["umount", disk], check=True)
