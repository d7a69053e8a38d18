"""People who write by WhatsApp or SMS."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from router.model.job import WHATSAPP_MEDIA, media_of
from router.model.messaging.person import NAME_LIMIT, ChatPerson
from router.storage.repositories.job_repository import as_text
from router.storage.schema import chat_in, chat_people, jobs, messages_out, webhook_bodies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.model.messaging.person import ChatLanguage, Contact, MessageChannel

_c = chat_people.c
_FIND = sa.select(chat_people).where(_c.id == sa.bindparam("row"))
_BY_USER = sa.select(chat_people).where(
    _c.channel == sa.bindparam("way"), _c.account == sa.bindparam("at"), _c.user == sa.bindparam("who")
)
_BY_PHONE = sa.select(chat_people).where(
    _c.phone == sa.bindparam("number"), _c.channel == sa.bindparam("way"), _c.account == sa.bindparam("at")
)


class ChatPeopleRepository:
    """People who write to us: one row for each at each account, whatever their messages call them."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(self, person: int) -> ChatPerson | None:
        """Return a person; None when there is none with this id (any more)."""
        return _person(self._connection.execute(_FIND, {"row": person}).first())

    def by_phone(self, channel: MessageChannel, phone: str) -> ChatPerson | None:
        """Return who has this number (E.164), at the account to which they wrote last; None when nobody has."""
        query = sa.select(chat_people).where(_c.phone == phone, _c.channel == channel)
        return _person(self._connection.execute(query.order_by(_c.last_in.desc().nulls_last()).limit(1)).first())

    def by_user(self, channel: MessageChannel, account: str, user: str) -> ChatPerson | None:
        """Return whom the channel calls so at this account."""
        return _person(self._connection.execute(_BY_USER, {"way": channel, "at": account, "who": user}).first())

    def arrived(self, contact: Contact, sent: datetime | None = None) -> int:
        """Return the id of the person who sent a message, made if it is their first; learn what it says of them.

        A person whose messages first had only a number, then a user id, or the other way round, stays one person. A
        number that now belongs to another user id is taken from the one who had it.

        Args:
            contact: Who sent it.
            sent: When; None changes nothing about their 24-hour window.
        """
        known = self.by_user(contact.channel, contact.account, contact.user)
        if contact.phone is not None and (known is None or known.phone != contact.phone):
            known = self._with_number(contact, known)
        if known is None:
            known = self._insert(contact)
        changes: dict[str, object] = {}
        if known.user != contact.user and not _is_number(contact.user, contact.phone):
            changes["user"] = contact.user
        if contact.phone is not None and known.phone != contact.phone:
            changes["phone"] = contact.phone
        if contact.name and known.name != contact.name:
            changes["name"] = contact.name[:NAME_LIMIT]
        if sent is not None and (known.last_in is None or known.last_in < sent):
            changes["last_in"] = as_text(sent)
        if changes:
            self._update(known.id, changes)
        return known.id

    def _with_number(self, contact: Contact, known: ChatPerson | None) -> ChatPerson | None:
        """Find who has the number of a contact: the same person under another name, or its former owner."""
        place = {"way": contact.channel, "at": contact.account, "number": contact.phone}
        owner = _person(self._connection.execute(_BY_PHONE, place).first())
        if owner is None or (known is not None and owner.id == known.id):
            return known
        if _is_number(owner.user, owner.phone):  # written down before any user id was told
            return owner if known is None else self._merge(owner, known)
        if _is_number(contact.user, contact.phone):  # this message tells no user id
            return owner
        self._update(owner.id, {"phone": None})
        return known

    def moved(self, old: Contact, new: Contact) -> int | None:
        """Carry a person's record over to a new number or user id; return its id, None when nobody was known so.

        When a message of theirs under the new name came first, both records become one.
        """
        person = self.by_user(old.channel, old.account, old.user)
        if person is None and old.phone is not None:
            place = {"way": old.channel, "at": old.account, "number": old.phone}
            person = _person(self._connection.execute(_BY_PHONE, place).first())
        if person is None:
            return None
        there = self.by_user(new.channel, new.account, new.user)
        if there is not None and there.id != person.id:
            person = self._merge(person, there)
        changes: dict[str, object] = {"user": new.user}
        if new.phone is not None:
            self._connection.execute(
                sa.update(chat_people)
                .where(_c.phone == new.phone, _c.channel == new.channel, _c.account == new.account, _c.id != person.id)
                .values(phone=None)
            )
            changes["phone"] = new.phone
        self._update(person.id, changes)
        return person.id

    def _merge(self, old: ChatPerson, new: ChatPerson) -> ChatPerson:
        """Make one of two records of the same person, with the name of the second.

        The older row stays: what a person's tickets are found by has its number (`contact_of`).
        """
        kept, gone = sorted((old, new), key=lambda person: person.id)
        beginning = datetime.min.replace(tzinfo=UTC)
        former, latter = sorted((old, new), key=lambda person: person.last_in or beginning)
        for table in (chat_in, messages_out):
            self._connection.execute(sa.update(table).where(table.c.person == gone.id).values(person=kept.id))
        self._connection.execute(sa.delete(chat_people).where(_c.id == gone.id))
        changes = {
            "user": new.user,
            "phone": new.phone or old.phone,
            "name": latter.name or former.name,
            "dialogue": json.dumps(dict(latter.dialogue or former.dialogue), ensure_ascii=False),
            "stopped": old.stopped or new.stopped,
            "language": latter.language,
            "last_in": as_text(latter.last_in) if latter.last_in else None,
        }
        self._update(kept.id, changes)
        return self.find(kept.id) or kept

    def set_dialogue(
        self,
        person: int,
        dialogue: Mapping[str, object],
        *,
        language: ChatLanguage | None = None,
        phone: str | None = None,
        stopped: bool | None = None,
    ) -> bool:
        """Write the state of the dialogue with a person, and what it has learnt of them; False: they are gone.

        Args:
            person: Whom.
            dialogue: JSON.
            language: In which they are answered from now on; None: as before.
            phone: The number they told (E.164); None: as before.
            stopped: Whether they want to hear nothing more; None: as before.
        """
        changes: dict[str, object] = {"dialogue": json.dumps(dict(dialogue), ensure_ascii=False)}
        if language is not None:
            changes["language"] = language
        if phone is not None:
            changes["phone"] = phone
        if stopped is not None:
            changes["stopped"] = stopped
        return self._update(person, changes)

    def forget(self, phone: str) -> int:
        """Remove the people with a number (E.164), their messages, and messages to them; return how many people.

        With them go files still to be fetched of theirs, and bodies of webhooks in which the number stands: the id of a
        message holds its sender's number in another form, so that crossing out the digits would not be enough.
        """
        people = list(self._connection.execute(sa.select(_c.id).where(_c.phone == phone)).scalars())
        self._connection.execute(sa.delete(messages_out).where(messages_out.c.to == phone))
        bodies = webhook_bodies.c.body.contains(phone.removeprefix("+"), autoescape=True)
        self._connection.execute(sa.delete(webhook_bodies).where(bodies))
        for person in people:
            self.forget_person(person)
        return len(people)

    def forget_person(self, person: int) -> None:
        """Remove a person, their messages, files still to be fetched of theirs, and messages to them."""
        self._forget_files(person)
        self._connection.execute(sa.delete(messages_out).where(messages_out.c.person == person))
        self._connection.execute(sa.delete(chat_in).where(chat_in.c.person == person))
        self._connection.execute(sa.delete(chat_people).where(_c.id == person))

    def _forget_files(self, person: int) -> None:
        for wamid in self._connection.execute(
            sa.select(chat_in.c.provider_id).where(chat_in.c.person == person)
        ).scalars():
            begins = media_of(wamid)  # and ends with a slash, which "0" follows: a range, which the index finds
            mine = (jobs.c.kind == WHATSAPP_MEDIA, jobs.c.key > begins, jobs.c.key < f"{begins[:-1]}0")
            self._connection.execute(sa.delete(jobs).where(*mine))

    def forget_silent(self, before: datetime, count: int) -> int:
        """Remove people of whom no message is kept any more, and who wrote last before a moment; return how many."""
        gone = (
            sa.select(_c.id)
            .where(
                sa.or_(_c.last_in.is_(None), _c.last_in < as_text(before)),
                ~sa.exists().where(chat_in.c.person == _c.id),
                ~sa.exists().where(messages_out.c.person == _c.id),
            )
            .limit(count)
        )
        return self._connection.execute(sa.delete(chat_people).where(_c.id.in_(gone))).rowcount

    def count(self, channel: MessageChannel) -> int:
        """Return how many people are known."""
        return self._connection.execute(
            sa.select(sa.func.count()).select_from(chat_people).where(_c.channel == channel)
        ).scalar_one()

    def _insert(self, contact: Contact) -> ChatPerson:
        values = {
            "channel": contact.channel,
            "account": contact.account,
            "user": contact.user,
            "phone": contact.phone,
            "name": contact.name[:NAME_LIMIT],
            "language": "hi",
            "stopped": False,
            "dialogue": "{}",
        }
        row = self._connection.execute(sa.insert(chat_people).returning(_c.id), values).scalar_one()
        return ChatPerson(
            id=row,
            channel=contact.channel,
            account=contact.account,
            user=contact.user,
            phone=contact.phone,
            name=contact.name[:NAME_LIMIT],
        )

    def _update(self, person: int, changes: Mapping[str, object]) -> bool:
        query = sa.update(chat_people).where(_c.id == person).values(dict(changes))
        return self._connection.execute(query).rowcount == 1


def _is_number(user: str, phone: str | None) -> bool:
    """Whether a user is called by their number: ``wa_id`` has no plus sign, E.164 has one."""
    return phone is not None and user.removeprefix("+") == phone.removeprefix("+")


def _person(row: sa.Row[Any] | None) -> ChatPerson | None:
    if row is None:
        return None
    values: dict[str, Any] = {**row._mapping, "dialogue": json.loads(row.dialogue)}  # noqa: SLF001 - public by name
    return ChatPerson(**{**values, "last_in": datetime.fromisoformat(row.last_in) if row.last_in else None})
