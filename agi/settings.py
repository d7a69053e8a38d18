"""Settings of calls: where Asterisk and our FastAGI server listen, who is rung. Trunks: `agi.trunks.schema`."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from router import phone_numbers

Port = Annotated[int, Field(ge=1, le=65535)]
ROOMS: Final = "rooms"
"""Where a district's control room hears its messages: what a number may lead to beside a helpline."""
MISSED: Final = "missed"
"""Where a call is not answered and its number is called back by 181: many cannot pay for a call."""
Did = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{2,15}$")]

PORTS_PER_CALL: Final = 4
"""A bridged call has two legs, each with one RTP and one RTCP port."""

FIRST_SOUND: Final = 10000
"""Where ports for sound begin, and how far they go, when an admin names only the other end."""
LAST_SOUND: Final = 14999
LOWEST_SOUND: Final = 1024
"""Asterisk takes no lower port for sound (res_rtp_asterisk, MINIMUM_RTP_PORT), and says nothing."""

MAX_DESTINATIONS: Final = 6
"""Ways the dialplan tries for danger to life: three services by two trunks; at 20 s each nobody waits for more."""

# What a technology/resource dial string needs, and nothing that ends an argument of Dial
# (comma, &), a line of a .conf file (semicolon, newline) or starts an expression ($).
DIAL_STRING: Final = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9@._:+/-]+")
"""Technology and resource."""

_LINE: Final = re.compile(r"181|104|warroom|rooms|missed|district-[a-z-]{1,40}")
_SERVICE: Final = re.compile(r"1[0-9]{2}")

SoundPort = Annotated[int, Field(ge=LOWEST_SOUND, le=65535)]


def _dial_string(value: str) -> str:
    if not DIAL_STRING.fullmatch(value):
        msg = f"{value!r} is no dial string; write it as technology/who, such as PJSIP/ambulance"
        raise ValueError(msg)
    return value


def _host(value: str) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        msg = f"{value!r} is no IP address to listen on; write one such as 127.0.0.1"
        raise ValueError(msg) from None
    return value


def _loopback(value: str) -> str:
    if not ipaddress.ip_address(value).is_loopback:
        msg = f"{value} can be reached from other machines; write an address of this one alone, such as 127.0.0.1"
        raise ValueError(msg)
    return value


def _line(value: str) -> str:
    if not _LINE.fullmatch(value):
        known = "'181', '104', 'warroom', 'rooms', 'missed' or one district's, 'district-bhopal'"
        msg = f"{value!r} is no helpline; write {known}"
        raise ValueError(msg)
    return value


def _destination(value: str) -> str:
    return value if _SERVICE.fullmatch(value) else _dial_string(value)


DestinationName = Annotated[str, AfterValidator(_destination)]
Host = Annotated[str, AfterValidator(_host)]
Loopback = Annotated[Host, AfterValidator(_loopback)]
"""Where Asterisk and the service speak to each other: on one machine, and nobody from outside."""
Line = Annotated[str, AfterValidator(_line)]
"""What a number leads to: a helpline, `ROOMS` or `MISSED`."""


def _spared(value: str) -> str:
    phone_numbers.dialled(value)  # a helpline's short code too
    return value


Spared = Annotated[str, AfterValidator(_spared)]
"""A telephone number as people write it."""


class CeilingSettings(BaseModel):
    """How many strangers are called at most because of a missed call, which anybody can send under any number.

    Citizens who have a ticket, or have pressed a key in a call, are no strangers: they are called first, and of these
    only ``number_day`` holds for them. While a ceiling keeps anybody waiting, the state room has the alert
    ``callbacks-flood``.

    Attributes:
        hour: Calls in an hour.
        day: Calls in 24 hours.
        trunk_hour: Calls in an hour for missed calls that came by the same trunk.
        block_hour: Calls in an hour to numbers that begin alike.
        block_digits: With how many of the ten digits: the networks get numbers by such blocks.
        waiting: Strangers who wait at once. One more is not called back, unless somebody has waited over an hour.
        number_day: Calls in 24 hours to one number, whoever it is and for whatever reason but danger to life.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hour: Annotated[int, Field(ge=0, le=10_000)] = 200
    day: Annotated[int, Field(ge=0, le=100_000)] = 1500
    trunk_hour: Annotated[int, Field(ge=0, le=10_000)] = 150
    block_hour: Annotated[int, Field(ge=0, le=10_000)] = 30
    block_digits: Annotated[int, Field(ge=1, le=9)] = 5
    waiting: Annotated[int, Field(ge=0, le=10_000)] = 1000
    number_day: Annotated[int, Field(ge=1, le=1000)] = 6


class CallbackSettings(BaseModel):
    """When and how citizens are called to hear whether help came.

    Attributes:
        trunk: Name of the trunk of ``trunks.toml`` that dials; empty: the first one.
        from_hour: First hour of the day, in India, in which somebody is called. Emergencies are called at any hour.
        until_hour: The hour from which nobody is called any more.
        tries: Calls without an answer after which the ticket is closed unconfirmed.
        pause_minutes: Between two of them.
        at_once: Calls at the same time; 0: nobody is called.
        reserve: Lines that are left to callers: citizens are called only while more than these are idle.
        ceilings: How many strangers are called at most.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trunk: Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9-]{0,30})?$")] = ""
    from_hour: Annotated[int, Field(ge=0, le=23)] = 9
    until_hour: Annotated[int, Field(ge=1, le=24)] = 20
    tries: Annotated[int, Field(ge=1, le=10)] = 3
    pause_minutes: Annotated[float, Field(gt=0, le=2880)] = 60.0
    at_once: Annotated[int, Field(ge=0, le=200)] = 5
    reserve: Annotated[int, Field(ge=0, le=5000)] = 50
    ceilings: CeilingSettings = CeilingSettings()

    @model_validator(mode="after")
    def _has_hours(self) -> Self:
        if self.from_hour >= self.until_hour:
            msg = f"from_hour {self.from_hour} is not before until_hour {self.until_hour}: nobody would ever be called"
            raise ValueError(msg)
        return self


class LimitSettings(BaseModel):
    """How often one number may call before it gets urgent help only.

    Attributes:
        calls: So many calls in the time; 0: no limit. Twenty in an hour is somebody who redials without end: a whole
            conversation takes two minutes, and a telephone that a village shares rings up a few times an hour.
        minutes: The time.
        spared: Numbers that are never limited: other helplines, a telephone that many share.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls: Annotated[int, Field(ge=0, le=1000)] = 20
    minutes: Annotated[float, Field(gt=0, le=1440)] = 60.0
    spared: tuple[Spared, ...] = ()


class ReserveSettings(BaseModel):
    """What is kept free when the house fills up; per cent, rounded down, so that a small line keeps nothing.

    Attributes:
        priority: Of ``max_calls``, for callers with priority: a number of ``priority`` in ``trunks.toml``, somebody
            who waits for urgent or medical help, or a caller of ``helplines``. Five are thirty lines of 600: more than
            call about the same illness at once.
        legs: Of the channels of a trunk that dials services, for callers who are put through by it (104, a control
            room, an ambulance): each of them is a second channel. One caller in ten is put through.
        helplines: Helplines whose callers have priority, up to the helpline's own limit: somebody is ill; or an
            officer hears his messages, and brings help to others.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    priority: Annotated[int, Field(ge=0, le=90)] = 5
    legs: Annotated[int, Field(ge=0, le=90)] = 10
    helplines: tuple[Line, ...] = ("104", ROOMS)


class CallRecordingSettings(BaseModel):
    """Recording of calls that are put through to somebody. The caller and who answers are told.

    How long a recording is kept: ``recordings.keep_days.conversation``.

    Attributes:
        on: Whether calls are recorded at all.
        basis: The law or order that allows it, as an inspector would ask for it; without it nothing is recorded.
        purpose: What callers are told it is for, the prompt ``recording-<purpose>``; used for nothing else.
        destinations: To whom a call must be put through to be recorded. What is said to a doctor is left out unless
            the order names it; danger to life is never kept waiting by an announcement.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: bool = False
    basis: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    purpose: Literal["help", "quality"] = "help"
    destinations: Annotated[tuple[Literal["queue", "room", "line-104", "line-181"], ...], Field(min_length=1)] = (
        "queue",
        "room",
    )

    @model_validator(mode="after")
    def _is_allowed(self) -> Self:
        if self.on and not self.basis:
            msg = "recording is on without a basis: write the law or order that allows it, or leave it off"
            raise ValueError(msg)
        return self


class CallSettings(BaseModel):
    """How calls come in and whom they can be put through to.

    Attributes:
        agi_host: Address our FastAGI server listens on; of this machine alone.
        agi_port: Port of the FastAGI server.
        ami_host: Address of Asterisk's manager interface; of this machine alone.
        ami_port: Port of Asterisk's manager interface.
        sip_bind: Address Asterisk takes SIP on.
        sip_port: UDP and TCP port of SIP.
        rtp_first: First UDP port for sound, an even one; without it and ``rtp_last`` the start takes a free range of
            this machine and stays with it (``warroom.services.rtp_ports``).
        rtp_last: Last UDP port for sound.
        http_port: Port of Asterisk's own HTTP server (metrics), on loopback.
        max_calls: Callers at once; one more is refused unanswered.
        max_by_helpline: Callers at once of single helplines: ``{ 104 = 150, district-bhopal = 20 }``; others: no limit.
        reserve: What is kept free for callers with priority and for legs out.
        emergency: Tried in this order for danger to life: services that the trunks dial (``108``), or dial strings.
        callbacks: When and how citizens are called.
        limit: How often one number may call.
        recording: Whether calls put through are recorded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    agi_host: Loopback = "127.0.0.1"
    agi_port: Port = 4573
    ami_host: Loopback = "127.0.0.1"
    ami_port: Port = 5038
    sip_bind: Host = "127.0.0.1"
    sip_port: Port = 5060
    rtp_first: SoundPort | None = None
    rtp_last: SoundPort | None = None
    http_port: Port = 8088
    max_calls: Annotated[int, Field(ge=1, le=5000)] = 600
    max_by_helpline: dict[Line, Annotated[int, Field(ge=1, le=5000)]] = {}
    reserve: ReserveSettings = ReserveSettings()
    emergency: Annotated[tuple[DestinationName, ...], Field(max_length=MAX_DESTINATIONS)] = ()
    callbacks: CallbackSettings = CallbackSettings()
    limit: LimitSettings = LimitSettings()
    recording: CallRecordingSettings = CallRecordingSettings()

    @property
    def ordinary(self) -> int:
        """Callers without priority at once."""
        return self.max_calls - self.max_calls * self.reserve.priority // 100

    @property
    def ports_needed(self) -> int:
        """UDP ports for the sound of all calls at once."""
        return PORTS_PER_CALL * self.max_calls

    @property
    def sound_named(self) -> tuple[int, int] | None:
        """First and last port for sound as an admin named them: whole pairs, of RTP (even) and RTCP (RFC 3550 11)."""
        if self.rtp_first is None and self.rtp_last is None:
            return None
        first, last = self.rtp_first or FIRST_SOUND, self.rtp_last or LAST_SOUND
        return first, last - 1 + last % 2

    @model_validator(mode="after")
    def _has_sound(self) -> Self:
        if self.sound_named is None:
            return self
        first, last = self.sound_named
        if first % 2:
            msg = f"rtp_first {first} is odd: sound takes an even port and the next (RFC 3550): write {first + 1}"
            raise ValueError(msg)
        if (ports := max(0, last - first + 1)) < self.ports_needed:
            msg = (
                f"rtp_first..rtp_last are {ports} ports, but {self.max_calls} calls need "
                f"{self.ports_needed}: raise rtp_last or lower max_calls"
            )
            raise ValueError(msg)
        return self
