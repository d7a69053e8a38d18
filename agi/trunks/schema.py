"""Schema of ``trunks.toml``: each line to the telephone network."""

from __future__ import annotations

import ipaddress
import re
from itertools import combinations
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from agi.dialplan import SYNTHETIC
from agi.settings import Did, Line, Port  # noqa: TC001 - pydantic reads them
from agi.trunks.did_patterns import area_code, did_forms
from router.phone_numbers import normalise

Service = Literal["104", "108", "112", "181"]
"""A service that is called by name and dialled in each trunk's own form."""

SIP_PORTS: Final = {"udp": 5060, "tcp": 5060, "tls": 5061}
"""RFC 3261 19.1.2."""

_DID_HEADERS: Final = {"request": (), "to": ("To",), "p-called-party-id": ("P-Called-Party-ID",)}
_RESERVED: Final = ("trunk", "operator", SYNTHETIC)  # what asterisk_conf/pjsip_wizard.conf has of its own
_MIN_PREFIX_LENGTH: Final = 8
"""Bits of a network that calls come from: no provider has more addresses than one of IPv4's 256 large blocks."""
_HOST: Final = re.compile(r"(?=.{1,253}(:|$))[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*")


def _network(value: str) -> str:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        msg = f"{value!r} is no IP address or network; write 192.0.2.10 or 192.0.2.0/28 (no host names)"
        raise ValueError(msg) from None
    if network.prefixlen < _MIN_PREFIX_LENGTH:
        msg = f"{value!r} is half the internet: anybody could call as this trunk; name the provider's own networks"
        raise ValueError(msg)
    return value


def _server(value: str) -> str:
    host, _, port = value.rpartition(":") if re.search(r"[^:]:[0-9]+$", value) else (value, "", "")
    if not _HOST.fullmatch(host) or (port and not 0 < int(port) < 65536):  # noqa: PLR2004 - the highest port
        msg = f"{value!r} is no server; write 192.0.2.10, 192.0.2.10:5070 or sip.example.net"
        raise ValueError(msg)
    _check_address(host)
    return value


def _check_address(host: str) -> None:
    """Refuse what is meant as an address and is none, and would be looked up as a name."""
    if re.fullmatch(r"[0-9.]+", host) and not _is_address(host):
        msg = f"{host!r} is no IPv4 address: four numbers from 0 to 255, such as 192.0.2.10"
        raise ValueError(msg)


def _domain(value: str) -> str:
    if ":" in value or not _HOST.fullmatch(value):
        msg = f"{value!r} is no domain; write ims.example.net, without sip: and without a port"
        raise ValueError(msg)
    return value


Network = Annotated[str, AfterValidator(_network)]
Domain = Annotated[str, AfterValidator(_domain)]
Server = Annotated[str, AfterValidator(_server)]
# What stands in a .conf file after a key: no line end, no comment, nothing the dialplan would work out.
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._@+-]{1,80}$")]
# The realm of a challenge: a domain, or any words of the provider's; without the line's comment sign and quotes.
Realm = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f;\"\\\\]{1,80}$")]
CodecName = Literal["alaw", "ulaw", "g722", "opus"]
Title = Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]


def _user_part(value: str) -> str:
    if "@" in value:
        msg = f"{value!r}: write what stands before the @; the domain is from_domain, the digest's name auth_username"
        raise ValueError(msg)
    return value


class _ConfigPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Credentials(_ConfigPart):
    """Our answer to a provider's authentication challenge (401, 407), in calls and registrations.

    Attributes:
        username: The account.
        realm: Whose questions alone are answered; left out: whoever asks at the trunk's far end.
        password_env: Name of the environment variable that holds the password; or else
        password_file: the file that does, below the data directory or absolute; mode 0600.
    """

    username: Word
    realm: Realm | None = None
    password_env: Annotated[str, StringConstraints(pattern=r"^[A-Z_][A-Z0-9_]*$")] | None = None
    password_file: Annotated[str, StringConstraints(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        if (self.password_env is None) == (self.password_file is None):
            msg = "write either password_env or password_file: where the password is, never the password itself"
            raise ValueError(msg)
        return self

    @property
    def answers_as(self) -> str:
        """The name that stands in the digest."""
        return self.username


class Registration(Credentials):
    """Our registration at a provider that requires one.

    Attributes:
        auth_username: The name in the digest, where it is another than the account's: an IMS private identity.
        expires_s: How long a registration is to last, in seconds. A provider that lost it gives us no calls for so
            long at most; one that wants longer ones says so (423), and is asked again with what it wants.
    """

    username: Annotated[Word, AfterValidator(_user_part)]
    auth_username: Word | None = None
    expires_s: Annotated[int, Field(ge=60, le=604_800)] = 600

    @property
    def answers_as(self) -> str:
        """The name that stands in the digest."""
        return self.auth_username or self.username


class Tls(_ConfigPart):
    """How SIP over TLS is accepted; required if a trunk has ``transport = "tls"``.

    Other names or another port need a restart of Asterisk; new files under the same names do not.

    Attributes:
        certificate: PEM file, below the data directory or absolute.
        key: Its key, readable by the user Asterisk runs as.
        port: TCP port.
    """

    certificate: Annotated[str, StringConstraints(min_length=1)]
    key: Annotated[str, StringConstraints(min_length=1)]
    port: Port = 5061


class Trunk(_ConfigPart):
    """One line to the telephone network, identified by the addresses of its calls, or by its registration.

    Attributes:
        name: Name in Asterisk and in CDR: ``a-z0-9-``.
        provider: The provider's name; for people.
        server: Where calls to it go: an address or, with a registration, a host name; a port may follow.
        match: Addresses and networks its calls come from; left out: the server's address.
        registration: How we sign in, where the provider wants it.
        auth: How we answer where the provider asks who we are call by call, and wants no registration.
        outbound_proxy: Where everything for the server is sent instead: the provider's session controller, when the
            server is a domain that is not in DNS, or must not be reached past it.
        from_domain: The domain in From, and of the registration's identity; left out: our address, and the server.
        from_user: The account in From where the provider wants one; left out: the number shown.
        user_phone: Whether ``user=phone`` (RFC 3261 19.1.1) stands after each number that we dial or show.
        transport: How SIP travels.
        srtp: Whether sound is encrypted (keys in SDES, RFC 4568); with TLS only, else the keys travel in the clear.
        codecs: Those offered, best first. Opus costs Asterisk far more than the others, and every prompt is coded anew;
            it needs Asterisk's codec_opus.
        dtmf: How keys travel: RFC 4733 events, SIP INFO, as tones, or ``auto``: events where offered, else tones.
        channels: Calls at once that were bought.
        dids: Which number, as the trunk delivers it, is which helpline; ``rooms``, for the rooms'
            voicemail; or ``missed``: not answered, and called back.
        dials: How services are dialled here: ``{ 104 = "07552550104" }``.
        prefix: Put before the ten digits of an Indian number when we dial it: nothing, 0, 91, +91 or 0091.
        callers: How callers' numbers come: ``national`` (ten digits, with 0, 91, +91, 0091) or ``international``
            (E.164 digits without the plus).
        caller_id: The number shown to those we call, one of the trunk's own; left out: the first of ``dids``.
        area: STD code of the exchange, for callers whose number comes without it; left out: that of the trunk's own
            fixed-line numbers, where they have one in common.
        did_from: Where the network puts the number dialled: ``request`` line, ``to`` or ``p-called-party-id``; left
            out: the request line, and for an account that registers without ``match`` the headers too, since its
            request line names the Contact we registered.
        headers: Whether SIP headers of ours reach who answers: SIP all the way. Else who answers is told by voice whose
            call it is.
        priority: Numbers of ``dids`` whose callers may use the reserved lines when all others are taken.
        early_media: Whether callers hear us before the answer: who is refused is then told why, unanswered.
        qualify_s: How often the server is asked whether it is there, in seconds: as long as a call would ring a server
            that is gone, before the next one is tried. 0: never, for one that does not answer OPTIONS.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
    provider: Title = ""
    server: Server
    match: tuple[Network, ...] = ()
    registration: Registration | None = None
    auth: Credentials | None = None
    outbound_proxy: Server | None = None
    from_domain: Domain | None = None
    from_user: Word | None = None
    user_phone: bool = False
    transport: Literal["udp", "tcp", "tls"] = "udp"
    srtp: bool = False
    codecs: Annotated[tuple[CodecName, ...], Field(min_length=1)] = ("alaw", "ulaw", "g722")
    dtmf: Literal["auto", "rfc4733", "info", "inband"] = "auto"
    channels: Annotated[int, Field(ge=1, le=5000)]
    dids: Annotated[dict[Did, Line], Field(min_length=1)]
    dials: dict[Service, Did] = {}
    prefix: Literal["", "0", "91", "+91", "0091"] = ""
    callers: Literal["national", "international"] = "national"
    caller_id: Did | None = None
    area: Annotated[str, StringConstraints(pattern=r"^0?[1-9][0-9]{1,3}$")] | None = None
    did_from: Literal["request", "to", "p-called-party-id"] | None = None
    headers: bool = False
    priority: tuple[Did, ...] = ()
    early_media: bool = False
    qualify_s: Annotated[int, Field(ge=0, le=3600)] = 20

    @field_validator("name")
    @classmethod
    def _not_reserved(cls, value: str) -> str:
        if value in _RESERVED:
            msg = f"{value!r} is a name that Asterisk's configuration uses already; choose another"
            raise ValueError(msg)
        return value

    @field_validator("dtmf", mode="before")
    @classmethod
    def _of_today(cls, value: object) -> object:
        if value == "rfc2833":
            msg = "'rfc2833' is called rfc4733 today; write dtmf = \"rfc4733\""
            raise ValueError(msg)
        return value

    @field_validator("codecs")
    @classmethod
    def _once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            msg = "a codec is there twice"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.srtp and self.transport != "tls":
            msg = 'srtp: its keys would travel in the clear; write transport = "tls" too'
            raise ValueError(msg)
        if self.registration is not None and self.auth is not None:
            msg = "auth: the registration's account answers on calls too; leave one of the two out"
            raise ValueError(msg)
        if not self.match and self.registration is None and not self.sources:
            msg = "match: a host name does not say whose calls these are; name the addresses the calls come from"
            raise ValueError(msg)
        if self.caller_id is not None and not self._is_own(self.caller_id):
            msg = f"caller_id: {self.caller_id} is none of this trunk's dids; providers refuse any other number"
            raise ValueError(msg)
        for one, other in combinations(self.dids, 2):
            if self.dids[one] != self.dids[other] and set(self.forms(one)) & set(self.forms(other)):
                msg = f"dids: {one} and {other} are one number, and lead to {self.dids[one]} and {self.dids[other]}"
                raise ValueError(msg)
        for did in self.priority:
            if did not in self.dids:
                msg = f"priority: {did} is none of this trunk's dids; write it as it stands there"
                raise ValueError(msg)
        return self

    @property
    def host(self) -> str:
        """The server without its port."""
        return _host(self.server)

    @property
    def credentials(self) -> Credentials | None:
        """The account for authentication at the provider."""
        return self.registration or self.auth

    @property
    def sources(self) -> tuple[str, ...]:
        """Addresses and networks its calls come from; empty when it is known by its registration alone."""
        if self.match or self.registration is not None:
            return self.match
        ends = (_host(end) for end in (self.server, self.outbound_proxy) if end)
        return tuple(dict.fromkeys(host for host in ends if _is_address(host)))

    @property
    def contact_user(self) -> str:
        """The user part of the Contact that we register: a call to the account itself is one to this number."""
        return next(iter(self.dids))

    @property
    def did_headers(self) -> tuple[str, ...]:
        """SIP headers in which the number dialled may stand, the first of them first."""
        if self.did_from is not None:
            return _DID_HEADERS[self.did_from]
        return ("P-Called-Party-ID", "To") if self.registration is not None and not self.match else ()

    @property
    def area_code(self) -> str:
        """STD code without its 0; empty when it is not known."""
        if self.area is not None:
            return self.area.removeprefix("0")
        codes = {area_code(did) for did in self.dids} - {""}
        return codes.pop() if len(codes) == 1 else ""

    def forms(self, did: str) -> tuple[str, ...]:
        """Every form in which a network may deliver a number of ``dids``, the one written there first."""
        return did_forms(did, self.area_code)

    @property
    def shown(self) -> str:
        """The number shown to those we call through it."""
        return self.caller_id or next(iter(self.dids))

    def ordinary(self, kept_percent: int) -> int:
        """Channels for callers without priority: where legs go out, some are kept for these."""
        return self.channels - (self.channels * kept_percent // 100 if self.dials else 0)

    def dialled(self, number: str) -> str | None:
        """How a service or an Indian number is dialled here; None when it cannot be.

        Args:
            number: ``104``, or a number in any form that callers' numbers come in.
        """
        known = normalise(number)
        return self.service(number) or (self.prefix + known.national if known.callable else None)

    def service(self, name: str) -> str | None:
        """The number a service is dialled by here; None when it is not, or the name is none of a service."""
        return {str(service): dialled for service, dialled in self.dials.items()}.get(name)

    def _is_own(self, number: str) -> bool:
        own = normalise(number).e164
        return number in self.dids or (own is not None and any(normalise(did).e164 == own for did in self.dids))


def _host(server: str) -> str:
    return server.rpartition(":")[0] if ":" in server else server


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class Trunks(_ConfigPart):
    """All trunks, in the order in which they are tried for outbound calls.

    Attributes:
        trunk: The trunks.
        tls: How SIP over TLS is taken, if it is.
    """

    trunk: tuple[Trunk, ...]
    tls: Tls | None = None

    @property
    def dids(self) -> dict[str, str]:
        """Helpline by number, of all trunks."""
        return {did: helpline for trunk in self.trunk for did, helpline in trunk.dids.items()}

    @property
    def all_forms(self) -> dict[str, str]:
        """Helpline by number, in every form in which a network delivers it."""
        forms = {
            form: helpline for trunk in self.trunk for did, helpline in trunk.dids.items() for form in trunk.forms(did)
        }
        return {**forms, **self.dids}

    def named(self, name: str) -> Trunk | None:
        """The trunk of that name, or None."""
        return next((trunk for trunk in self.trunk if trunk.name == name), None)


LOOPBACK: Final = Trunks(
    trunk=(
        Trunk(
            name="loopback",
            provider="this machine: tests and demo",
            server="127.0.1.181",
            channels=600,
            dids={"181": "181", "104": "104"},
            qualify_s=0,
        ),
    )
)
"""The trunk of a stack without trunks.toml: calls from 127.0.1.181."""
