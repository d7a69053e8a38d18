"""What an admin can mend."""

from __future__ import annotations


class UserError(Exception):
    """Base of all errors whose text says what is wrong, where, and what to do: a command ends with it, in one line."""
