"""Schema of ``operators.toml``: operators, and the queues in which callers wait for them."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from agi.dialplan import OPERATOR_PREFIX
from agi.prompts.catalog import LANGUAGES

Language = Literal["hi", "en"]

GENERAL: Final = "general"
HEALTH: Final = "health"
DIVISION: Final = "division-"
"""Prefix of the skill of knowing a division's districts: ``division-bhopal``."""

Skill = Annotated[str, StringConstraints(pattern=r"^(general|health|division-[a-z]{2,20})$")]
# No hyphen: the name of a channel is PJSIP/operator-<id>-<number>, and whose it is must be plain.
OperatorId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,20}$")]
# What may stand in a quoted caller id of a .conf file.
Name = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r'^[^\x00-\x1f\x7f"<>;\\$]*$')]


class _ConfigPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class QueueRules(_ConfigPart):
    """How callers wait; one set of rules for all queues.

    Attributes:
        ring_s: How long one operator's telephone rings before the next one's does: four rings.
        retry_s: The pause before it does.
        max_wait_s: Longest a caller waits in one queue, seconds; then the next way, or a message.
        announce_s: How often a caller is told the place in the line. The wait to expect is told once, with the first
            place, to who is not next: once it is half a minute or more.
        wrap_up_s: What an operator has after each call to write it down.
        empty_s: How long nobody may be there who could answer before those who wait go the next way: a telephone that
            signs in anew, a cable put back, an operator who pauses by mistake are there again sooner.
        supervision_shown: Whether operators see on their consoles that a supervisor listens, whispers or has joined.
    """

    ring_s: Annotated[int, Field(ge=5, le=60)] = 20
    retry_s: Annotated[int, Field(ge=1, le=30)] = 2
    max_wait_s: Annotated[int, Field(ge=10, le=3600)] = 600
    announce_s: Annotated[int, Field(ge=15, le=600)] = 40
    wrap_up_s: Annotated[int, Field(ge=0, le=600)] = 15
    empty_s: Annotated[int, Field(ge=5, le=600)] = 20
    supervision_shown: bool = True


class Operator(_ConfigPart):
    """A person who answers calls, with the one telephone that registers under this account.

    Attributes:
        id: ``a-z0-9``; digits alone can be dialled by a supervisor on any telephone.
        name: For people, and shown to nobody outside.
        languages: Spoken, of ``hi`` and ``en``.
        skills: ``general``, ``health``, ``division-<name>``; with each language one queue.
        penalty: Operators with a lower one are rung first; 0 to 100.
        supervisor: Whether this telephone may listen to others' calls, whisper and join.
        telephone: ``sip``: a telephone or program of its own; ``browser``: the operator's console, by WebRTC.
        kind: ``telephone``: in our own network; ``softphone``: anywhere, behind routers that rewrite addresses.
        transport: ``any`` that it signs in by, or ``tls`` alone, with sound encrypted too.
        codecs: Offered, best first. A browser is offered A-law alone, as trunks speak it: nothing is transcoded.
    """

    id: OperatorId
    name: Name
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("hi",)
    skills: Annotated[tuple[Skill, ...], Field(min_length=1)] = (GENERAL,)
    penalty: Annotated[int, Field(ge=0, le=100)] = 0
    supervisor: bool = False
    telephone: Literal["sip", "browser"] = "sip"
    kind: Literal["telephone", "softphone"] = "telephone"
    transport: Literal["any", "tls"] = "any"
    codecs: Annotated[tuple[Literal["alaw", "ulaw", "g722"], ...], Field(min_length=1)] = ("alaw", "ulaw", "g722")

    @field_validator("languages", "skills", "codecs")
    @classmethod
    def _once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            msg = "something is there twice"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _fits_a_browser(self) -> Self:
        given = sorted({"kind", "transport", "codecs"} & self.model_fields_set)
        if self.telephone == "browser" and given:
            msg = f"{given[0]}: a telephone in the browser has none; leave it out"
            raise ValueError(msg)
        return self

    @property
    def in_browser(self) -> bool:
        """Whether the telephone is the operator's console."""
        return self.telephone == "browser"

    @property
    def endpoint(self) -> str:
        """The account's name in Asterisk and in CDR; the telephone registers with it."""
        return f"{OPERATOR_PREFIX}{self.id}"

    @property
    def interface(self) -> str:
        """The telephone as a queue dials it."""
        return f"PJSIP/{self.endpoint}"

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues this operator answers."""
        return tuple(queue_name(skill, language) for skill in self.skills for language in self.languages)


class Operators(_ConfigPart):
    """All operators and the queues' rules.

    Attributes:
        operator: The operators.
        queue: The rules.
    """

    operator: tuple[Operator, ...] = ()
    queue: QueueRules = QueueRules()

    @property
    def queues(self) -> tuple[str, ...]:
        """Every queue there is: those for anybody and for health always, in each language; others as skills name."""
        skills = dict.fromkeys((GENERAL, HEALTH, *sorted({one for each in self.operator for one in each.skills})))
        return tuple(queue_name(skill, language) for skill in skills for language in LANGUAGES)

    def named(self, operator_id: str) -> Operator | None:
        """The operator with this id, or None."""
        return next((one for one in self.operator if one.id == operator_id), None)


def queue_name(skill: str, language: str) -> str:
    """Return the queue's name: ``health-hi``."""
    return f"{skill}-{language}"
