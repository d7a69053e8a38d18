"""Our name of a message at the provider, which a delivery report may bring back."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from router.model.messaging.outgoing import OutgoingMessage

_FORM: Final = re.compile(r"([0-9]{1,18})-([0-9a-f]{12})")


def reference_of(message: OutgoingMessage) -> str:
    """Return the name: the row's id, with a digest of its key, so that a store begun anew takes no other's report."""
    return f"{message.id}-{_digest(message.key)}"


def row_of(reference: str) -> int | None:
    """Return the id in a reference, None when it is none."""
    found = _FORM.fullmatch(reference)
    return int(found[1]) if found else None


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:12]
