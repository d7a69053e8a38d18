"""The units: systemd reads them without a word, finds them closed enough, and they say what each part needs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from warroom.services.systemd import install, units

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA = Path("/srv/warroom")
DEBIAN_12 = 252
ANALYZE = shutil.which("systemd-analyze")
OURS = ("serve", "api", "board", "transcribe")
EXPOSURE = 25
"""Tenths: what systemd-analyze calls 2.5."""


@pytest.fixture
def texts() -> Mapping[str, str]:
    return units.render_units(DATA, DEBIAN_12)


@pytest.fixture
def folder(texts: Mapping[str, str], tmp_path: Path) -> Path:
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.skipif(ANALYZE is None, reason="needs systemd-analyze")
def test_systemd_reads_the_units_without_a_word(folder: Path) -> None:
    done = subprocess.run(
        [str(ANALYZE), "verify", *map(str, sorted(folder.iterdir()))], capture_output=True, text=True, check=False
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if "warroom" in line]) == (0, [])


@pytest.mark.skipif(ANALYZE is None, reason="needs systemd-analyze")
def test_units_are_closed_enough(folder: Path) -> None:
    services = sorted(map(str, folder.glob("*.service")))
    assert len(services) == 7
    done = subprocess.run(
        [str(ANALYZE), "security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", *services],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, [line for line in done.stdout.splitlines() if "exposure" in line]


def test_each_part_says_ready_is_started_again_and_never_given_up(texts: Mapping[str, str]) -> None:
    for part in ("broker", "asterisk", *OURS):
        lines = texts[units.unit_name(part)].splitlines()
        for wanted in ("Type=notify", "Restart=always", "RestartSec=1", "StartLimitIntervalSec=0"):
            assert wanted in lines, (part, wanted)
        assert ("WatchdogSec=30" in lines) is (part in OURS)
        assert f"PartOf={units.TARGET}" in lines


def test_no_part_is_stopped_because_another_is(texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        for bond in ("Requires=", "BindsTo=", "Requisite="):
            assert bond not in text, name


def test_calls_come_first_on_a_full_machine(texts: Mapping[str, str]) -> None:
    weights = {part: units.SHARES[part].cpu for part in ("serve", "asterisk", "broker", "board", "api", "transcribe")}
    assert list(weights.values()) == sorted(weights.values(), reverse=True)
    for part, weight in weights.items():
        assert f"CPUWeight={weight}" in texts[units.unit_name(part)]
    assert min(units.SHARES, key=lambda part: units.SHARES[part].oom) == "asterisk"


def test_it_starts_with_the_machine(texts: Mapping[str, str]) -> None:
    target = texts[units.TARGET]
    assert "WantedBy=multi-user.target" in target
    assert all(name in target for name in texts if name != units.TARGET)


def test_restarts_slow_down_where_systemd_can(texts: Mapping[str, str]) -> None:
    assert not any("RestartSteps" in text for text in texts.values())
    later = units.render_units(DATA, units.GRADUAL)
    assert all("RestartMaxDelaySec=30" in later[units.unit_name(part)] for part in units.SHARES)


def test_logs_of_asterisk_are_rotated_and_begun_anew() -> None:
    text = units.render_logrotate(DATA, "/opt/warroom/bin/asterisk")
    assert f"{DATA}/asterisk-log/messages {DATA}/asterisk-log/security {{" in text
    assert f'/opt/warroom/bin/asterisk -C {DATA}/asterisk/asterisk.conf -rx "logger reload"' in text


def test_files_are_written_once_found_changed_and_removed(tmp_path: Path) -> None:
    contents = install.files(DATA, DEBIAN_12)
    assert set(install.install(DATA, contents, tmp_path)) == set(contents)
    assert install.install(DATA, contents, tmp_path) == []
    assert install.installed_for(tmp_path) == DATA
    (tmp_path / "etc/systemd/system/warroom-api.service").write_text("changed")
    assert install.differing(contents, tmp_path) == [Path("/etc/systemd/system/warroom-api.service")]
    with pytest.raises(install.SystemdError, match=r"/srv/warroom is installed.*uninstall"):
        install.install(Path("/srv/other"), contents, tmp_path)
    install.uninstall(contents, tmp_path)
    assert install.installed_for(tmp_path) is None
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_program_or_data_where_services_may_not_go_is_refused() -> None:
    with pytest.raises(install.SystemdError, match=r"the data directory lies in /root/var.*/srv/warroom"):
        install.check_places(Path("/root/var"))
