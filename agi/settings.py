"""Settings of calls: addresses and ports, limits, callbacks, recording. Trunks: `agi.trunks.schema`."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from router import phone_numbers
from router.helpline import DISTRICT_PREFIX, HEALTH, SHORT_CODE, STATE_HELPLINES

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
"""Destinations tried for danger to life: three services by two trunks. At 20 s each, nobody waits for more."""

# What a technology/resource dial string needs, and nothing that ends an argument of Dial
# (comma, &), a line of a .conf file (semicolon, newline) or starts an expression ($).
DIAL_STRING: Final = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9@._:+/-]+")
"""Technology and resource."""

_LINE: Final = re.compile("|".join((*STATE_HELPLINES, ROOMS, MISSED, SHORT_CODE, f"{DISTRICT_PREFIX}[a-z-]{{1,22}}")))
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
        known = (
            "'181', '104', 'warroom', 'rooms', 'missed', one of your own, '1077', or a district's, 'district-bhopal'"
        )
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


def _exempt(value: str) -> str:
    phone_numbers.dialled(value)  # a helpline's short code too
    return value


ExemptNumber = Annotated[str, AfterValidator(_exempt)]
"""A telephone number as people write it."""


class StrangerLimitSettings(BaseModel):
    """Upper limits for callbacks to strangers after missed calls, which anybody can send under any number.

    Citizens who have a ticket, or have pressed a key in a call, are not strangers: they are called first, and only
    ``max_per_number_per_day`` applies to them. While a limit delays a callback, the state room has the alert
    ``callbacks-flood``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    max_per_hour: Annotated[int, Field(ge=0, le=10_000)] = 200
    """Calls per hour."""
    max_per_day: Annotated[int, Field(ge=0, le=100_000)] = 1500
    """Calls per 24 hours."""
    max_per_trunk_per_hour: Annotated[int, Field(ge=0, le=10_000)] = 150
    """Calls per hour for missed calls that came in by the same trunk."""
    max_per_block_per_hour: Annotated[int, Field(ge=0, le=10_000)] = 30
    """Calls per hour to numbers of the same block, that is, with the same first ``block_digits`` digits."""
    block_digits: Annotated[int, Field(ge=1, le=9)] = 5
    """Digits, of ten, that define a block: operators are allotted numbers in such blocks."""
    max_waiting: Annotated[int, Field(ge=0, le=10_000)] = 1000
    """Strangers waiting for a call at once. While the list is full, a new one gets no callback, unless somebody has
    waited for more than an hour."""
    max_per_number_per_day: Annotated[int, Field(ge=1, le=1000)] = 6
    """Calls per 24 hours to one number, whoever its owner is and whatever the reason. Danger to life is exempt."""


class CallbackSettings(BaseModel):
    """When and how citizens are called to ask whether help came."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    trunk: Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9-]{0,30})?$")] = ""
    """Name of the trunk in ``trunks.toml`` that dials; empty: the first one."""
    from_hour: Annotated[int, Field(ge=0, le=23)] = 9
    """First hour of the day (India) in which citizens are called. Emergencies are called at any hour."""
    until_hour: Annotated[int, Field(ge=1, le=24)] = 20
    """Hour of the day (India) from which nobody is called any more."""
    max_attempts: Annotated[int, Field(ge=1, le=10)] = 3
    """Unanswered calls after which the ticket is closed unconfirmed."""
    retry_interval_minutes: Annotated[float, Field(gt=0, le=2880)] = 60.0
    """Minutes between two attempts."""
    max_concurrent_calls: Annotated[int, Field(ge=0, le=200)] = 5
    """Calls placed at the same time; 0: nobody is called."""
    reserved_lines: Annotated[int, Field(ge=0, le=5000)] = 50
    """Lines kept free for incoming calls: citizens are called only while more lines than this are idle."""
    limits: StrangerLimitSettings = StrangerLimitSettings()
    """Upper limits for calls to strangers."""

    @model_validator(mode="after")
    def _has_hours(self) -> Self:
        if self.from_hour >= self.until_hour:
            msg = f"from_hour {self.from_hour} is not before until_hour {self.until_hour}: nobody would ever be called"
            raise ValueError(msg)
        return self


class RateLimitSettings(BaseModel):
    """How often one number may call before it gets urgent help only."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    max_calls: Annotated[int, Field(ge=0, le=1000)] = 20
    """Calls allowed within ``window_minutes``; 0: no limit. A conversation takes two minutes, and a telephone that a
    village shares calls a few times an hour; twenty calls in an hour is somebody redialling without end."""
    window_minutes: Annotated[float, Field(gt=0, le=1440)] = 60.0
    """Minutes over which calls are counted."""
    exempt: tuple[ExemptNumber, ...] = ()
    """Numbers that are never limited: other helplines, a telephone shared by many."""


class ReservedSettings(BaseModel):
    """Capacity kept free when lines run out; in per cent, rounded down, so that a small trunk keeps nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    priority_percent: Annotated[int, Field(ge=0, le=90)] = 5
    """Per cent of ``max_calls`` for callers with priority: numbers under ``priority`` in ``trunks.toml``, citizens
    who wait for urgent or medical help, and callers of ``priority_helplines``. Five per cent of 600 are thirty
    lines, more than callers about one illness use at the same time."""
    outbound_percent: Annotated[int, Field(ge=0, le=90)] = 10
    """Per cent of the channels of a trunk that dials out, for callers who are put through over it (104, a control
    room, an ambulance): each takes a second channel. About one caller in ten is put through."""
    priority_helplines: tuple[Line, ...] = (HEALTH, ROOMS)
    """Helplines whose callers have priority, up to the helpline's own limit: a caller of 104 is ill, and an officer
    who hears messages brings help to others."""


class CallRecordingSettings(BaseModel):
    """Recording of calls that are put through. Both the caller and whoever answers hear an announcement.

    Retention: ``recordings.retention_days.call``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    enabled: bool = False
    """Whether calls are recorded at all."""
    legal_basis: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    """The law or order that permits it, as an inspector would ask for it; without it nothing is recorded."""
    purpose: Literal["help", "quality"] = "help"
    """The purpose announced to callers, prompt ``recording-<purpose>``; recordings are used for nothing else."""
    destinations: Annotated[tuple[Literal["queue", "room", "line-104", "line-181"], ...], Field(min_length=1)] = (
        "queue",
        "room",
    )
    """Destinations whose calls are recorded. A call to a doctor is left out unless the order names it; a call about
    danger to life is never delayed by an announcement."""

    @model_validator(mode="after")
    def _is_allowed(self) -> Self:
        if self.enabled and not self.legal_basis:
            msg = "recording is enabled without a legal_basis: write the law or order that permits it, or disable it"
            raise ValueError(msg)
        return self


SpeechEngine = Literal["kokoro", "espeak-ng"]


class PromptVoices(BaseModel):
    """The voice of each language: ``kokoro`` sounds like a person, ``espeak-ng`` like a machine.

    Prompts that come with the program are there in Kokoro's voice. Other texts are spoken by it where it is installed
    (``warroom voice install``), else by espeak-ng.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    hi: SpeechEngine = "kokoro"
    """Voice of Hindi texts."""
    en: SpeechEngine = "kokoro"
    """Voice of English texts."""


class PromptSettings(BaseModel):
    """How prompts are made."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    voices: PromptVoices = PromptVoices()
    """Who speaks."""


class SpokenAnswerSettings(BaseModel):
    """Questions that callers answer by speaking.

    What was heard is said back, and holds only with the caller's yes. Who is not understood twice goes on by keys, and
    so does everybody while no process listens.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    district: bool = True
    """Whether callers who know no PIN or STD code are asked to say the name of their district or town, before the lists
    of names. It needs a model of ``recordings.models`` that can be narrowed while it runs."""
    need: bool = False
    """Whether callers are asked to say what they need before they hear the first menu. How often that goes wrong:
    docs/speech-model.md."""
    workers: Annotated[int, Field(ge=0, le=16)] = 0
    """Processes that listen, each with the models loaded; 0: one for each two cores, four at most."""
    limit_s: Annotated[float, Field(ge=0.1, le=3)] = 0.3
    """Seconds that an answer is waited for, in which its caller hears nothing; then the call goes on by keys. A model
    larger than the program's own may need more."""


class CallSettings(BaseModel):
    """How calls come in, and whom they can be put through to."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    agi_host: Loopback = "127.0.0.1"
    """Address the FastAGI server listens on; loopback only."""
    agi_port: Port = 4573
    """TCP port of the FastAGI server."""
    ami_host: Loopback = "127.0.0.1"
    """Address of Asterisk's manager interface (AMI); loopback only."""
    ami_port: Port = 5038
    """TCP port of AMI."""
    sip_bind: Host = "127.0.0.1"
    """Address on which Asterisk takes SIP."""
    sip_port: Port = 5060
    """UDP and TCP port of SIP."""
    rtp_first: SoundPort | None = None
    """First UDP port for RTP, an even one. Without it and ``rtp_last``, the first start chooses a free range and
    keeps it."""
    rtp_last: SoundPort | None = None
    """Last UDP port for RTP."""
    http_port: Port = 8088
    """TCP port of Asterisk's own HTTP server (metrics), on loopback."""
    max_calls: Annotated[int, Field(ge=1, le=5000)] = 600
    """Incoming calls at once; a further one is rejected unanswered."""
    max_by_helpline: dict[Line, Annotated[int, Field(ge=1, le=5000)]] = {}
    """Incoming calls at once of single helplines: ``{ 104 = 150, district-bhopal = 20 }``; others: no limit."""
    reserved: ReservedSettings = ReservedSettings()
    """Capacity kept free."""
    emergency: Annotated[tuple[DestinationName, ...], Field(max_length=MAX_DESTINATIONS)] = ()
    """Dialled in this order for danger to life: services that a trunk dials (``108``), or dial strings."""
    callbacks: CallbackSettings = CallbackSettings()
    """When and how citizens are called."""
    rate_limit: RateLimitSettings = RateLimitSettings()
    """How often one number may call."""
    recording: CallRecordingSettings = CallRecordingSettings()
    """Whether calls put through are recorded."""
    spoken_answers: SpokenAnswerSettings = SpokenAnswerSettings()
    """Whether callers may answer by speaking."""

    @property
    def ordinary(self) -> int:
        """Callers without priority at once."""
        return self.max_calls - self.max_calls * self.reserved.priority_percent // 100

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
