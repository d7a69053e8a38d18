"""What the command says when something expected goes wrong: its text, and never a stack trace."""

from __future__ import annotations

import pytest

from recordings.transcription.vosk_model import ModelError
from recordings.transcription.worker_process import WorkerStuckError
from router.errors import ConfigError, WarroomError
from router.intake.api_keys import ApiKeyError
from router.mqtt.client import PublishRejectedError
from router.phone_numbers import PhoneNumberError
from router.tickets.errors import CommandRefusedError
from router.tickets.notes import UnknownTicketError
from router.tickets.ticket_number import NumbersExhaustedError
from warroom.cli import main
from warroom.services.demo import DemoError


@pytest.mark.parametrize(
    "error",
    [
        ApiKeyError("there is a key 'a' already"),
        CommandRefusedError("no-room", name="nowhere"),
        DemoError("broker: it is away"),
        ModelError("/m: there is no such folder"),
        NumbersExhaustedError("node 1 has given out all"),
        PhoneNumberError("too short"),
        PublishRejectedError("warroom/rooms", "Not authorized"),
        UnknownTicketError("no ticket has the number 1"),
        WorkerStuckError("no answer in time", loading=False),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_of_ours_ends_in_one_line(
    error: WarroomError, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(error, monkeypatch, capsys) == f"warroom: {error}\n"


def test_each_mistake_of_a_file_has_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    error = ConfigError(["trunks.toml: line 1: one", "trunks.toml: line 7: two"])
    assert said(error, monkeypatch, capsys) == "warroom: trunks.toml: line 1: one\nwarroom: trunks.toml: line 7: two\n"


def test_ctrl_c_while_modules_load_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "make_app", interrupted)
    monkeypatch.setattr(main, "_open_streams", lambda: None)
    with pytest.raises(SystemExit) as end:
        main.main()
    assert end.value.code == 130


def test_help_holds_any_path_of_a_checkout(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["warroom", "--help"])
    monkeypatch.setattr(main, "_open_streams", lambda: None)
    with pytest.raises(SystemExit) as end:
        main.main()
    assert end.value.code == 0
    assert "--data" in capsys.readouterr().out


def said(error: WarroomError, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    def app(_typed: list[str], prog_name: str) -> None:
        raise error

    monkeypatch.setattr(main, "make_app", lambda _words: app)
    monkeypatch.setattr(main, "_open_streams", lambda: None)
    with pytest.raises(SystemExit) as end:
        main.main()
    assert end.value.code == 1
    return capsys.readouterr().err
