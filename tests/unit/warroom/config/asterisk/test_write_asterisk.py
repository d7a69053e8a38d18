"""What lies in <data>/asterisk after the configuration was written."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from agi.settings import CallRecordingSettings, CallSettings
from agi.trunks.asterisk_config import render
from agi.trunks.schema import LOOPBACK
from warroom.config.asterisk.config_files import AsteriskError, AsteriskInstall, Secrets, has_opus, write_asterisk
from warroom.config.secrets import test_mark as mark_of_a_test

TRUNKS = render(LOOPBACK, {}, CallSettings(), {}, Path("/data"))
SECRET = "a-generated_secret-0123456789"  # a made-up one, of the real form
SECRETS = Secrets(agi=SECRET, ami=SECRET, metrics=SECRET)


@pytest.fixture
def asterisk(tmp_path: Path) -> AsteriskInstall:
    modules = tmp_path / "asterisk-install" / "modules"
    modules.mkdir(parents=True)
    return AsteriskInstall(Path("/nowhere/asterisk"), modules, tmp_path / "asterisk-install", "22.10.1")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def generated(data: Path, name: str) -> str:
    return (data / "asterisk" / "generated" / name).read_text()


def test_write_recording_of_calls(data: Path, asterisk: AsteriskInstall) -> None:
    recording = CallRecordingSettings(
        enabled=True, legal_basis="Order 17", purpose="quality", destinations=("queue", "line-104")
    )
    settings = CallSettings(recording=recording)
    write_asterisk(data=data, settings=settings, parts=TRUNKS, secrets=SECRETS, asterisk=asterisk, recording_days=30)
    told = generated(data, "globals.conf").splitlines()[-3:]
    assert told == ["WR_RECORD = &queue&line-104&", "WR_RECORD_PURPOSE = quality", "WR_RECORD_DAYS = 30"]


def test_write_values_from_settings(data: Path, asterisk: AsteriskInstall) -> None:
    settings = CallSettings(
        agi_port=14573,
        ami_port=15038,
        sip_bind="127.0.0.2",
        sip_port=15060,
        http_port=18088,
        max_calls=40,
        emergency=("PJSIP/108@bsnl",),
    )
    write_asterisk(data=data, settings=settings, parts=TRUNKS, secrets=SECRETS, asterisk=asterisk)
    assert generated(data, "pjsip_bind.conf") == "bind = 127.0.0.2:15060\n"
    assert generated(data, "manager_bind.conf") == "bindaddr = 127.0.0.1\nport = 15038\n"
    assert generated(data, "manager_secret.conf") == f"secret = {SECRET}\n"
    assert generated(data, "prometheus_secret.conf") == f"auth_password = {SECRET}\n"
    assert generated(data, "http_port.conf") == "bindport = 18088\n"
    assert generated(data, "globals.conf").splitlines() == [
        "WR_MARK = 17420efd4dd742b0",
        f"WR_TEST_MARK = {mark_of_a_test(SECRET)}",
        "WR_AGI = 127.0.0.1:14573",
        f"WR_AGI_SECRET = {SECRET}",
        f"WR_PROMPTS = {data}/prompts",
        f"WR_NOTICES = {data}/notices",
        f"WR_INCOMING = {data}/spool/incoming",
        f"WR_PRIORITY_DIR = {data}/run/known",
        f"WR_DRAIN = {data}/run/draining",
        "WR_REGULAR_CAPACITY = 38",
        "WR_MAX_CALLS = 40",
        "WR_RECORD = ",  # off
        "WR_RECORD_PURPOSE = help",
        "WR_RECORD_DAYS = 90",
    ]
    for name, text in TRUNKS.items():
        assert generated(data, name) == text
    main = (data / "asterisk" / "asterisk.conf").read_text()
    assert f"astetcdir = {data}/asterisk\n" in main
    assert f"astmoddir = {asterisk.modules}\n" in main
    assert "maxcalls = 280\n" in main
    assert "live_dangerously = no\n" in main


def test_write_address_of_ipv6(data: Path, asterisk: AsteriskInstall) -> None:
    write_asterisk(data=data, settings=CallSettings(sip_bind="::1"), parts=TRUNKS, secrets=SECRETS, asterisk=asterisk)
    assert generated(data, "pjsip_bind.conf") == "bind = [::1]:5060\n"


def test_write_module_only_where_it_exists(data: Path, asterisk: AsteriskInstall) -> None:
    write_asterisk(data=data, settings=CallSettings(), parts=TRUNKS, secrets=SECRETS, asterisk=asterisk)
    assert generated(data, "modules.conf") == ""
    (asterisk.modules / "res_cdrel_custom.so").touch()
    write_asterisk(data=data, settings=CallSettings(), parts=TRUNKS, secrets=SECRETS, asterisk=asterisk)
    assert generated(data, "modules.conf") == "load = res_cdrel_custom.so\n"
    assert not has_opus(asterisk)
    (asterisk.modules / "codec_opus_open_source.so").touch()
    write_asterisk(data=data, settings=CallSettings(), parts=TRUNKS, secrets=SECRETS, asterisk=asterisk)
    assert "load = codec_opus_open_source.so\n" in generated(data, "modules.conf")
    assert has_opus(asterisk)


def test_write_files_closed_to_others(data: Path, asterisk: AsteriskInstall) -> None:
    write_asterisk(data=data, settings=CallSettings(), parts=TRUNKS, secrets=SECRETS, asterisk=asterisk)
    for path in (data / "asterisk").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    for name in ("asterisk-run", "asterisk-log", "asterisk-log/cdr-csv", "asterisk-log/cel-custom", "asterisk-db"):
        assert not (data / name).stat().st_mode & 0o007, name


def test_write_again_removes_old_keeps_local(data: Path, asterisk: AsteriskInstall) -> None:
    write_asterisk(data=data, settings=CallSettings(), parts=TRUNKS, secrets=SECRETS, asterisk=asterisk)
    config = data / "asterisk"
    before = {path: path.read_bytes() for path in config.rglob("*.conf")}
    (config / "of-an-older-version.conf").touch()
    (config / "generated" / "of-an-older-version.conf").touch()
    own = config / "local" / "pjsip_wizard.conf"
    own.write_text("[operator-1](operator)\n")
    write_asterisk(data=data, settings=CallSettings(), parts=TRUNKS, secrets=SECRETS, asterisk=asterisk)
    assert {path: path.read_bytes() for path in config.rglob("*.conf")} == {**before, own: own.read_bytes()}
    assert not list(config.rglob(".*"))  # no temporary file left


def test_write_follows_no_link(data: Path, asterisk: AsteriskInstall, tmp_path: Path) -> None:
    write_asterisk(data=data, settings=CallSettings(), parts=TRUNKS, secrets=SECRETS, asterisk=asterisk)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("kept")
    link = data / "asterisk" / "rtp.conf"
    link.unlink()
    link.symlink_to(elsewhere)
    write_asterisk(data=data, settings=CallSettings(), parts=TRUNKS, secrets=SECRETS, asterisk=asterisk)
    assert elsewhere.read_text() == "kept"
    assert not link.is_symlink()


@pytest.mark.parametrize(
    ("changes", "secret", "said"),
    [
        ({}, "short", "secrets/ami"),
        ({}, "a-secret-0123456789\nwrite = all", "secrets/ami"),
        ({"ami_host": "192.0.2.1"}, SECRET, "loopback only"),
        ({"agi_host": "192.0.2.1"}, SECRET, "loopback only"),
        ({"emergency": ("PJSIP/a&PJSIP/b",)}, SECRET, "calls.emergency"),
        ({"emergency": ("PJSIP/108,60,T",)}, SECRET, "calls.emergency"),
        ({"emergency": ("Local/x",)}, SECRET, "write PJSIP/name"),
    ],
)
def test_write_refuses(
    data: Path, asterisk: AsteriskInstall, changes: dict[str, object], secret: str, said: str
) -> None:
    settings = CallSettings().model_copy(update=changes)  # past the model's own checks
    secrets = Secrets(agi=SECRET, ami=secret, metrics=SECRET)
    with pytest.raises(AsteriskError, match=said) as caught:
        write_asterisk(data=data, settings=settings, parts=TRUNKS, secrets=secrets, asterisk=asterisk)
    assert secret not in str(caught.value)
    assert not (data / "asterisk").exists()


@pytest.mark.parametrize("name", ["with space", "a,b", "a;b", "${EXTEN}", "x" * 100])
def test_write_refuses_data_directory(tmp_path: Path, asterisk: AsteriskInstall, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    with pytest.raises(AsteriskError, match="data directory"):
        write_asterisk(data=folder, settings=CallSettings(), parts=TRUNKS, secrets=SECRETS, asterisk=asterisk)
