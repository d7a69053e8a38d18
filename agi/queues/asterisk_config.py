"""Asterisk's configuration of operators and queues, and the values that it must report after a reload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agi import dialplan
from agi.prompts.catalog import LANGUAGES
from agi.queues.schema import HEALTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from agi.queues.schema import Operator, Operators

TELEPHONES: Final = "pjsip_wizard_operators.conf"
QUEUES: Final = "queues.conf"
QUEUE_GLOBALS: Final = "globals_queues.conf"
HOLD: Final = "musiconhold.conf"
NUMBERS: Final = "say.conf"
SUPERVISED: Final = "extensions_supervisor.conf"
HTTP_SESSIONS: Final = "http_sessions.conf"
BROWSERS: Final = "extensions_browsers.conf"
FILES: Final = (TELEPHONES, QUEUES, QUEUE_GLOBALS, HOLD, NUMBERS, SUPERVISED, HTTP_SESSIONS, BROWSERS)
"""The files of ``<data>/asterisk/generated/`` that depend on the operators, and those that the queues' voice needs."""

CONTEXT: Final = "from-operator"
SUPERVISOR_CONTEXT: Final = "from-supervisor"
SECRET: Final = "inbound_auth/password"  # noqa: S105 - the name of a setting

SPYING: Final = {"*1": "qES", "*2": "qESw", "*3": "qESB"}
"""Options of ChanSpy for what a supervisor dials before an operator's id: listen, whisper, join."""

HEALTH_WEIGHT: Final = 10
"""Of the queues for health: who is in several queues gets their callers first, whoever waited longer elsewhere."""
MAX_ANNOUNCED_POSITION: Final = 100
"""Numbers up to this are recorded: a place further back is not spoken."""
TONES: Final = 8
"""Soft tones, one every five seconds or so, between two reminders that we can call back."""
QUALIFY_S: Final = {"telephone": 60, "softphone": 30}
"""How often a telephone is asked whether it is there; a softphone's way through a router closes after half a minute."""
BROWSER_QUALIFY_S: Final = 15
"""A browser's tab is closed more often than a telephone is unplugged; the answer's time is shown as the round trip."""
BROWSER_CODEC: Final = "alaw"
REALM: Final = "warroom"
"""Of SIP digest: ``default_realm`` of pjsip.conf. What a browser signs in with is made of it."""
BROWSER_SILENT_S: Final = 10
"""A browser sends sound all the time, its microphone muted or not: one that is silent for so long has crashed, sleeps
or has lost its network."""
RELAY_ADDRESS: Final = "127.0.11.1"
"""Where browsers' SIP comes from: the relay's own address on this machine (``board/telephone/sip_relay.py``). The
account of a telephone in the browser is good from there alone: its password is no way in by UDP."""
SESSIONS_BESIDE: Final = 50
"""HTTP sessions beside those of browsers, each of which has two for a moment when it signs in anew: those of who reads
the metrics."""


def render(operators: Operators, passwords: Mapping[str, str], prompts: Path) -> dict[str, str]:
    """Return the generated files by name.

    Args:
        operators: Checked.
        passwords: Of all operators, by id.
        prompts: Where the prompts lie, by language.
    """
    return {
        TELEPHONES: "\n".join("\n".join(_telephone(one, passwords[one.id])) + "\n" for one in operators.operator),
        QUEUES: "\n".join("\n".join(_queue(name, operators, prompts)) + "\n" for name in operators.queues),
        QUEUE_GLOBALS: f"{dialplan.QUEUE_MAX} = {operators.queue.max_wait_s}\n",
        HOLD: "\n".join(_hold(language, prompts) for language in LANGUAGES),
        SUPERVISED: "".join(_supervised(operators)),
        BROWSERS: "".join(f"exten => {one.endpoint},1,NoOp()\n" for one in operators.operator if one.in_browser),
        HTTP_SESSIONS: f"sessionlimit = {2 * len(operators.operator) + SESSIONS_BESIDE}\n",
        NUMBERS: "\n".join(_numbers(language, prompts) for language in LANGUAGES),
    }


def _supervised(operators: Operators) -> Iterator[str]:
    """An id a supervisor may dial: it begins with a digit, since ``h`` is a name of Asterisk's own."""
    for code, options in SPYING.items():
        for one in operators.operator:
            if one.id[0].isdecimal():
                yield f"exten => {code}{one.id},1,Set({dialplan.SPY}={options})\n"
                yield f" same => n,Goto(supervise,{one.id},1)\n"


def mask_secrets(text: str) -> str:
    """The text with each password left out, to be shown."""
    return "\n".join(f"{SECRET} = (not shown)" if line.startswith(SECRET) else line for line in text.splitlines())


def expected_settings(operator: Operator) -> dict[str, str]:
    """What Asterisk says of the telephone's endpoint once it has taken it, by name of the parameter."""
    encryption = "sdes" if operator.transport == "tls" else "no"
    return {
        "context": SUPERVISOR_CONTEXT if operator.supervisor else CONTEXT,
        "allow": f"({BROWSER_CODEC if operator.in_browser else '|'.join(operator.codecs)})",
        "media_encryption": "dtls" if operator.in_browser else encryption,
        "rewrite_contact": "true",
        "allow_transfer": "false",
        "callerid": "0",
        "trust_id_inbound": "false",
        "identify_by": "username",
    }


def _telephone(operator: Operator, password: str) -> Iterator[str]:
    yield f"[{operator.endpoint}]({'browser' if operator.in_browser else 'operator'})"
    yield f"endpoint/context = {SUPERVISOR_CONTEXT if operator.supervisor else CONTEXT}"
    yield f"endpoint/set_var = {dialplan.OPERATOR}={operator.id}"
    # A telephone in a call is busy: no queue rings it, whoever the other party is.
    yield "endpoint/device_state_busy_at = 1"
    yield from _browser() if operator.in_browser else _sip(operator)
    yield f"inbound_auth/username = {operator.endpoint}"
    yield f"{SECRET} = {password}"


def _sip(operator: Operator) -> Iterator[str]:
    soft = "yes" if operator.kind == "softphone" else "no"
    yield "endpoint/disallow = all"
    yield f"endpoint/allow = {','.join(operator.codecs)}"
    yield f"endpoint/rtp_symmetric = {soft}"
    yield f"endpoint/force_rport = {soft}"
    yield f"aor/qualify_frequency = {QUALIFY_S[operator.kind]}"
    if operator.transport == "tls":
        yield "transport = transport-tls"
        yield "endpoint/media_encryption = sdes"


def _browser() -> Iterator[str]:
    yield f"endpoint/allow = !all,{BROWSER_CODEC}"
    yield f"endpoint/rtp_timeout = {BROWSER_SILENT_S}"
    yield "endpoint/deny = 0.0.0.0/0"
    yield "endpoint/deny = ::/0"
    yield f"endpoint/permit = {RELAY_ADDRESS}/32"
    yield f"aor/qualify_frequency = {BROWSER_QUALIFY_S}"


def _queue(name: str, operators: Operators, prompts: Path) -> Iterator[str]:
    skill, _, language = name.rpartition("-")
    said = prompts / language
    yield f"[{name}](queue)"
    yield f"weight = {HEALTH_WEIGHT if skill == HEALTH else 0}"
    yield f"musicclass = hold-{language}"
    yield f"timeout = {operators.queue.ring_s}"
    yield f"retry = {operators.queue.retry_s}"
    yield f"wrapuptime = {operators.queue.wrap_up_s}"
    yield f"announce-frequency = {operators.queue.announce_s}"
    yield f"announce-position-limit = {MAX_ANNOUNCED_POSITION}"
    for setting, prompt in (
        ("youarenext", "next"),
        ("thereare", "place"),
        ("callswaiting", "place-end"),
        ("holdtime", "wait"),
        ("minute", "minute"),
        ("minutes", "minutes"),
        ("thankyou", "stay"),
    ):
        yield f"queue-{setting} = {said}/queue-{prompt}"


def _hold(language: str, prompts: Path) -> str:
    """Played between two announcements: soft tones, so that the line is not silent, and the offer to call back.

    The tones of ``held`` are for a citizen whom an operator has put on hold.
    That belongs here: a key counts while this plays, whereas Asterisk 22.10 stops an announcement of the queue's own
    at a key and forgets the key.
    """
    tone = ("hold-tone", "hold-pause")
    waiting, held = (*tone, "queue-call-back", *tone * TONES), ("queue-stay", *tone * TONES)
    return "\n".join(_playlist(name, language, prompts, said) for name, said in (("hold", waiting), ("held", held)))


def _playlist(name: str, language: str, prompts: Path, said: Iterable[str]) -> str:
    entries = "".join(f"entry = {prompts / language / one}\n" for one in said)
    return f"[{name}-{language}]\nmode = playlist\n{entries}"


def _numbers(language: str, prompts: Path) -> str:
    """Numbers as recordings, each a word of its own: Asterisk itself can put no Hindi number together."""
    number = f"{prompts}/{language}/number-${{SAY}}"
    return f"[{language}]\n_[n]um:X => {number}\n_[n]um:X. => {number}\n"
