"""Whether a telephone has been on the line since a moment is found without reading the other calls."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("calls_by_phone", "calls", ["phone", "started"])
