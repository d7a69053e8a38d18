"""`warroom routes` as an admin types it."""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from warroom.cli.main import main


def run(capsys: pytest.CaptureFixture[str], data: Path, *words: str) -> tuple[int, str, str]:
    """Run the command in this process; its exit code, output and errors."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["warroom", "--data", str(data), *words])
        with pytest.raises(SystemExit) as ended:
            main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_explain_says_which_rule_took_it_and_why_no_other_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("routes", "explain", "--need", "medicine", "--district", "sehore", "--priority", "1")
    code, out, _ = run(capsys, tmp_path, *words, "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["rule"], found["room"], found["desk"]) == ("medical-emergency", "district-sehore", "health")
    assert found["copies"] == ["state/health"]
    assert found["limits"] == {"acknowledge": 5, "resolve": 60, "escalate": 5}
    assert [(one["rule"], one["why_not"]) for one in found["tried"]] == [
        ("danger", "need is medicine, not danger"),
        ("medical-emergency", ""),
    ]
    code, out, _ = run(capsys, tmp_path, *words)
    assert code == 0
    assert "room district-sehore, desk health, copies to state/health" in out
    assert "danger: need is medicine, not danger" in out


def test_explain_uses_the_admins_own_rules_and_the_local_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = files("router.tickets.routing").joinpath("routes.toml").read_text("utf-8")
    night = '[[rule]]\nname = "night"\nhours = "20:00-06:00"\nroom = "state"\ndesk = "food"\n\n[[rule]]\n'
    (tmp_path / "routes.toml").write_text(text.replace("[[rule]]\n", night, 1))
    rules = {}
    for at in ("19:59", "20:00", "05:59", "06:00"):
        words = ("routes", "explain", "--need", "gas", "--district", "bhopal", "--at", at, "--json")
        rules[at] = json.loads(run(capsys, tmp_path, *words)[1])["rule"]
    assert rules == {"19:59": "district", "20:00": "night", "05:59": "night", "06:00": "district"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--need", "rashn"), "--need: there is no 'rashn' (do you mean ration"),
        (("--need", "gas", "--district", "x"), "--district: there is no 'x'"),
        (("--need", "gas", "--at", "25:00"), "--at: '25:00'"),
    ],
)
def test_explain_of_what_is_not_known_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    code, _, err = run(capsys, tmp_path, "routes", "explain", *words)
    assert code == (1 if "--at" in words else 2)
    assert says in err


def test_list_is_the_order_in_which_rules_are_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, tmp_path, "routes", "list", "--json")
    rows = json.loads(out)
    assert code == 0
    assert rows[0] == {
        "line": rows[0]["line"],
        "name": "danger",
        "when": "need danger; district known",
        "room": "district",
        "desk": "health",
        "copies": ["state/health"],
    }
    assert (rows[-1]["name"], rows[-1]["when"]) == ("default", "always")


def test_check_names_every_mistake_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = files("router.tickets.routing").joinpath("routes.toml").read_text("utf-8")
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(text)
    bad.write_text(text.replace('desk = "travel"', 'desk = "trvel"'))
    assert run(capsys, tmp_path, "routes", "check", str(good))[0] == 0
    code, _, err = run(capsys, tmp_path, "routes", "check", str(bad))
    assert code == 1
    assert err.count("unknown desk 'trvel'") == 2
    code, _, err = run(capsys, tmp_path, "routes", "check", str(tmp_path / "missing.toml"))
    assert code == 1
    assert "missing.toml: cannot be read: No such file" in err


def test_explain_looks_the_pin_code_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("routes", "explain", "--need", "ration", "--pin")
    code, out, _ = run(capsys, tmp_path, *words, "462001", "--json")
    assert (code, json.loads(out)["room"]) == (0, "district-bhopal")
    code, _, err = run(capsys, tmp_path, *words, "000000")
    assert (code, "--district" in err or "PIN code" in err) == (1, True)
