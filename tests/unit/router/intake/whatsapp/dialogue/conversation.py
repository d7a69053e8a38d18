"""A conversation played against the dialogue: the worker's part with tickets in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from recordings.nlu import Lexicon
from recordings.nlu.ticket_adapter import read_text
from router.geo import load_places
from router.intake.whatsapp.dialogue import Dialogue, Facts, Texts
from router.intake.whatsapp.dialogue.state import DialogueState, read_state
from router.model.messaging.incoming import IncomingMessage
from router.model.messaging.person import ChatPerson
from router.model.stages import Stage
from router.model.ticket import Ticket

if TYPE_CHECKING:
    from router.intake.base import Submission
    from router.intake.whatsapp.dialogue.step import Reply, Step

SECRET = b"buttons of a test"
BEGIN = datetime(2026, 4, 14, 6, 0, tzinfo=UTC)
places = cache(load_places)
PHONE = "+919826012345"


@cache
def dialogue() -> Dialogue:
    understand = partial(read_text, Lexicon.load(places()))
    return Dialogue(places(), Texts.load(), SECRET, understand)


def ticket_of(submission: Submission, number: str, now: datetime) -> Ticket:
    need = submission.need or "other"
    return Ticket(
        service_request_id=number,
        version=1,
        stage=Stage.ROUTED if submission.district else Stage.TRIAGE,
        priority=submission.priority or places().needs[need].priority,
        service_code=need,
        room=places().room_of(submission.district),
        desk="food",
        district=submission.district,
        state=submission.state,
        agency_responsible="Room",
        requested_datetime=now,
        updated_datetime=now,
        phone=submission.sender.e164,
        zipcode=submission.zipcode,
        address=submission.address,
        people=submission.people,
        description=submission.text,
        status_notes=submission.status_notes,
        channel="whatsapp",
        source_key=submission.source_key,
    )


@dataclass
class Conversation:
    """One person writes; tickets lie in a dictionary, by the submissions' keys."""

    phone: str | None = PHONE
    now: datetime = BEGIN
    count: int = 0
    tickets: dict[str, Ticket] = field(default_factory=dict)
    submissions: dict[str, Submission] = field(default_factory=dict)
    wakes: dict[str, tuple[datetime, dict[str, Any]]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    messages: dict[str, IncomingMessage] = field(default_factory=dict)
    of_ticket: dict[str, list[Reply]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.person = ChatPerson(id=7, channel="whatsapp", account="simulator", user="IN.123", phone=self.phone)

    def send(self, kind: str, content: dict[str, Any], *, provider_id: str = "", now: datetime | None = None) -> Step:
        self.count += 1
        self.now = now or self.now + timedelta(seconds=5)
        name = provider_id or f"wamid.{self.count}"
        message = IncomingMessage(provider_id=name, person=7, sent=self.now, kind=kind, content=content)
        self.messages[name] = message
        about = content.get(kind)
        original = self.messages.get(str(about.get("original_message_id"))) if isinstance(about, dict) else None
        facts = Facts(tickets=tuple(reversed(self.tickets.values())), original=original)
        step = dialogue().advance(self.person, message, facts, self.now)
        if step.submit is not None:
            key = step.submit.submission.source_key
            self.submissions.setdefault(key, step.submit.submission)
            number = f"10000{len(self.tickets):04}"
            ticket = self.tickets.setdefault(key, ticket_of(step.submit.submission, number, self.now))
            step = dialogue().submitted(self.person, step, ticket, self.now)
        self.commit(step)
        return step

    def _count(self, before: DialogueState, step: Step) -> None:
        """Count the replies of a step to the draft or ticket that it is about; news of other tickets to none."""
        after = read_state(step.state)
        free = after.answers - (before.answers if after.hour == before.hour else 0)
        own = step.replies[max(free, 0) :]
        if not own:
            return
        ends = after.ticket if after.ticket and after.ticket != before.ticket else None
        key = ends.draft if ends else after.draft.id if after.draft else "none"
        self.of_ticket.setdefault(key, []).extend(own)

    def commit(self, step: Step) -> None:
        before = read_state(self.person.dialogue)
        changes: dict[str, Any] = {"dialogue": step.state}
        if step.phone:
            changes["phone"] = step.phone
        if step.language:
            changes["language"] = step.language
        if step.stopped is not None:
            changes["stopped"] = step.stopped
        self.person = replace(self.person, **changes)
        self.steps.append(step)
        self.replies += step.replies
        self._count(before, step)
        if step.wake:
            self.wakes.setdefault(step.wake.provider_id, (step.wake.at, dict(step.wake.content)))

    def write(self, text: str) -> Step:
        return self.send("text", {"text": {"body": text}})

    def press(self, reply: Reply, number: int) -> Step:
        """Press a button, or a row of a list, of an earlier reply."""
        body = reply.body
        if body.kind == "buttons":
            button = body.buttons[number]
            pressed = {"type": "button_reply", "button_reply": {"id": button.id, "title": button.title}}
        else:
            assert body.kind == "list"
            row = body.rows[number]
            pressed = {"type": "list_reply", "list_reply": {"id": row.id, "title": row.title}}
        return self.send("interactive", {"interactive": pressed})

    def choose(self, reply: Reply, title: str) -> Step:
        """Press the button or row with a title."""
        shown = reply.body.buttons if reply.body.kind == "buttons" else reply.body.rows  # type: ignore[union-attr]
        return self.press(reply, [one.title for one in shown].index(title))

    def pause(self, time: timedelta) -> None:
        """Let time pass; what wakes the dialogue in it does."""
        until = self.now + time
        while due := sorted((at, name) for name, (at, _) in self.wakes.items() if at <= until):
            at, name = due[0]
            self.send("timeout", self.wakes.pop(name)[1], provider_id=name, now=max(at, self.now))
        self.now = until

    def most_of_a_ticket(self) -> int:
        """Return how many messages of ours the ticket with the most of them took."""
        return max((len(replies) for replies in self.of_ticket.values()), default=0)

    def wait(self) -> None:
        """Let time pass until nothing wakes us any more."""
        while self.wakes:
            name, (at, content) = self.wakes.popitem()
            self.send("timeout", content, provider_id=name, now=max(at, self.now))

    @property
    def last(self) -> Reply:
        return self.replies[-1]

    @property
    def only(self) -> Submission:
        (one,) = self.submissions.values()
        return one

    def texts(self) -> list[str]:
        return [reply.body.text for reply in self.replies]
