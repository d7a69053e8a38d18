"""Retained messages of tickets, alerts, tasks and notices: their topics and their content."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from router.geo import STATE_ROOM
from router.model.messages import OutboxMessage, RetainedTopic
from router.model.notice import PublicNotice
from router.mqtt import topics
from router.mqtt.cloudevents import alert_event, notice_event, task_event, ticket_event

if TYPE_CHECKING:
    from router.model.notice import Notice
    from router.model.rooms.alert import AlertVersion
    from router.model.rooms.task import Part
    from router.model.ticket import Ticket


class RetainedMessages:
    """Builds them: a `router.model.messages.MessageBuilder`."""

    def of_ticket(self, ticket: Ticket, document: str) -> OutboxMessage | None:
        """Return the message of a ticket's present version."""
        if not ticket.is_open:
            return None
        own, *copies = self.topics_of_ticket(ticket)
        return OutboxMessage(own, ticket_event(ticket, document), tuple(copies))

    def topics_of_ticket(self, ticket: Ticket) -> tuple[RetainedTopic, ...]:
        """Return where a ticket lies."""
        if not ticket.is_open:
            return ()
        others = (copy.split("/", 1) for copy in ticket.copies)
        return (
            RetainedTopic(ticket.room, topics.ticket(ticket.room, ticket.desk, ticket.number)),
            *(RetainedTopic(room, topics.copy(room, desk, ticket.number)) for room, desk in others),
        )

    def of_alert(self, alert: AlertVersion) -> OutboxMessage:
        """Return the message of an active alert: its data has ``room`` and ``since`` before the rest."""
        head = json.dumps({"room": alert.room, "since": alert.since}, separators=(",", ":"))
        document = head if alert.document == "{}" else f"{head[:-1]},{alert.document[1:]}"
        payload = alert_event(alert.kind, alert.room, version=alert.version, time=alert.changed, document=document)
        return OutboxMessage(self.topic_of_alert(alert.kind, alert.room), payload)

    def topic_of_alert(self, kind: str, room: str) -> RetainedTopic:
        """Return where an alert lies."""
        return RetainedTopic(room, topics.alert(kind, room))

    def of_task_part(self, part: Part, document: str) -> OutboxMessage | None:
        """Return the message of a room's part of a task."""
        if not part.is_open:
            return None
        payload = task_event(part.id, part.room, version=part.version, time=part.updated, document=document)
        return OutboxMessage(self.topic_of_task_part(part), payload)

    def topic_of_task_part(self, part: Part) -> RetainedTopic:
        """Return where a room's part of a task lies."""
        return RetainedTopic(part.room, topics.task(part.room, part.id))

    def of_notice(self, notice: Notice) -> OutboxMessage:
        """Return the message of a published notice."""
        time = notice.published or notice.made
        shown = PublicNotice.model_validate(notice.model_dump() | {"version": notice.revision, "published": time})
        payload = notice_event(notice.id, version=notice.revision, time=time, document=shown.model_dump_json())
        return OutboxMessage(self.topic_of_notice(notice.id), payload)

    def topic_of_notice(self, notice_id: str) -> RetainedTopic:
        """Return where a notice lies while it is published: every room reads it, and the war room answers for it."""
        return RetainedTopic(STATE_ROOM, topics.notice(notice_id))
