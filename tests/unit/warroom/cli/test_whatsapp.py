"""`warroom whatsapp` without a running stack: secrets are kept privately, and what is missing is said."""

from __future__ import annotations

import stat
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from tests.support.command_table import fault_in, type_in
from tests.support.stores import new_store
from warroom.cli.doctor import doctor
from warroom.cli.messaging.simulate import lines_of
from warroom.config.paths import DataDirectory
from warroom.config.secrets import GENERATED, WHATSAPP_APP, WHATSAPP_APP_PREVIOUS, ensure_secret, read_secret
from warroom.services.sim.whatsapp import conversation

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "EAAGm0PX4ZCpsBA"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("store", "run", "secrets"):
        (tmp_path / name).mkdir()
    for name in GENERATED:
        ensure_secret(tmp_path, name)
    DataDirectory(tmp_path).store.write_bytes(new_store())
    return tmp_path


def typed(
    data: Path, line: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    """Run a command with these words on its standard input."""
    code, out, err = type_in(data, line, monkeypatch, capsys, words)
    assert not fault_in(out + err)
    assert TOKEN not in out + err
    return code, out, err


def test_a_secret_is_kept_for_the_services_alone(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, _ = typed(data, "whatsapp secret token", f"  {TOKEN}\n", monkeypatch, capsys)
    path = data / "secrets" / "whatsapp-token"
    assert (code, path.read_text()) == (0, f"{TOKEN}\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_new_app_secret_keeps_the_one_before(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for value in ("one", "two", "two"):
        typed(data, "whatsapp secret app", value, monkeypatch, capsys)
    assert (read_secret(data, WHATSAPP_APP), read_secret(data, WHATSAPP_APP_PREVIOUS)) == ("two", "one")


@pytest.mark.parametrize("words", ["", "\n\n", "two words", "line\nline", "x" * 5000, "टोकन", "a\x00b"])
def test_what_is_no_secret_is_refused(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    code, _, err = typed(data, "whatsapp secret token", words, monkeypatch, capsys)
    assert (code, len(err.strip().splitlines())) == (1, 1)
    assert not (data / "secrets" / "whatsapp-token").exists()


def test_status_and_doctor_say_what_is_missing(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "settings.toml").write_text('[whatsapp]\nphone_number_ids = ["1"]\ngraph_version = "v19.0"\n')
    _, out, _ = typed(data, "whatsapp status", "", monkeypatch, capsys)
    assert "missing: warroom" in out
    assert "0 of 20000" in out
    typed(data, "whatsapp secret token", TOKEN, monkeypatch, capsys)
    (data / "secrets" / "whatsapp-token").chmod(0o644)
    monkeypatch.setattr(doctor, "_CONNECT_S", 0.1)  # nobody answers
    _, out, _ = typed(data, "doctor --json", "", monkeypatch, capsys)
    for found in ("secret whatsapp-app", "can be read by others", "WhatsApp version", "HTTPS alone"):
        assert found in out


def test_simulator_says_when_the_stack_is_not_up(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(conversation, "acting_as", lambda _: nullcontext())  # the folder is this test's
    (data / "settings.toml").write_text("[api]\nport = 9\n")
    code, _, err = typed(data, "whatsapp simulate", "नमस्ते\n", monkeypatch, capsys)
    assert code == 1
    assert "start the stack first" in err


def test_every_kind_of_message_is_shown() -> None:
    rows = [{"id": "a", "title": "एक", "description": "छोटा"}, {"id": "b", "title": "दो"}]
    shown = [
        lines_of({"type": "text", "text": {"body": "एक\nदो"}}),
        *(
            lines_of({"type": "interactive", "interactive": {"body": {"text": "प्रश्न"}, "type": kind, "action": action}})
            for kind, action in (
                ("button", {"buttons": [{"reply": {"id": "1", "title": "हाँ"}}]}),
                ("list", {"sections": [{"rows": rows}]}),
                ("location_request_message", {}),
                ("request_contact_info", {}),
            )
        ),
        lines_of({"type": "template", "template": {"name": "help_came", "components": []}}),
    ]
    assert shown == [
        ["< एक", "< दो"],
        ["< प्रश्न", "  [/button 1] हाँ"],
        ["< प्रश्न", "  [/button 1] एक - छोटा", "  [/button 2] दो"],
        ["< प्रश्न", "  [/location LAT LONG]"],
        ["< प्रश्न", "  [/contact NUMBER]"],
        ["< (template help_came: )"],
    ]
