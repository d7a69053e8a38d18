"""Every command before the first start, beside broken files and where no folder can be: lines, and never a trace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.command_table import ROWS, Row, fault_in, type_in
from warroom.cli.doctor import doctor

if TYPE_CHECKING:
    from collections.abc import Sequence

BROKEN = "[[nothing\n= that \x00 can be read"
FILES = ("settings.toml", "trunks.toml", "operators.toml", "helplines.toml", "routes.toml")


def _never_started(folder: Path) -> Path:
    return folder / "data"


def _empty(folder: Path) -> Path:
    (folder / "data").mkdir()
    return folder / "data"


def _broken_settings(folder: Path) -> Path:
    (folder / "settings.toml").write_text(BROKEN)
    return folder


def _broken_tables(folder: Path) -> Path:
    for name in FILES[1:]:
        (folder / name).write_text(BROKEN)
    for name in ("run/trunks.json", "run/trunks.toml", "store/warroom.sqlite"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(BROKEN)
    return folder


def _a_file(folder: Path) -> Path:
    (folder / "data").write_text("")
    return folder / "data"


@pytest.mark.parametrize(
    ("make", "rows"),
    [
        pytest.param(_never_started, ROWS, id="never started"),
        pytest.param(_broken_settings, ROWS[::5], id="broken settings, some commands"),
        *(
            pytest.param(one, ROWS, id=one.__name__, marks=pytest.mark.long)
            for one in (_broken_settings, _empty, _broken_tables, _a_file)
        ),
    ],
)
def test_every_command_ends_in_lines(
    make: object,
    rows: Sequence[Row],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert callable(make)
    monkeypatch.setattr(doctor, "_CONNECT_S", 0.1)  # nobody answers
    data = make(tmp_path)
    known = dict.fromkeys(("tickets", "facilities", "routes", "backup", "audit", "wav"), str(tmp_path / "no-such-file"))
    known |= {"a": "100000011", "b": "100000029", "c": "100000037", "task": "1-1", "notice": "1-000001"}
    wrong = []
    for row in rows:
        code, out, err = type_in(data, row.line.format(**known), monkeypatch, capsys)
        if fault_in(out + err) or not 0 <= code <= 3 or (code and not (out + err).strip()):
            wrong.append((row.line, code, (err or out)[-400:]))
    assert not wrong, "\n".join(map(repr, wrong))
