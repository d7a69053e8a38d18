"""libpq's pipeline mode for the writer: statements go out one behind the other, and few answers are waited for.

A ticket is some fourteen statements. On a busy machine each answer costs a change of process and one of thread, far
more than the server's work: so only those are waited for whose rows or counts somebody reads
(`router.storage.portable.unread` says of which nobody does).
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy.sql.compiler import SQLCompiler

from router.storage.portable import UNREAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from sqlalchemy.engine.default import DefaultExecutionContext

logging.getLogger("psycopg").setLevel(logging.ERROR)  # warns of the remains of a failed statement in the pipeline


class WriterPipeline:
    """Pipeline mode of one connection at a time."""

    def __init__(self) -> None:
        self._connection: psycopg.Connection | None = None
        self._pipeline: psycopg.Pipeline | None = None

    @contextmanager
    def opened(self, connection: psycopg.Connection) -> Iterator[None]:
        """Send the statements of a connection through a pipeline; at the end, all of them have been answered."""
        self._connection = connection
        try:
            with connection.pipeline() as self._pipeline:
                yield
        finally:
            self._connection = self._pipeline = None

    def execute(self, cursor: psycopg.Cursor, statement: Any, given: Any, context: DefaultExecutionContext) -> bool:
        """Execute in the place of SQLAlchemy's dialect, as its event ``do_execute``."""
        cursor.execute(statement, given)
        if self._pipeline and cursor.connection is self._connection and _is_answer_read(context):
            self._pipeline.sync()
        return True  # it is done: the dialect has nothing to do


def _is_answer_read(context: DefaultExecutionContext) -> bool:
    compiled, options = context.compiled, context.execution_options
    if not isinstance(compiled, SQLCompiler) or compiled.effective_returning or options.get("preserve_rowcount"):
        return True
    return not (compiled.isinsert or options.get(UNREAD))
