"""A file of trunks: what is taken, and every mistake with its line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from agi.settings import CallbackSettings, CallSettings
from agi.trunks.asterisk_config import DESTINATIONS, DIDS, GLOBALS, LINES, TLS, mask_secrets, render
from agi.trunks.loader import TrunksError, parse_trunks
from agi.trunks.schema import LOOPBACK
from tests.support.certificates import make_certificate
from warroom.config.apply import trunks as trunk_files
from warroom.config.apply.transaction import save_applied
from warroom.config.apply.trunks import applied_trunks, check_trunks, initial_trunks
from warroom.config.asterisk.config_files import AsteriskInstall
from warroom.config.paths import PROJECT, DataDirectory

GOOD = """
[[trunk]]
name = "bsnl"
server = "192.0.2.10"
match = ["192.0.2.10", "192.0.2.64/28"]
channels = 300
prefix = "0"
caller_id = "+91 7554000181"
dtmf = "rfc4733"

[trunk.dids]
"07554000181" = "181"
"07554000104" = "104"

[trunk.dials]
108 = "108"

[[trunk]]
name = "spare"
server = "203.0.113.5:5070"
channels = 60
dids = { "+917554100181" = "181" }
dials = { 108 = "+917554100108" }
""".replace('"+91 7554000181"', '"+917554000181"')
EXAMPLES = sorted((PROJECT / "deploy" / "trunks").glob("*.toml"))
PASSWORD = "s3cret;with$odd}signs"


def test_trunks_are_told_to_asterisk_as_written() -> None:
    trunks = parse_trunks(GOOD, "trunks.toml")
    settings = CallSettings(emergency=("108", "PJSIP/ambulance"), callbacks=CallbackSettings(trunk="spare"))
    made = render(trunks, {}, settings, {"district-bhopal": "07552540001"}, Path("/data"))
    first, second = made[LINES].split("\n\n")
    for line in (
        "[bsnl](trunk)",
        "remote_hosts = 192.0.2.10",
        "identify/match = 192.0.2.64/28",
        "endpoint/set_var = WR_TRUNK=bsnl",
        "endpoint/from_user = +917554000181",
        "endpoint/dtmf_mode = rfc4733",
    ):
        assert line in first.splitlines()
    assert "identify/match = 203.0.113.5" in second.splitlines()  # without its port
    danger = made[DESTINATIONS].split("exten => emergency,1,")[1].split("exten")[0]
    assert re.findall(r"dial,s,1\((.*?)\)", danger) == [
        "PJSIP/108@bsnl,bsnl,whisper,300",
        "PJSIP/ambulance,,,",
        "PJSIP/+917554100108@spare,spare,whisper,60",  # the spare after the first ways to all
    ]
    room = made[DESTINATIONS].split("exten => room-district-bhopal,1,")[1].split("exten")[0]
    assert re.findall(r"dial,s,1\((.*?),", room)[0] == "PJSIP/07552540001@bsnl"
    assert "CHANUNAVAIL" in room  # the second trunk only where the first is down, not where nobody answers
    assert "exten => 7554100181,1" in made[DESTINATIONS].split("[own-numbers]")[1]
    assert "WR_CALLBACK_TRUNK = spare\nWR_CALLBACK_NUMBER = +917554100181\nWR_CALLBACK_PREFIX = \n" in made[GLOBALS]
    assert "WR_CALLBACK_CHANNELS = 60\n" in made[GLOBALS]
    assert made[TLS] == ""


def test_trunks_limits_and_priority_are_told_to_the_dialplan() -> None:
    trunks = parse_trunks(GOOD.replace('dtmf = "rfc4733"', 'priority = ["07554000104"]\nearly_media = true'), "t.toml")
    settings = CallSettings.model_validate({"max_by_helpline": {"181": 250}, "reserved": {"outbound_percent": 10}})
    made = render(trunks, {}, settings, {}, Path("/data"))
    first, second = made[LINES].split("\n\n")
    assert {"WR_TRUNK_CHANNELS=300", "WR_TRUNK_REGULAR_CAPACITY=270", "WR_TRUNK_EARLY=1"} <= set(first.split())
    assert {"WR_TRUNK_CHANNELS=60", "WR_TRUNK_REGULAR_CAPACITY=54", "WR_TRUNK_EARLY=0"} <= set(second.split())
    medical, women = made[DIDS].split("[did-bsnl]\n")[1].split("exten => ")[1:3]
    assert (medical.count("WR_PRIORITY=1"), medical.count("WR_LIMIT")) == (1, 0)
    assert (women.count("WR_PRIORITY=1"), women.count("WR_LIMIT=250")) == (0, 1)
    assert made[DIDS].count("Goto(admission,") == 3
    ill = render(parse_trunks(GOOD, "t.toml"), {}, settings, {}, Path("/data"))[DIDS]
    assert "exten => 07554000104,1,Set(WR_HELPLINE=104)\n same => n,Set(WR_PRIORITY=helpline)\n" in ill
    assert ill.count("WR_PRIORITY") == 1  # as the settings have it, without a word in trunks.toml


@pytest.mark.parametrize(
    ("number", "dialled"),
    [
        ("108", "108"),
        ("9812345678", "09812345678"),
        ("+919812345678", "09812345678"),
        ("00917552551234", "07552551234"),
        ("112", None),
        ("+14155552671", None),
        ("1800111555", None),
    ],
)
def test_trunk_dials_services_and_indian_numbers_only(number: str, dialled: str | None) -> None:
    assert parse_trunks(GOOD, "trunks.toml").trunk[0].dialled(number) == dialled


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ('name = "bsnl"', 'name = "BSNL"', 3, "write two to 31 of a-z"),
        ('name = "bsnl"', 'name = "trunk"', 3, "uses already"),
        ('name = "bsnl"', 'nam = "bsnl"', 3, "unknown key 'nam' (do you mean name?)"),
        ('name = "spare"', 'name = "bsnl"', 19, "is taken in line 2"),
        ('server = "192.0.2.10"', 'server = "sip..x"', 4, "is no server"),
        ('server = "192.0.2.10"', "", 2, "server is missing"),
        ('server = "192.0.2.10"', 'server = "192.0.2.310"', 4, "'192.0.2.310' is no IPv4 address"),
        ('dtmf = "rfc4733"', 'dtmf = "rfc2833"', 9, "is called rfc4733 today"),
        ('dtmf = "rfc4733"', "from_user = 7554000181", 9, 'put it in quotes: "7554000181"'),
        (
            'dtmf = "rfc4733"',
            'auth = { username = "u", password = "P" }',
            9,
            "unknown key 'auth.password': the password itself stands in a file of its own, which password_file names",
        ),
        ('"192.0.2.64/28"]', '"sip.example.net"]', 5, "no host names"),
        ('server = "203.0.113.5:5070"', 'server = "192.0.2.70"', 20, "is bsnl's too"),
        ('server = "203.0.113.5:5070"', 'server = "sip.example.net"', 18, "does not say whose calls"),
        ("channels = 300", "channels = 0", 6, "greater than or equal to 1"),
        ('prefix = "0"', 'prefix = "+1"', 7, "'+91'"),
        ('caller_id = "+917554000181"', 'caller_id = "9812345678"', 8, "none of this trunk's dids"),
        ('dtmf = "rfc4733"', 'priority = ["181"]', 9, "priority: 181 is none of this trunk's dids"),
        ('dtmf = "rfc4733"', 'dtmf = "tones"', 9, "'inband'"),
        ('dtmf = "rfc4733"', 'transport = "tls"', 9, "needs a certificate"),
        ('dtmf = "rfc4733"', "srtp = true", 9, "in the clear"),
        ('dtmf = "rfc4733"', 'codecs = ["alaw", "g729"]', 9, "'g722'"),
        ('"07554000104" = "104"', '"07554000104" = "1o2"', 13, "'181', '104', 'warroom', 'rooms', 'missed'"),
        ('"07554000104" = "104"', '"0755-104" = "104"', 13, "write the number as the trunk delivers it"),
        ('108 = "108"', '109 = "109"', 16, "not a service; known: 104, 108, 112, 181"),
        ('108 = "108"', '108 = "PJSIP/x"', 16, "write the number as it is dialled"),
        ("dials = { 108", "registration = { 108", 23, "unknown key 'registration.108'"),
        ('dtmf = "rfc4733"', "user_eq_phone = true", 9, "unknown key 'user_eq_phone' (do you mean user_phone"),
        ('dtmf = "rfc4733"', 'outboundproxy = "192.0.2.9"', 9, "(do you mean outbound_proxy"),
        ('dtmf = "rfc4733"', "send_pai = true", 9, "unknown key 'send_pai'; what has no key here"),
        (
            'dtmf = "rfc4733"',
            'outbound_proxy = "sip:192.0.2.9;lr"',
            9,
            "outbound_proxy: 'sip:192.0.2.9;lr' is no server",
        ),
        ('dtmf = "rfc4733"', 'from_domain = "sip.example.net:5060"', 9, "is no domain"),
        ('dtmf = "rfc4733"', 'user_phone = "yes please"', 9, "user_phone: "),
        ('dtmf = "rfc4733"', 'auth = { username = "u" }', 9, "write either password_env or password_file"),
        (
            'dtmf = "rfc4733"',
            'auth = { username = "u", expires_s = 60, password_env = "P" }',
            9,
            "(known: username, realm",
        ),
        ('dtmf = "rfc4733"', 'auth = { username = "u", realm = "a;b", password_env = "P" }', 9, "auth.realm: "),
        (
            'dtmf = "rfc4733"',
            'registration = { username = "u@example.net", password_env = "P" }',
            9,
            "write what stands before the @",
        ),
        (
            'dtmf = "rfc4733"',
            'registration = { username = "u", realms = "r", password_env = "P" }',
            9,
            "unknown key 'registration.realms' (known: username, realm",
        ),
        (
            'dtmf = "rfc4733"',
            'auth = { username = "u", password_env = "P" }\nregistration = { username = "u", password_env = "P" }',
            9,
            "leave one of the two out",
        ),
    ],
)
def test_trunks_mistake_is_told_with_its_line(old: str, new: str, line: int, told: str) -> None:
    assert old in GOOD
    with pytest.raises(TrunksError) as caught:
        parse_trunks(GOOD.replace(old, new, 1), "trunks.toml")
    assert any(f"trunks.toml line {line}: " in each and told in each for each in caught.value.problems), caught.value


def test_trunk_behind_a_proxy_is_known_by_the_proxy_too() -> None:
    text = GOOD.replace("203.0.113.5:5070", 'ims.example.net"\noutbound_proxy = "203.0.113.9:5070')
    by_name = parse_trunks(text, "trunks.toml")
    assert by_name.trunk[1].sources == ("203.0.113.9",)
    by_address = parse_trunks(text.replace("ims.example.net", "203.0.113.5"), "trunks.toml")
    assert by_address.trunk[1].sources == ("203.0.113.5", "203.0.113.9")
    with pytest.raises(TrunksError, match="is bsnl's too"):
        parse_trunks(text.replace("203.0.113.9", "192.0.2.70"), "trunks.toml")


def test_trunks_password_in_the_file_is_refused_and_not_repeated() -> None:
    text = GOOD + '[trunk.registration]\nusername = "u"\npassword = "hush-hush"\n'
    with pytest.raises(TrunksError) as caught:
        parse_trunks(text, "trunks.toml")
    assert "line 26" in str(caught.value)
    assert "hush-hush" not in str(caught.value)


@pytest.mark.parametrize("text", ["[[trunk]\n", "", "[trunk]\nname = 'x'\n", "trunk = 5\n"])
def test_trunks_file_that_is_none(text: str) -> None:
    with pytest.raises(TrunksError, match=r"trunks\.toml"):
        parse_trunks(text, "trunks.toml")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_trunks_examples_pass_the_check(example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(example, tmp_path / "trunks.toml")
    (tmp_path / "secrets").mkdir()
    secret = tmp_path / "secrets" / "trunk-sip-provider"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    make_certificate(tmp_path / "tls")
    monkeypatch.setattr("warroom.config.apply.trunks.may_read", lambda *_: True)  # pytest's folder is closed to others
    chosen = check_trunks(tmp_path, CallSettings())
    assert PASSWORD not in mask_secrets(chosen.texts[LINES])
    if "registration" in example.stem:
        assert "outbound_auth/password = s3cret\\;with$odd}signs\n" in chosen.texts[LINES]
        assert "sends_line_with_registrations = yes" in chosen.texts[LINES]
    if "spare" in example.stem:
        assert f"cert_file = {tmp_path}/tls/sip.crt\n" in chosen.texts[TLS]
        assert "endpoint/media_encryption = sdes" in chosen.texts[LINES]


def test_trunks_examples_are_the_four() -> None:
    assert [path.stem for path in EXAMPLES] == ["e1-gateway", "ip-authentication", "registration", "spare-provider"]


@pytest.mark.parametrize(
    ("mode", "content", "told"),
    [
        (0o640, PASSWORD, "mode 0640, open to others: chmod 600"),
        (0o604, PASSWORD, "open to others"),
        (0o600, "", "printable characters"),
        (0o600, f"{PASSWORD}\nset_var = X", "printable characters"),
        (None, "", "No such file"),
    ],
)
def test_trunks_password_file_refused(tmp_path: Path, mode: int | None, content: str, told: str) -> None:
    registration = next(path for path in EXAMPLES if path.stem == "registration")
    (tmp_path / "secrets").mkdir()
    if mode is not None:
        path = tmp_path / "secrets" / "trunk-sip-provider"
        path.write_text(content)
        path.chmod(mode)
    with pytest.raises(TrunksError, match=told) as caught:
        check_trunks(tmp_path, CallSettings(), registration)
    assert PASSWORD not in str(caught.value)


def test_trunks_that_do_not_fit_the_settings(tmp_path: Path) -> None:
    settings = CallSettings(emergency=("108",), callbacks=CallbackSettings(trunk="bsnl"))
    with pytest.raises(TrunksError) as caught:
        check_trunks(tmp_path, settings)
    assert "no trunk dials 108" in str(caught.value)
    assert "no trunk is named 'bsnl' (known: loopback)" in str(caught.value)


def test_trunks_with_opus_where_asterisk_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "trunks.toml"
    own.write_text(GOOD.replace('dtmf = "rfc4733"', 'codecs = ["opus", "alaw"]'))
    monkeypatch.setattr(trunk_files, "find_asterisk", lambda: AsteriskInstall(tmp_path, tmp_path, tmp_path, "22"))
    with pytest.raises(TrunksError, match=r"codecs of bsnl: this Asterisk has no Opus"):
        check_trunks(tmp_path, CallSettings())
    (tmp_path / "codec_opus_open_source.so").touch()
    assert "endpoint/allow = opus,alaw\n" in check_trunks(tmp_path, CallSettings()).texts[LINES]


def test_trunks_start_goes_on_with_those_in_force_after_a_mistake(tmp_path: Path) -> None:
    generated = tmp_path / "asterisk" / "generated"
    generated.mkdir(parents=True)
    (tmp_path / "run").mkdir()
    own = tmp_path / "trunks.toml"
    own.write_text("[[trunk]\n")
    with pytest.raises(TrunksError):
        initial_trunks(tmp_path, CallSettings())
    own.write_text(GOOD)
    chosen = initial_trunks(tmp_path, CallSettings())
    for name, text in chosen.texts.items():
        (generated / name).write_text(text)
    save_applied(DataDirectory(tmp_path).trunks_in_force, chosen.source)
    own.write_text(GOOD.replace("channels = 300", "channels = many"))
    assert initial_trunks(tmp_path, CallSettings()) == chosen
    assert applied_trunks(tmp_path) == chosen.trunks
    own.unlink()  # no file any more: the trunk of this machine
    save_applied(DataDirectory(tmp_path).trunks_in_force, initial_trunks(tmp_path, CallSettings()).source)
    assert applied_trunks(tmp_path) == LOOPBACK


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('match = ["192.0.2.10", ', 'match = ["192.0.2.10" ', "a comma is missing between two values of a list"),
        (
            'server = "192.0.2.10"',
            "server = “192.0.2.10”",
            'typographic quotes stand in the line: write straight ones, "',
        ),
        ('server = "192.0.2.10"', "server = sip.example.net", "no value after =; a text stands in quotes"),
    ],
)
def test_toml_mistakes_are_told_in_plain_words(old: str, new: str, told: str) -> None:
    with pytest.raises(TrunksError) as caught:
        parse_trunks(GOOD.replace(old, new, 1), "trunks.toml")
    assert told in str(caught.value)


def test_wrong_codec_is_told_once() -> None:
    with pytest.raises(TrunksError) as caught:
        parse_trunks(GOOD.replace('dtmf = "rfc4733"', 'codecs = ["g729"]', 1), "trunks.toml")
    (problem,) = caught.value.problems
    assert "'alaw', 'ulaw', 'g722' or 'opus'" in problem
