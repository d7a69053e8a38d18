"""asterisk_conf/ as an admin reads it: whole, safe, and in the same words as the Python side."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from agi import dialplan as variables
from agi.call_control.actions import MAX_PARTICIPANTS
from agi.call_control.bridge_history import CHANGED
from agi.call_control.call import MAX_CALL_DURATION_S
from agi.dialplan import NextAction
from agi.queues.asterisk_config import FILES as QUEUE_FILES
from agi.settings import CallSettings
from agi.trunks.asterisk_config import FILES, TCP
from agi.trunks.did_patterns import dialled_patterns
from warroom.config.asterisk.config_files import AsteriskError, AsteriskInstall, Secrets, find_asterisk, write_asterisk
from warroom.config.paths import PROJECT
from warroom.services.stack.rtp_ports import SOUND

if TYPE_CHECKING:
    from pathlib import Path

CONF = PROJECT / "asterisk_conf"
AGI = "${WR_AGI}/${SHA1(${UNIQUEID}${WR_AGI_SECRET})}"
"""How the service is spoken to: see `agi.fastagi.request.access_token`."""
TELEPHONE = r"${FILTER(a-z0-9\x2d,${EXTEN})}"
FOR_CONSOLES = ("console-dial", "console-callback", "console-supervise", "console-take-over", "room-call-dial")
"""Where the service has telephones of operators and rooms called, by AMI alone."""
FILES_OF_DIALPLAN = sorted(path.name for path in CONF.glob("extensions*.conf"))


def lines(name: str) -> list[str]:
    """A file's lines without comments and blanks."""
    text = (CONF / name).read_text()
    stripped = (re.sub(r"(^|\s);.*", "", line).strip() for line in text.splitlines())
    return [line for line in stripped if line]


def dialplan() -> str:
    return "\n".join(line for name in FILES_OF_DIALPLAN for line in lines(name))


def context(name: str) -> str:
    return dialplan().split(f"[{name}]\n")[1].split("\n[")[0]


def test_conf_includes_are_generated(tmp_path: Path) -> None:
    asterisk = AsteriskInstall(tmp_path, tmp_path, tmp_path, "22.10.1")
    trunks = dict.fromkeys((*FILES, *QUEUE_FILES, TCP, SOUND), "")
    write_asterisk(
        data=tmp_path,
        settings=CallSettings(),
        parts=trunks,
        secrets=Secrets("x" * 16, "x" * 16, "x" * 16),
        asterisk=asterisk,
    )
    wanted = [
        line.split()[1]
        for path in sorted(CONF.glob("*.conf"))
        for line in path.read_text().splitlines()
        if line.startswith("#tryinclude generated/")
    ]
    there = [f"generated/{path.name}" for path in (tmp_path / "asterisk" / "generated").glob("*.conf")]
    assert sorted(wanted) == sorted(there)  # each generated file is read, once


def test_conf_same_names_as_python() -> None:
    text = dialplan()
    assert f"[{variables.CONTEXT_FROM_TRUNK}]" in text
    assert f"${{{variables.NEXT}}}" in context("fallback-message")
    for next_ in (NextAction.HANGUP, NextAction.HUNT):  # a message is what is left
        assert f'"${{{variables.NEXT}}}" = "{next_}"]?' in context("helplines")
    call = f"agi://{AGI}/{variables.SCRIPT_CALL},${{WR_HELPLINE}},${{WR_DID}},${{WR_CALLER}},${{WR_TRUNK}}"
    assert f"AGI({call})" in context("helplines")
    outcome = f"agi://{AGI}/{variables.SCRIPT_OUTCOME},${{WR_DIALED}},${{WR_ENDED}},${{ANSWEREDTIME}},"
    assert f"AGI({outcome}${{WR_FOLLOWS}})" in context("outcome")
    assert f"Set(WR_FOLLOWS=${{CUT({variables.DESTINATIONS},&,$[${{WR_DESTINATION_INDEX}} + 1])}})" in context(
        "outcome"
    )
    assert f"${{CUT({variables.DESTINATIONS},&,${{WR_DESTINATION_INDEX}})}}" in context("hunt")


def test_conf_variables_have_one_name_in_python_and_in_the_dialplan() -> None:
    names = {name: value for name, value in vars(variables).items() if isinstance(value, str) and "WR_" in value}
    ours = {name: value for name, value in names.items() if not name.startswith("__")}
    assert len(ours) > 45
    assert {name: value for name, value in ours.items() if value != f"WR_{name}"} == {}
    text = "\n".join(line for path in CONF.glob("*.conf") for line in lines(path.name))
    used = set(re.findall(r"WR_[A-Z_]+", text))
    assert set(ours.values()) - used == set()
    in_place = re.findall(r"(?:Set\(|LOCAL\(|^|set_var = )_{0,2}(WR_[A-Z_]+)\)? ?=", text, re.MULTILINE)
    in_arrays = [name for names in re.findall(r"ARRAY\(([^)]*)\)", text) for name in names.split(",")]
    read = re.findall(r"Read\((WR_[A-Z_]+)", text)
    assert used - {*in_place, *in_arrays, *read} <= set(ours.values())  # what it never sets comes from Python
    assert f"WR_MAX_CALL_S = {MAX_CALL_DURATION_S}" in text


def test_conf_names_of_variables_stand_once_in_python() -> None:
    spelt = []
    for path in sorted(path for package in ("agi", "warroom", "router") for path in (PROJECT / package).rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):  # docstrings and comments may name them
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                node.value = ast.Constant(None)
        texts = [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        spelt += [f"{path.relative_to(PROJECT)}: {text}" for text in texts if "WR_" in text]
    assert [one for one in spelt if not one.startswith("agi/dialplan.py: ")] == []


def test_conf_contexts_of_python_are_there() -> None:
    text = dialplan()
    named = {value for name, value in vars(variables).items() if name.startswith("CONTEXT_")}
    assert len(named) > 15
    assert [name for name in sorted(named) if f"[{name}]" not in text] == []


def test_conf_every_question_to_the_service_shows_who_asks() -> None:
    text = dialplan()
    asked = re.findall(rf"AGI\(agi://{re.escape(AGI)}/([a-z-]+)[,)]", text)
    scripts = {value for name, value in vars(variables).items() if name.startswith("SCRIPT_")}
    assert (len(asked), set(asked)) == (text.count("AGI("), scripts)
    assert text.count("WR_AGI_SECRET") == len(asked)  # nothing else is done with it


def test_conf_caller_reaches_no_number_of_his_choice() -> None:
    text = dialplan().replace(TELEPHONE, "TELEPHONE")
    dials = re.findall(r"Dial\(([^,]*),([^,]*),([^)]*)\)", text)
    assert len(dials) == text.count("Dial(") == 8
    for who, ring, options in dials:
        assert (
            who in ("${ARG1}", "PJSIP/${WR_LOST}", "PJSIP/TELEPHONE")
            or "${WR_CITIZEN}" in who
            or "${WR_TEST_NUMBER}" in who
        )
        assert ring.startswith("${WR_RING_")
        # i: no forwarding; no t, T, k, K, x: no key; m: what is heard meanwhile
        assert re.sub(r"[UGbm]\(.*", "", options) in ("ir", "i", "gir", "gi")
    assert "Gosub(dial," not in text  # only what is made from trunks and helplines says what
    assert set(re.findall(r"Gosub\(destinations,[^)]*\)", text)) == {"Gosub(destinations,${WR_DESTINATION},1)"}
    assert "WR_DESTINATION=${FILTER(a-z0-9\\x2d,${CUT(WR_DESTINATIONS," in context("hunt")
    assert "WR_DESTINATION=${FILTER(a-z0-9\\x2d,${EXTEN})}" in context("bridge-dial")
    # lost operators are those of operators.toml, and parked callers have one
    assert "DIALPLAN_EXISTS(browsers,${WR_LOST},1)} = 0]?Set(WR_LOST=))" in context("lost")
    led = [line for line in text.splitlines() if re.search(r"\bparked,s,1\)", line)]
    assert all('GotoIf($["${WR_LOST}" != ""]?parked,s,1)' in line for line in led), led
    for forbidden in ("System(", "TrySystem(", "SHELL(", "Originate(", "DISA(", "Local/", "include =>"):
        assert forbidden not in text


def test_conf_only_a_call_back_and_a_room_dial_a_number_and_nothing_else_leads_there() -> None:
    text = dialplan()
    outside = text.replace(context("callback-dial"), "").replace("[callback-dial]", "")
    for name in ("room-dial", "supervise", "trunk-test-dial", "parked", *FOR_CONSOLES):
        outside = outside.replace(context(name), "")
    assert "PJSIP/" not in outside
    assert text.count("trunk-test-dial") == text.count("[trunk-test-dial]") == 1  # from the manager's interface alone
    assert re.findall(r"\S*room-dial\S*", text) == ['"citizen"]?room-dial,${EXTEN},1)', "[room-dial]"]
    assert "WR_CITIZEN=${FILTER(0-9,${WR_CITIZEN})}" in context("room-dial")
    assert "${LEN(${WR_CITIZEN})} = 10]?Dial(PJSIP/${WR_CALLBACK_PREFIX}${WR_CITIZEN}@" in context("room-dial")
    assert re.findall(r"WR_(?:ROOM|TICKET)=", text) == []  # the service alone says who is let in, and about what
    assert outside.count("callback-dial") == 0  # no Goto, Gosub or include from any other context
    assert re.findall(r"^exten => (\S+?),1", context("callback-dial"), re.MULTILINE) == ["_X!", "T"]
    assert "WR_CITIZEN=${FILTER(0-9,${WR_CITIZEN})}" in context("callback-dial")
    assert "ExecIf($[${LEN(${WR_CITIZEN})} != 10]?Hangup(28))" in context("callback-dial").split("Dial(")[0]
    assert "CHANNEL(name)" not in text  # no number is read from a name: none stands there, for anybody to see
    assert "Dial(PJSIP/${WR_CALLBACK_PREFIX}${WR_CITIZEN}@${WR_CALLBACK_TRUNK}," in context("callback-dial")


def test_conf_nothing_leads_into_the_bridges_but_the_service() -> None:
    whole, own = dialplan(), "\n".join(lines("extensions_bridge.conf"))
    contexts = re.findall(r"^\[([a-z-]+)\]$", own, re.MULTILINE)
    changed = {value for name, value in vars(variables).items() if name.startswith(("CONTEXT_BRIDGE_", "CONTEXT_CONF"))}
    assert changed == set(CHANGED) < set(contexts)
    for name in contexts:
        led = rf"\b{name}(?:,|\))"
        assert not re.search(led, whole.replace(own, "")), name
    # who is alone goes on as any caller does, and everything that is waited in has an end
    assert "Goto(hunt,${WR_HELPLINE},1)" in context(variables.CONTEXT_BRIDGE_ALONE)
    for name in ("bridge-hold", "bridge-consult", "bridge-blind", "bridge-back", "conference"):
        assert "TIMEOUT(absolute)=${WR_MAX_CALL_S}" in context(name)
        assert "exten => T,1" in context(name)
    assert "TIMEOUT(absolute)=20" in context(variables.CONTEXT_CONFERENCE_ADD)
    members = "\n".join(lines("confbridge.conf"))
    assert f"max_members = {MAX_PARTICIPANTS}" in members


def test_conf_every_leg_is_counted_before_it_is_sent() -> None:
    """Whoever dials: one way of counting, in which no other leg of the trunk can come between looking and joining."""
    own = re.escape("PJSIP/${WR_LOST}"), re.escape(f"PJSIP/{TELEPHONE}")  # operators' telephones take no line
    options = re.findall(rf"Dial\((?!{'|'.join(own)})[^,]*,[^,]*,(\S*)", dialplan())
    assert options
    assert all(re.search(r"b\((outbound-leg|count-outbound|console-citizen)\^s\^1", one) for one in options), options
    assert "Gosub(count-outbound,s,1)" in context("outbound-leg")
    assert "Gosub(count-outbound,s,1)" in context("console-citizen")
    step = context("count-outbound")
    order = ("${LOCK(", "GROUP_COUNT(", "Set(GROUP(trunk)=${WR_TRUNK})", "${UNLOCK(", "Hangup(${WR_UNSENT})")
    places = [step.index(word) for word in order]
    assert places == sorted(places)
    assert "Set(GROUP(trunk)=$" not in dialplan().replace(step, "").replace(context("admission"), "")
    assert "load = func_lock.so" in lines("modules.conf")


def test_conf_raw_numbers_pass_a_filter() -> None:
    assert (
        "${CALLERID" not in dialplan()
    )  # the network's is never taken over: it is read from the headers, and filtered
    assert "Set(WR_NUMBER=${FILTER(+0-9,${WR_USER})})" in context("number")
    trunk = "\n".join(lines("pjsip_wizard.conf")).split("[operator](!)")[0]
    assert "endpoint/callerid = <0>" in trunk
    assert "endpoint/trust_id_inbound = no" in trunk


def test_conf_no_extension_of_the_way_in_takes_any_text() -> None:
    """Asterisk would write it into its events: each is of one length and of printable ASCII."""
    patterns = re.findall(r"^exten => (\S.*?),1,", dialled_patterns(), re.MULTILINE)
    assert len(patterns) == len(set(patterns)) == 50
    assert all(re.fullmatch(r"_(\[ -~\])+", pattern) for pattern in patterns)
    assert re.findall(r"^exten => (\S+?),1,", context("from-trunk"), re.MULTILINE) == ["s"]


def test_conf_every_limit_is_set_before_waiting() -> None:
    helplines = context("helplines")
    assert helplines.index("TIMEOUT(absolute)=${WR_AGI_GUARD}") < helplines.index("AGI(")
    assert "exten => T,1," in helplines
    assert "Goto(fallback-message,${WR_HELPLINE},1)" in helplines.partition("exten => T,1,")[2]
    text = context("hunt")
    assert text.index("TIMEOUT(absolute)=${WR_MAX_CALL_S}") < text.index("Gosub(destinations,")
    assert text.index("TIMEOUT(absolute)=${WR_AGI_GUARD}") < text.index("Gosub(outcome")
    for name in ("hunt", "dial", "queue"):
        assert "exten => T,1" in context(name)
    assert "AGIEXITONHANGUP = yes" in dialplan()  # without it the limit does not end AGI()


def test_conf_ended_call_counts_against_no_limit_while_it_is_booked() -> None:
    groups = set(re.findall(r"Set\(GROUP\((\w+)\)=\$", context("admission")))
    assert groups == {"trunk", "helpline"}  # and calls, which says ended
    before = context("outcome").split("Goto(s,1)")[0]
    assert "Set(GROUP(calls)=ended)" in before
    assert all(f"Set(GROUP({group})=)" in before for group in groups)


def test_conf_message_survives_hang_up() -> None:
    assert "Record(${WR_INCOMING}/${WR_NAME}.wav,0,${WR_MESSAGE},kq)" in context("fallback-message")
    text = context("fallback-message")
    assert text.index(".caller") < text.index("Record(")


def test_conf_trunks_are_closed() -> None:
    trunk = "\n".join(lines("pjsip_wizard.conf")).split("[operator](!)")[0]
    for setting in (
        "endpoint/identify_by = ip",
        "endpoint/allow_transfer = no",
        "endpoint/direct_media = no",
        "endpoint/trust_id_outbound = no",
        "endpoint/rtp_timeout = 0",
        "endpoint/rtp_timeout_hold = 0",
        "endpoint/timers = yes",
    ):
        assert setting in trunk
    modules = "\n".join(lines("modules.conf"))
    assert "autoload = no" in modules
    for absent in ("anonymous", "res_pjsip_refer", "app_system", "func_shell", "app_originate", "app_disa"):
        assert absent not in modules


def test_conf_manager_rights() -> None:
    text = "\n".join(lines("manager.conf"))
    rights = re.findall(r"^(?:read|write) = .*$", text, re.MULTILINE)
    assert rights == ["read = call,system,user,agent,dtmf", "write = reporting,originate,call,agent"]
    assert "permit = 127.0.0.0/255.0.0.0" in text


def test_conf_holds_no_secret() -> None:
    for path in CONF.glob("*.conf"):
        for line in lines(path.name):
            assert not re.match(r"(.*[/_])?(secret|password)\s*=", line), f"{path.name}: {line}"


def test_conf_modules_exist() -> None:
    try:
        asterisk = find_asterisk()
    except AsteriskError:
        pytest.skip("no Asterisk on this machine: deploy/install.sh")
    named = re.findall(r"^load = (\S+)", "\n".join(lines("modules.conf")), re.MULTILINE)
    assert len(named) == len(set(named))
    assert [name for name in named if not (asterisk.modules / name).exists()] == []


def test_conf_only_a_supervisor_listens_and_only_to_operators() -> None:
    text = dialplan()
    assert text.count("ChanSpy(") == 2
    assert "ChanSpy(PJSIP/" in context("console-supervise")
    assert "ChanSpy(PJSIP/operator-${EXTEN}-," in context("supervise")
    assert "Goto(supervise," not in text  # the operators there are, by name: generated/extensions_supervisor.conf
    assert "exten =>" not in context("from-supervisor")
    assert "from-supervisor" not in text.replace("[from-supervisor]", "")  # the endpoint alone leads there
