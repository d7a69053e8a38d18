"""Reasons for which calls were rejected, and states of recordings, in the words that the program now writes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_CONTEXTS = {
    "refused-house": "rejected-system-full",
    "refused-trunk": "rejected-trunk-full",
    "refused-helpline": "rejected-helpline-full",
    "refused-guard": "rejected-overload",
    "refused-backstop": "rejected-maxcalls",
    "refused-loop": "rejected-loop",
    "refused-number": "rejected-unknown-number",
}
_STATES = {"listen": "untranscribed", "conversation": "call"}
_REASONS = {"missed": "missed", "refused": "rejected", "queue": "queue"}


def upgrade() -> None:
    """Rewrite the context of rejected calls, the reason of each callback and the state of each recording."""
    connection = op.get_bind()
    for old, new in _CONTEXTS.items():
        connection.execute(sa.text("UPDATE cdr SET context = :new WHERE context = :old"), {"old": old, "new": new})
        outcome = sa.text("UPDATE call_log SET outcome = :new, result = 'rejected' WHERE outcome = :old")
        connection.execute(outcome, {"old": old, "new": new})
    for old, new in _STATES.items():
        connection.execute(sa.text("UPDATE recordings SET state = :new WHERE state = :old"), {"old": old, "new": new})
    reason = sa.text("UPDATE jobs SET payload = replace(payload, :old, :new) WHERE kind = 'call'")
    for old, new in _REASONS.items():
        connection.execute(reason, {"old": f'"why": "{old}"', "new": f'"reason": "{new}"'})
