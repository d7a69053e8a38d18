"""Asterisk's configuration of the trunks, and the values that it must report after a reload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agi import dialplan
from agi.settings import MISSED
from agi.trunks.outbound_routes import render_routes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from agi.settings import CallSettings
    from agi.trunks.schema import Credentials, Registration, Trunk, Trunks

LINES: Final = "pjsip_wizard_trunks.conf"
DIDS: Final = "extensions_dids.conf"
GLOBALS: Final = "globals_trunks.conf"
TLS: Final = "pjsip_tls.conf"
TCP: Final = "pjsip_tcp.conf"
TCP_TEXT: Final = "[transport-tcp](transport)\nprotocol = tcp\n"
"""There only where a trunk or a telephone may come by TCP: Asterisk takes a thousand connections altogether, and a
stranger who holds them closes TLS too."""
DESTINATIONS: Final = "extensions_destinations.conf"
FILES: Final = (LINES, DIDS, DESTINATIONS, GLOBALS, TLS)
"""The files of ``<data>/asterisk/generated/`` that depend on the trunks."""

_MASKED: Final = "outbound_auth/password"

RETRY_S: Final = 30
"""Between two tries to register: a provider that was away is found again soon, and not flooded."""
REFUSED_RETRY_S: Final = 300
"""After a provider refused us (403, 401 for good): an admin must correct the account, there or here."""
UNLIMITED_RETRIES: Final = 1_000_000
"""Tries to register: for years. Asterisk gives up for ever after ten, which nobody notices at night."""


def render(
    trunks: Trunks, passwords: Mapping[str, str], settings: CallSettings, rooms: Mapping[str, str], data: Path
) -> dict[str, str]:
    """Return the generated files by name.

    Args:
        trunks: Checked.
        passwords: Of the trunks that authenticate, by name.
        settings: SIP ports, the emergency numbers, and the trunk that calls citizens back.
        rooms: How control rooms are rung, by room.
        data: The data directory; where relative names of certificates begin.
    """
    outward = trunks.named(settings.callbacks.trunk) or trunks.trunk[0]
    globals_ = {
        dialplan.CALLBACK_TRUNK: outward.name,
        dialplan.CALLBACK_NUMBER: outward.shown,
        dialplan.CALLBACK_PREFIX: outward.prefix,
        dialplan.CALLBACK_CHANNELS: str(outward.channels),
    }
    return {
        LINES: "\n".join("\n".join(_line(trunk, passwords.get(trunk.name), settings)) + "\n" for trunk in trunks.trunk),
        DIDS: "\n".join(_dids(trunk, settings) for trunk in trunks.trunk),
        DESTINATIONS: render_routes(trunks, settings, rooms),
        GLOBALS: "".join(f"{name} = {value}\n" for name, value in globals_.items()),
        TLS: _tls(trunks, settings.sip_bind, data),
    }


def uses_tcp(trunks: Trunks) -> bool:
    """Whether any of them travels by TCP."""
    return any(trunk.transport == "tcp" for trunk in trunks.trunk)


def mask_secrets(text: str) -> str:
    """The text with each password left out, to be shown."""
    lines = (f"{_MASKED} = (not shown)" if line.startswith(_MASKED) else line for line in text.splitlines())
    return "\n".join(lines)


def expected_settings(trunk: Trunk) -> dict[str, str]:
    """What Asterisk says of the trunk's endpoint once it has taken it, by name of the parameter."""
    return {
        "context": dialplan.CONTEXT_FROM_TRUNK,
        "allow": f"({'|'.join(trunk.codecs)})",
        "dtmf_mode": trunk.dtmf,
        "from_user": trunk.from_user or trunk.shown,
        "media_encryption": "sdes" if trunk.srtp else "no",
        "transport": f"transport-{trunk.transport}",
        "allow_transfer": "false",
        "callerid": "0",
        "trust_id_inbound": "false",
        "identify_by": "ip",
        **({"user_eq_phone": "true"} if trunk.user_phone else {}),
        **({"from_domain": trunk.from_domain} if trunk.from_domain else {}),
    }


def _line(trunk: Trunk, password: str | None, settings: CallSettings) -> Iterator[str]:
    yield f"[{trunk.name}](trunk)"
    yield f"transport = transport-{trunk.transport}"
    yield f"remote_hosts = {trunk.server}"
    for source in trunk.sources:
        yield f"identify/match = {source}"
    yield f"endpoint/set_var = {dialplan.TRUNK}={trunk.name}"
    yield f"endpoint/set_var = {dialplan.TRUNK_CHANNELS}={trunk.channels}"
    yield f"endpoint/set_var = {dialplan.TRUNK_REGULAR_CAPACITY}={trunk.ordinary(settings.reserved.outbound_percent)}"
    yield f"endpoint/set_var = {dialplan.TRUNK_EARLY}={int(trunk.early_media)}"
    yield f"endpoint/set_var = {dialplan.TRUNK_CALLERS}={trunk.callers}"
    if trunk.area_code:
        yield f"endpoint/set_var = {dialplan.TRUNK_AREA}={trunk.area_code}"
    if trunk.did_headers:
        yield f"endpoint/set_var = {dialplan.TRUNK_DID_HEADERS}={'&'.join(trunk.did_headers)}"
        if trunk.did_from is None:
            yield f"endpoint/set_var = {dialplan.TRUNK_CONTACT}={trunk.contact_user}"
    yield f"endpoint/set_var = {dialplan.TRUNK_SHOWN}={trunk.shown}"
    yield "endpoint/disallow = all"
    yield f"endpoint/allow = {','.join(trunk.codecs)}"
    yield f"endpoint/dtmf_mode = {trunk.dtmf}"
    # Whatever the dialplan says, this number and no other is in From: providers refuse any but their own.
    yield f"endpoint/from_user = {trunk.from_user or trunk.shown}"
    yield from _dialect(trunk)
    yield f"endpoint/media_encryption = {'sdes' if trunk.srtp else 'no'}"
    yield f"aor/qualify_frequency = {trunk.qualify_s}"
    if trunk.transport != "udp":
        yield f"aor/contact = sip:{trunk.server}{_carried(trunk)}"
    if trunk.registration is not None:
        yield from _registration(trunk, trunk.registration)
    if trunk.credentials is not None:
        yield from _credentials(trunk.credentials, password or "")


def _dialect(trunk: Trunk) -> Iterator[str]:
    if trunk.user_phone:
        yield "endpoint/user_eq_phone = yes"
    if trunk.from_domain is not None:
        yield f"endpoint/from_domain = {trunk.from_domain}"
    if trunk.outbound_proxy is not None:  # of calls, registrations and OPTIONS alike; lr: RFC 3261 16.12
        yield f"outbound_proxy = sip:{trunk.outbound_proxy}{_carried(trunk)}\\;lr"


def _carried(trunk: Trunk) -> str:
    return "" if trunk.transport == "udp" else f"\\;transport={trunk.transport}"


def _credentials(account: Credentials, password: str) -> Iterator[str]:
    yield "sends_auth = yes"
    yield f"outbound_auth/username = {account.answers_as}"
    if account.realm is not None:
        yield f"outbound_auth/realm = {account.realm}"
    yield f"{_MASKED} = {password.replace(';', chr(92) + ';')}"


def _registration(trunk: Trunk, account: Registration) -> Iterator[str]:
    yield "sends_registrations = yes"
    if not trunk.match:  # its calls are known by the token in the Contact that we registered
        yield "sends_line_with_registrations = yes"
    yield f"server_uri_pattern = sip:{trunk.server}{_carried(trunk)}"
    yield f"client_uri_pattern = sip:{account.username}@{trunk.from_domain or trunk.host}"
    yield f"registration/contact_user = {trunk.contact_user}"
    yield f"registration/expiration = {account.expires_s}"
    yield f"registration/retry_interval = {RETRY_S}"
    yield f"registration/forbidden_retry_interval = {REFUSED_RETRY_S}"
    yield f"registration/fatal_retry_interval = {REFUSED_RETRY_S}"
    yield f"registration/max_retries = {UNLIMITED_RETRIES}"
    yield "registration/auth_rejection_permanent = no"


def _dids(trunk: Trunk, settings: CallSettings) -> str:
    lines = [f"[did-{trunk.name}]"]
    taken = set(trunk.dids)
    for did, helpline in sorted(trunk.dids.items()):
        lines.append(f"exten => {did},1,Set({dialplan.HELPLINE}={helpline})")
        if helpline == MISSED:  # never answered, so it uses no line
            lines.append(f" same => n,Goto({MISSED},{MISSED},1)")
            continue
        if helpline in settings.max_by_helpline:
            lines.append(f" same => n,Set({dialplan.LIMIT}={settings.max_by_helpline[helpline]})")
        if did in trunk.priority:
            lines.append(f" same => n,Set({dialplan.PRIORITY}=1)")
        elif helpline in settings.reserved.priority_helplines:
            lines.append(f" same => n,Set({dialplan.PRIORITY}=helpline)")
        lines.append(f" same => n,Goto(admission,{helpline},1)")
    for did in sorted(trunk.dids):
        for form in trunk.forms(did):
            if form not in taken:
                lines += [f"exten => {form},1,Set({dialplan.DID}={did})", f" same => n,Goto({did},1)"]
                taken.add(form)
    return "\n".join(lines) + "\n"


def _tls(trunks: Trunks, sip_bind: str, data: Path) -> str:
    tls = trunks.tls
    if tls is None:
        return ""
    return f"""[transport-tls](transport)
protocol = tls
bind = {f"[{sip_bind}]" if ":" in sip_bind else sip_bind}:{tls.port}
method = tlsv1_2
cert_file = {data / tls.certificate}
priv_key_file = {data / tls.key}
"""
