"""What tables and statements say in one way for every database that the store may lie in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import SyntaxExtension
from sqlalchemy.sql.visitors import InternalTraversal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.sql.compiler import SQLCompiler

UNREAD: Final = "warroom_unread"
"""Execution option of a statement whose count of rows nobody reads."""

Change = TypeVar("Change", sa.Insert, sa.Update, sa.Delete)

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""Of a table that only grows; only an ``INTEGER`` key is SQLite's own row number."""


def partial_index(name: str, *columns: sa.Column[Any], where: sa.ColumnElement[bool]) -> sa.Index:
    """Make an index of those rows alone of which a condition is true."""
    return sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)


def unread(statement: Change) -> Change:
    """Say of an insert, update or delete that neither its new key nor its count of rows is read.

    Where each answer of the database costs time, that of such a statement is not waited for.
    """
    if isinstance(statement, sa.Insert):
        return statement.inline()
    return statement.execution_options(**{UNREAD: True})


def insert_or_skip(table: sa.Table, *key: sa.Column[Any]) -> sa.Insert:
    """Return an insert that leaves the row that is there as it is; ``rowcount`` says whether it was new.

    Args:
        table: Where to.
        key: The columns of a unique constraint; the primary key, if there are none.
    """
    insert = sa.insert(table).inline().ext(_OnConflict(table, key, ()))
    return insert.execution_options(preserve_rowcount=True)  # of an insert, not every driver keeps it by itself


def insert_or_replace(table: sa.Table) -> sa.Insert:
    """Return an insert that writes all its columns over the row with the same primary key."""
    names = [column.name for column in table.columns if not column.primary_key]
    given = sa.table("excluded", *(sa.column(name) for name in names))  # both databases call it so
    return insert_or_update(table, {name: given.c[name] for name in names})


def insert_or_update(table: sa.Table, change: Mapping[str, sa.ColumnElement[Any]]) -> sa.Insert:
    """Return an insert that changes the row with the same primary key in the place of adding one.

    Args:
        table: Where to.
        change: New values by column; the table's columns in them are those of the row that is there.
    """
    return sa.insert(table).inline().ext(_OnConflict(table, (), tuple(change.items())))


class _OnConflict(SyntaxExtension, sa.ClauseElement):
    """``ON CONFLICT``: not of the standard, and the same in SQLite and PostgreSQL."""

    __visit_name__ = "warroom_on_conflict"
    _traverse_internals = [  # noqa: RUF012  (SQLAlchemy reads it: the parts by which two of these are the same)
        ("key", InternalTraversal.dp_string_list),
        ("names", InternalTraversal.dp_string_list),
        ("values", InternalTraversal.dp_clauseelement_list),
    ]

    def __init__(
        self, table: sa.Table, key: tuple[sa.Column[Any], ...], change: tuple[tuple[str, sa.ColumnElement[Any]], ...]
    ) -> None:
        self.key = [column.name for column in key or table.primary_key]
        self.names = [name for name, _ in change]
        self.values = [value for _, value in change]

    def apply_to_insert(self, insert_stmt: sa.Insert) -> None:
        insert_stmt.apply_syntax_extension_point(lambda _: [self], "post_values")


@compiles(_OnConflict)
def _compile(element: _OnConflict, compiler: SQLCompiler, **_: Any) -> str:
    quote = compiler.preparer.quote
    key = ", ".join(map(quote, element.key))
    if not element.names:
        return f"ON CONFLICT ({key}) DO NOTHING"
    pairs = zip(element.names, element.values, strict=True)
    changes = ", ".join(f"{quote(name)} = {compiler.process(value, include_table=True)}" for name, value in pairs)
    return f"ON CONFLICT ({key}) DO UPDATE SET {changes}"
