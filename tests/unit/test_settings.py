"""Settings: what an admin typed is either in force or named with file, setting and expectation."""

import tomllib

import pytest

from warroom.layout import PROJECT
from warroom.settings import SettingsProblem, load_settings


def test_settings_defaults_without_a_file(tmp_path):
    settings = load_settings(tmp_path)
    assert settings.calls.sip_port == 5060
    assert settings.router.broker.port == 1883


def test_settings_file_then_environment(tmp_path, monkeypatch):
    (tmp_path / "settings.toml").write_text("[calls]\nsip_port = 5070\nami_port = 5039\n")
    monkeypatch.setenv("WARROOM_CALLS__SIP_PORT", "5071")
    settings = load_settings(tmp_path)
    assert (settings.calls.sip_port, settings.calls.ami_port) == (5071, 5039)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[calls]\nsip_prot = 5060\n", "calls.sip_prot: unknown setting"),
        ('[calls]\nsip_port = "many"\n', "calls.sip_port"),
        ("[calls]\nsip_port = 70000\n", "calls.sip_port"),
        ("[cals]\n", "cals: unknown setting"),
        ("[calls\n", "not valid TOML"),
        ('[[calls.trunks]]\nname = "x"\n', "calls.trunks: unknown setting"),
        ('[calls]\nemergency = ["PJSIP/1;evil"]\n', "calls.emergency.0"),
    ],
)
def test_settings_mistake_is_named(tmp_path, text, expected):
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(SettingsProblem) as caught:
        load_settings(tmp_path)
    assert expected in str(caught.value)
    assert "settings.toml" in str(caught.value)


def test_settings_file_that_is_a_folder_is_named(tmp_path):
    (tmp_path / "settings.toml").mkdir()
    with pytest.raises(SettingsProblem):
        load_settings(tmp_path)


def test_settings_example_in_readme_is_valid(tmp_path):
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    example = text.partition("```toml\n")[2].partition("```")[0]
    assert tomllib.loads(example)["calls"]["reserve"]
    (tmp_path / "settings.toml").write_text(example, encoding="utf-8")
    assert load_settings(tmp_path).calls.emergency == ("108", "112", "104")
