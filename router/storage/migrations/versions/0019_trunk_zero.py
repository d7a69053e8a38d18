"""Numbers that were kept with a 0 after the country, +91 0…, as a room had written them: nobody was found by them."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_LIKE = "'+910__________'"  # ten digits after the 0, so that nothing else is meant
_RIGHT = "'+91' || substr(phone, 5)"


def upgrade() -> None:
    """Leave the 0 out."""
    op.execute(
        f"UPDATE tickets SET document = json_set(document, '$.phone', {_RIGHT}), phone = {_RIGHT} "  # noqa: S608
        f"WHERE phone LIKE {_LIKE}"
    )
