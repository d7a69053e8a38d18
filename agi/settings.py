"""Settings of calls: where Asterisk and our FastAGI server listen, trunks, who is rung."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from agi import variables

Port = Annotated[int, Field(ge=1, le=65535)]
Helpline = Literal["181", "104", "warroom"]
Line = Literal["181", "104", "warroom", "rooms"]
"""What a number leads to: a helpline, or ``rooms``, where a district's control room hears its messages."""
Did = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{2,15}$")]

PORTS_PER_CALL: Final = 4
"""A bridged call has two legs, each with one RTP and one RTCP port."""

# What a technology/resource dial string needs, and nothing that ends an argument of Dial
# (comma, &), a line of a .conf file (semicolon, newline) or starts an expression ($).
_DIAL_STRING: Final = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9@._:+/-]+")


def _dial_string(value: str) -> str:
    if not _DIAL_STRING.fullmatch(value):
        msg = f"{value!r} is no dial string; write it as technology/who, such as PJSIP/operator-1"
        raise ValueError(msg)
    return value


def _address(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        msg = f"{value!r} is no IP address or network; write 192.0.2.10 or 192.0.2.0/28 (no host names)"
        raise ValueError(msg) from None
    return value


def _host(value: str) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        msg = f"{value!r} is no IP address to listen on; write one such as 127.0.0.1"
        raise ValueError(msg) from None
    return value


DialString = Annotated[str, AfterValidator(_dial_string)]
Address = Annotated[str, AfterValidator(_address)]
Host = Annotated[str, AfterValidator(_host)]


class TrunkSettings(BaseModel):
    """One line to the telephone network, known by the addresses its calls come from.

    Attributes:
        name: Name in the PJSIP configuration and in the books: ``a-z0-9-``.
        match: IP addresses or networks the trunk's calls come from; one is an address, for calls go there too.
        dids: Which number, as the trunk delivers it, is which helpline; or ``rooms``, for the rooms' voicemail.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    context: ClassVar[str] = variables.CONTEXT_TRUNK

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    match: Annotated[tuple[Address, ...], Field(min_length=1)]
    dids: Annotated[dict[Did, Line], Field(min_length=1)]

    @model_validator(mode="after")
    def _has_address(self) -> Self:
        if all("/" in match for match in self.match):
            msg = "match names only networks; name the provider's own address too, which calls to it go to"
            raise ValueError(msg)
        return self


class CallbackSettings(BaseModel):
    """When and how citizens are called to hear whether help came.

    Attributes:
        trunk: Name of the trunk that dials, here or in ``local/pjsip_wizard.conf``; empty: the first one.
        number: The number shown to the citizen, as the provider confirmed it; empty: the trunk's first number.
        prefix: What this trunk wants before the ten digits of an Indian number: ``0``, ``91``, ``+91`` or nothing.
        from_hour: First hour of the day, in India, in which somebody is called. Emergencies are called at any hour.
        until_hour: The hour from which nobody is called any more.
        tries: Calls without an answer after which the ticket is closed unconfirmed.
        pause_minutes: Between two of them.
        at_once: Calls at the same time; 0: nobody is called.
        reserve: Lines that are left to callers: citizens are called only while more than these are idle.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trunk: Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9-]{0,30})?$")] = ""
    number: Annotated[str, StringConstraints(pattern=r"^(\+?[0-9]{2,15})?$")] = ""
    prefix: Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{0,4}$")] = ""
    from_hour: Annotated[int, Field(ge=0, le=23)] = 9
    until_hour: Annotated[int, Field(ge=1, le=24)] = 20
    tries: Annotated[int, Field(ge=1, le=10)] = 3
    pause_minutes: Annotated[float, Field(gt=0, le=2880)] = 60.0
    at_once: Annotated[int, Field(ge=0, le=200)] = 5
    reserve: Annotated[int, Field(ge=0, le=5000)] = 50

    @model_validator(mode="after")
    def _has_hours(self) -> Self:
        if self.from_hour >= self.until_hour:
            msg = f"from_hour {self.from_hour} is not before until_hour {self.until_hour}: nobody would ever be called"
            raise ValueError(msg)
        return self


class CallSettings(BaseModel):
    """How calls come in and whom they can be put through to.

    Attributes:
        agi_host: Address our FastAGI server listens on.
        agi_port: Port of the FastAGI server.
        ami_host: Address of Asterisk's manager interface.
        ami_port: Port of Asterisk's manager interface.
        sip_bind: Address Asterisk takes SIP on.
        sip_port: UDP and TCP port of SIP.
        rtp_first: First UDP port for sound.
        rtp_last: Last UDP port for sound.
        http_port: Port of Asterisk's own HTTP server (metrics), on loopback.
        max_calls: Callers at once; one more is refused unanswered.
        operators: Dial strings rung together by key 0.
        emergency: Dial strings tried in this order for danger to life: 108, 112, 104.
        trunks: Lines to the telephone network.
        callbacks: When and how citizens are called.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    agi_host: Host = "127.0.0.1"
    agi_port: Port = 4573
    ami_host: Host = "127.0.0.1"
    ami_port: Port = 5038
    sip_bind: Host = "127.0.0.1"
    sip_port: Port = 5060
    rtp_first: Port = 10000
    rtp_last: Port = 14999
    http_port: Port = 8088
    max_calls: Annotated[int, Field(ge=1, le=5000)] = 600
    operators: tuple[DialString, ...] = ()
    emergency: Annotated[tuple[DialString, ...], Field(max_length=3)] = ()
    trunks: Annotated[tuple[TrunkSettings, ...], Field(min_length=1)] = (
        TrunkSettings(name="loopback", match=("127.0.1.181",), dids={"181": "181", "104": "104"}),
    )
    callbacks: CallbackSettings = CallbackSettings()

    @model_validator(mode="after")
    def _sound(self) -> Self:
        ports = self.rtp_last - self.rtp_first + 1
        if ports < PORTS_PER_CALL * self.max_calls:
            msg = (
                f"rtp_first..rtp_last are {ports} ports, but {self.max_calls} calls need "
                f"{PORTS_PER_CALL * self.max_calls}: raise rtp_last or lower max_calls"
            )
            raise ValueError(msg)
        names = [trunk.name for trunk in self.trunks]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            msg = f"two trunks are named {', '.join(twice)}: give each a name of its own"
            raise ValueError(msg)
        return self
