"""Talking with one caller: questions with the keys that work everywhere, and limits that end every call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from agi.ivr.prompt_names import NO_KEY, PLEASE_AGAIN, WRONG_KEY, Prompt
from agi.ivr.references import GREETING
from router.errors import WarroomError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from agi.destinations.resolver import DestinationResolver
    from agi.destinations.schema import Helpline, Purpose
    from agi.fastagi.notes import SessionNotes
    from agi.fastagi.session import RecordedSound
    from agi.ivr.room_calls import RoomLine
    from agi.ivr.state import CallState
    from recordings.answers.listener import Answer
    from recordings.answers.vocabulary import Question
    from recordings.spool import Spool
    from router.geo import Places
    from router.intake.service import IntakeService
    from router.tickets.service import TicketService

TRIES = 3  # a question, and twice again: a caller who has not answered then is helped better by an operator
MAX_REPEATS = 5  # of one question by `*`: more is a key that sticks or a child at the telephone
MAX_ASKS = 120  # a ticket takes eight to twenty; no call holds a line without end, whatever is pressed
KEY_WAIT_S = 5.0  # after a menu: time to look at the telephone and find the key
KEYING_WAIT_S = 8.0  # before each key of a code or a number: it is read from paper, or dictated

OPERATOR_KEY = "0"
REPEAT_KEY = "*"
YES = "1"
NO = "2"


class CallTransferredError(WarroomError):
    """A person takes the call over, or a message where there is no person."""

    why = ""


class OperatorRequestedError(CallTransferredError):
    """The caller pressed 0."""

    why = "The caller asked for a person."


class NoValidInputError(CallTransferredError):
    """The caller could not answer a question, or went round too often."""

    why = "The caller could not answer with keys."


class StepSession(Protocol):
    """The part of an `AgiSession` that steps use: a step plays only prompts declared as `Prompt`."""

    @property
    def language(self) -> str:
        """``hi`` or ``en``."""
        ...

    @property
    def hashed(self) -> bool:
        """Whether ``#`` ended the last answer."""
        ...

    @property
    def notes(self) -> SessionNotes:
        """Where what happens is written down."""
        ...

    async def answer(self) -> None:
        """Take the call."""

    async def play(self, names: Sequence[Prompt]) -> None:
        """Play prompts."""

    async def ask(
        self, names: Sequence[Prompt], *, digits: int = 1, wait_s: float = KEY_WAIT_S, secret: bool = False
    ) -> str:
        """Play prompts and take keys, which are written down unless they are secret."""
        ...

    async def ask_sound(self, path: Path, *, seconds: float) -> str:
        """Play a recording and take a key."""
        ...

    async def record(self, path: Path, *, seconds: float, silence_s: int = 0) -> RecordedSound:
        """Record the caller."""
        ...

    async def settled(self) -> None:
        """Wait until a recording is complete."""

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable."""

    async def set_language(self, language: str) -> None:
        """Speak another language from now on."""


class NoticesToTell(Protocol):
    """The notices to the public that are published: see `agi.notices.in_force.NoticesInForce`."""

    @property
    def by_district(self) -> bool:
        """Whether one of them is not for the whole state."""
        ...

    def to_tell(self, language: str, district: str | None, told: Container[str]) -> list[Prompt]:
        """Return what a caller is told now."""
        ...


class TextsToSpeak(Protocol):
    """Texts that are spoken when they are needed: see `agi.spoken_texts.texts.SpokenTexts`."""

    async def ready(self, texts: Sequence[str], language: str) -> list[Prompt | None]:
        """Return texts as prompts; None for each that has no sound, or none within two seconds."""
        ...

    def speak_soon(self, text: str, language: str) -> None:
        """Have a text spoken beforehand."""


class AnswerListening(Protocol):
    """Hears what callers answer: see `recordings.answers.listener.AnswerListener`.

    Attributes:
        folder: Where answers are recorded.
    """

    folder: Path

    def ready(self, question: Question, language: str) -> bool:
        """Whether an answer would be heard now."""
        ...

    async def hear(self, question: Question, language: str, path: Path) -> Answer | None:
        """Return what a recording says; None when it was not heard in time."""
        ...


class StepContext:
    """All that a step may use: the telephone, the ticket service, the places, and the state of the call.

    Attributes:
        session: The call's FastAGI session.
        desk: Finds and changes tickets.
        intake: Where tickets are opened.
        places: Districts, states, needs.
        call: The state of the call.
        spool: Takes recordings over once their ticket is committed.
        incoming: Where Asterisk records.
        helpline: The helpline that was called.
        now: The clock, UTC.
        notices: Those to the public; None: this conversation tells none.
        texts: Spoken when they are needed; only a citizen's call has them.
        answers: Hears what callers say in answer to a question; None: they answer by keys alone.
        rooms: The services of the rooms' own number; only a room's call has it.
    """

    def __init__(
        self,
        *,
        session: StepSession,
        desk: TicketService,
        intake: IntakeService,
        places: Places,
        call: CallState,
        spool: Spool,
        incoming: Path,
        helpline: Helpline,
        destinations: DestinationResolver,
        now: Callable[[], datetime],
        notices: NoticesToTell | None = None,
        texts: TextsToSpeak | None = None,
        answers: AnswerListening | None = None,
        rooms: RoomLine | None = None,
    ) -> None:
        self.session = session
        self.desk = desk
        self.intake = intake
        self.places = places
        self.call = call
        self.spool = spool
        self.incoming = incoming
        self.helpline = helpline
        self._destinations = destinations
        self.now = now
        self.notices = notices
        self._texts = texts
        self.answers = answers
        self._rooms = rooms

    @property
    def rooms(self) -> RoomLine:
        """The services of the rooms' own number. Raises LookupError in a citizen's call."""
        if self._rooms is None:
            msg = "a step for rooms in a conversation with a citizen"
            raise LookupError(msg)
        return self._rooms

    async def spoken(self, texts: Sequence[str]) -> list[Prompt | None]:
        """Texts as prompts for this caller; None for each that has no sound, or none within two seconds."""
        return await self._texts.ready(texts, self.session.language) if self._texts else [None] * len(texts)

    def speak_soon(self, texts: Iterable[str]) -> None:
        """Have texts spoken that this caller may hear later in the call."""
        if self._texts:
            for text in texts:
                self._texts.speak_soon(text, self.session.language)

    def names(self, templates: Sequence[str]) -> list[Prompt]:
        """Prompt names with `{greeting}` and `{other}` (the language not spoken now) filled in."""
        other = "english" if self.session.language == "hi" else "hindi"
        said: list[str] = []
        for name in templates:
            said += self.helpline.greeting if name == GREETING else [name.replace("{other}", other)]
        return [Prompt(name) for name in said]  # checked when the flow and the helplines were read

    def destinations(self, purpose: Purpose) -> tuple[str, ...]:
        """Who is tried for this caller now, one after the other; empty when there is nobody."""
        return self._destinations.of(self.helpline, purpose, self.call, self.session.language)

    async def keys(self, names: Sequence[Prompt], *, digits: int = 1, wait_s: float = KEY_WAIT_S) -> str:
        """Ask once and return the keys; `0` and `*` are seen to here.

        Returns:
            The keys without `#`; "" when none was pressed. A `*` remains in it only when the question was
            repeated too often.

        Raises:
            OperatorRequestedError: The caller pressed 0.
            NoValidInputError: The call has asked enough.
        """
        keys = ""
        for _ in range(1 + MAX_REPEATS):
            if self.call.asks >= MAX_ASKS:
                raise NoValidInputError
            self.call.asks += 1
            keys = await self.session.ask(names, digits=digits, wait_s=wait_s)
            self.call.pressed = self.call.pressed or bool(keys)
            if keys == OPERATOR_KEY:
                raise OperatorRequestedError
            if REPEAT_KEY not in keys:
                return keys
        return keys

    async def choose(self, names: Sequence[Prompt], keys: Collection[str], *, intro: Sequence[Prompt] = ()) -> str:
        """Ask for one of some keys; a wrong key or none is reported, and the question asked twice again.

        Args:
            names: The question.
            keys: The keys that are answers.
            intro: Prompts said before the question, the first time only.

        Raises:
            OperatorRequestedError: The caller pressed 0.
            NoValidInputError: None of the keys was pressed three times running.
        """
        before = list(intro)
        for _ in range(TRIES):
            key = await self.keys([*before, *names])
            if key in keys:
                return key
            before = [WRONG_KEY if key else NO_KEY, PLEASE_AGAIN]
        raise NoValidInputError

    async def confirm(self, names: Sequence[Prompt]) -> bool:
        """Ask a question with 1 for yes and 2 for no."""
        return await self.choose(names, (YES, NO)) == YES
