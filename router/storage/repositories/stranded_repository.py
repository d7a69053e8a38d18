"""The register of stranded people in the store."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from router.model.stranded_group import NOT_STRANDED, Direction, GroupCount, OfficersList, StrandedGroup
from router.storage.portable import insert_or_replace, insert_or_skip
from router.storage.schema import stranded_answers, stranded_groups, stranded_lists, stranded_tickets, tickets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from router.model.stranded_group import HelpState

_GROUP = [column for column in stranded_groups.columns if column.name != "listed"]
_LINK = insert_or_replace(stranded_tickets)
_ANSWER = insert_or_skip(stranded_answers)
_IN_ONE_QUERY = 500


class StrandedRepository:
    """Groups, their tickets, the lists of officers and their answers."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def of_ticket(self, number: str) -> StrandedGroup | None:
        """Return the group that a ticket belongs to."""
        join = stranded_tickets.c.group == stranded_groups.c.id
        return self._first(sa.select(*_GROUP).join(stranded_tickets, join).where(stranded_tickets.c.number == number))

    def of_phone(self, phone: str, direction: Direction) -> StrandedGroup | None:
        """Return the newest group of a telephone that is still stranded."""
        columns = stranded_groups.c
        query = sa.select(*_GROUP).where(
            columns.phone == phone, columns.direction == direction, columns.help.not_in(NOT_STRANDED)
        )
        return self._first(query.order_by(columns.id.desc()).limit(1))

    def by_id(self, group: int) -> StrandedGroup | None:
        """Return a group by its number."""
        return self._first(sa.select(*_GROUP).where(stranded_groups.c.id == group))

    def add(self, group: StrandedGroup) -> int:
        """Write a new group; return its number."""
        values = _values(group)
        del values["id"]
        done = self._connection.execute(sa.insert(stranded_groups).values(**values).returning(stranded_groups.c.id))
        return int(done.scalar_one())

    def update(self, group: StrandedGroup) -> None:
        """Write a group over the row with its number."""
        values = _values(group)
        self._connection.execute(
            sa.update(stranded_groups).where(stranded_groups.c.id == values.pop("id")).values(**values)
        )

    def link(self, number: str, group: int) -> None:
        """Say whose ticket it is; it is no other group's then."""
        self._connection.execute(_LINK, {"number": number, "group": group})

    def unlink(self, number: str) -> None:
        """Take a ticket from its group."""
        self._connection.execute(sa.delete(stranded_tickets).where(stranded_tickets.c.number == number))

    def stages_of(self, group: int) -> dict[str, tuple[str, str | None]]:
        """Return stage and telephone of each ticket of a group, by number, oldest first."""
        query = (
            sa.select(tickets.c.number, tickets.c.stage, tickets.c.phone)
            .join(stranded_tickets, stranded_tickets.c.number == tickets.c.number)
            .where(stranded_tickets.c.group == group)
            .order_by(tickets.c.id)
        )
        return {row.number: (row.stage, row.phone) for row in self._connection.execute(query)}

    def tickets_of(self, groups: Sequence[int]) -> dict[int, list[str]]:
        """Return the numbers of the tickets of some groups."""
        found: dict[int, list[str]] = {group: [] for group in groups}
        for start in range(0, len(groups), _IN_ONE_QUERY):
            query = sa.select(stranded_tickets).where(
                stranded_tickets.c.group.in_(groups[start : start + _IN_ONE_QUERY])
            )
            for row in self._connection.execute(query.order_by(stranded_tickets.c.number)):
                found[row.group].append(row.number)
        return found

    def list_groups(
        self,
        *,
        direction: Direction | None = None,
        state: str | None = None,
        home_district: str | None = None,
        help: HelpState | None = None,  # noqa: A002 - the column's name
        everyone: bool = False,
        limit: int | None = None,
    ) -> list[StrandedGroup]:
        """Return groups in the order of state and number; those stranded no more only when asked for."""
        columns = stranded_groups.c
        query = sa.select(*_GROUP).order_by(columns.direction.desc(), columns.state, columns.id).limit(limit)
        for column, wanted in (
            (columns.direction, direction),
            (columns.state, state),
            (columns.home_district, home_district),
            (columns.help, help),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        if not everyone and help is None:
            query = query.where(columns.help.not_in(NOT_STRANDED))
        return [_group(row) for row in self._connection.execute(query)]

    def counts(self) -> list[GroupCount]:
        """Count those who are still stranded, by direction, state, home district and state of help."""
        columns = stranded_groups.c
        by = (columns.direction, columns.state, columns.home_district, columns.help)
        people = sa.func.sum(sa.func.coalesce(columns.people, 1))
        query = (
            sa.select(*by, sa.func.count(), people).where(columns.help.not_in(NOT_STRANDED)).group_by(*by).order_by(*by)
        )
        found = self._connection.execute(query)
        return [GroupCount(row[0], row[1], row[2], row[3], row[4], int(row[5])) for row in found]

    def make_list(self, direction: Direction, state: str, made: str) -> tuple[OfficersList, list[StrandedGroup]] | None:
        """Make a list of what has changed since the state's last one; None when nothing has."""
        columns = stranded_groups.c
        news = sa.and_(columns.direction == direction, columns.state == state, columns.version > columns.listed)
        found = [_group(row) for row in self._connection.execute(sa.select(*_GROUP).where(news).order_by(columns.id))]
        if not found:
            return None
        number = len(self.lists(direction, state)) + 1
        for group in found:
            self._connection.execute(
                sa.update(stranded_groups).where(columns.id == group.id).values(listed=group.version)
            )
        groups = " ".join(str(group.id) for group in found)
        row = {"direction": direction, "state": state, "number": number, "made": made, "groups": groups}
        self._connection.execute(sa.insert(stranded_lists), row)
        return OfficersList(number, made, len(found)), found

    def keep_listed(self, group: int, version: int) -> None:
        """Count a group's newest version as listed, if this one was."""
        columns = stranded_groups.c
        which = sa.and_(columns.id == group, columns.listed == version)
        self._connection.execute(sa.update(stranded_groups).where(which).values(listed=columns.version))

    def lists(self, direction: Direction, state: str) -> list[OfficersList]:
        """Return the lists of a state, oldest first."""
        columns = stranded_lists.c
        query = sa.select(stranded_lists).where(columns.direction == direction, columns.state == state)
        rows = self._connection.execute(query.order_by(columns.number))
        return [OfficersList(row.number, row.made, len(row.groups.split())) for row in rows]

    def rows_of_list(self, direction: Direction, state: str, number: int) -> list[StrandedGroup] | None:
        """Return the groups of a list as they are now; None: there is no such list."""
        columns = stranded_lists.c
        query = sa.select(columns.groups).where(
            columns.direction == direction, columns.state == state, columns.number == number
        )
        groups = self._connection.execute(query).scalar()
        if groups is None:
            return None
        found = (self.by_id(int(group)) for group in groups.split())
        return [group for group in found if group is not None]

    def answered(self, digest: str) -> bool:
        """Tell whether an answer was taken before."""
        query = sa.select(stranded_answers.c.digest).where(stranded_answers.c.digest == digest)
        return self._connection.execute(query).first() is not None

    def add_answer(self, digest: str, group: int, taken: str) -> bool:
        """Note that an answer is taken; False: it was before."""
        row = {"digest": digest, "group": group, "taken": taken}
        return self._connection.execute(_ANSWER, row).rowcount == 1

    def _first(self, query: sa.Select[Any]) -> StrandedGroup | None:
        row = self._connection.execute(query).first()
        return None if row is None else _group(row)


def _group(row: sa.Row[Any]) -> StrandedGroup:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's own name for it
    return replace(StrandedGroup(**values), wants=tuple(values["wants"].split()))


def _values(group: StrandedGroup) -> dict[str, Any]:
    return asdict(group) | {"wants": " ".join(group.wants)}
