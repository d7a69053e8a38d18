"""Settings: what an admin typed is either in force or named with file, setting and expectation."""

import tomllib

import pytest

from warroom.config.paths import PROJECT
from warroom.config.settings import SettingsFileError, load_settings


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
        ("[calls]\nsip_port = 5060\nsip_port = 5070\n", "sip_port comes twice: Cannot overwrite a value (at line 3"),
        ("[calls]\nsip_port = 5060\n[api]\n[calls]\n", "calls comes twice: Cannot declare"),
        ('[[calls.trunks]]\nname = "x"\n', "calls.trunks: unknown setting"),
        ('[calls]\nemergency = ["PJSIP/1;evil"]\n', "calls.emergency.0"),
        ("[calls]\n\nsip_port = true\n", "line 3 (or WARROOM_CALLS__SIP_PORT): calls.sip_port: true and false"),
        ("[calls]\nmax_by_helpline = { 104 = true }\n", "calls.max_by_helpline: true and false"),
        *(
            (f"[calls]\nrtp_first = 10000\n{port} = 10001\n", f"calls.{port} 10001 lies within rtp_first..rtp_last")
            for port in ("sip_port", "agi_port", "ami_port", "http_port")
        ),
        ("[calls]\nrtp_last = 14999\n[api]\nport = 14999\n", "api.port 14999 lies within rtp_first..rtp_last"),
        (
            "[calls]\nrtp_first = 12000\n[router.broker]\nport = 12500\n",
            "router.broker.port 12500 lies within rtp_first..rtp_last",
        ),
        ("[calls]\nrtp_first = 1000\n", "line 2 (or WARROOM_CALLS__RTP_FIRST): calls.rtp_first"),
        ("[calls]\nagi_port = 5038\n", "calls.agi_port and calls.ami_port are both 5038"),
        ("[api]\nport = 1883\n", "router.broker.port and api.port are both 1883"),
        (
            '[router.broker.tls]\ncertificate = "c"\nkey = "k"\nport = 1883\n',
            "router.broker.port and router.broker.tls.port are both 1883",
        ),
        ('[router.broker.tls]\ncertificate = "c"\n', "certificate and key belong together"),
        ('[router.broker]\nhost = "a\\nb"\n', "line 2 (or WARROOM_ROUTER__BROKER__HOST): router.broker.host"),
        ("[calls.callbacks]\nfrom_hour = 25\n", "line 2 (or WARROOM_CALLS__CALLBACKS__FROM_HOUR)"),
        ("x = " + "[" * 3000 + "]" * 3000, "too deep"),
        ("x = " + "9" * 5000, "not valid TOML"),
    ],
)
def test_settings_mistake_is_named(tmp_path, text, expected):
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(SettingsFileError) as caught:
        load_settings(tmp_path)
    assert expected in str(caught.value)
    assert "settings.toml" in str(caught.value)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_settings_in_another_encoding_are_named_with_the_line(tmp_path, encoding):
    (tmp_path / "settings.toml").write_bytes('[router.open311]\ncontact = "é"\n'.encode(encoding))
    with pytest.raises(SettingsFileError, match=r"settings\.toml.*: not UTF-8 text.*save the file as UTF-8"):
        load_settings(tmp_path)


def test_settings_with_a_byte_order_mark(tmp_path):
    (tmp_path / "settings.toml").write_text("[calls]\nsip_port = 5070\n", encoding="utf-8-sig")
    assert load_settings(tmp_path).calls.sip_port == 5070


@pytest.mark.parametrize("goal", ["settings.toml", "nowhere.toml"])
def test_settings_that_are_a_link_to_nothing_are_no_defaults(tmp_path, goal):
    (tmp_path / "settings.toml").symlink_to(tmp_path / goal)
    with pytest.raises(SettingsFileError, match=r"settings\.toml: cannot be read"):
        load_settings(tmp_path)


@pytest.mark.parametrize("name", ["WARROOM_CAL__SIP_PORT", "WARROOM_CALLS_SIP_PORT"])
def test_settings_variable_with_a_slip_is_named(tmp_path, monkeypatch, name):
    monkeypatch.setenv("WARROOM_SIP_PASSWORD", "a trunk's own")
    load_settings(tmp_path)
    monkeypatch.setenv(name, "5071")
    with pytest.raises(SettingsFileError, match=f"environment {name}: unknown setting"):
        load_settings(tmp_path)


def test_settings_mistake_of_a_variable_names_the_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("WARROOM_CALLS__SIP_PORT", "many")
    with pytest.raises(SettingsFileError, match=r"^environment WARROOM_CALLS__SIP_PORT: calls\.sip_port"):
        load_settings(tmp_path)


def test_settings_file_that_is_a_folder_is_named(tmp_path):
    (tmp_path / "settings.toml").mkdir()
    with pytest.raises(SettingsFileError):
        load_settings(tmp_path)


def test_settings_example_in_readme_is_valid(tmp_path):
    text = (PROJECT / "docs" / "admin.md").read_text(encoding="utf-8")
    example = text.partition("```toml\n")[2].partition("```")[0]
    assert tomllib.loads(example)["calls"]["reserved"]
    (tmp_path / "settings.toml").write_text(example, encoding="utf-8")
    assert load_settings(tmp_path).calls.emergency == ("108", "112", "104")
