"""Who may post to the webhook: whoever signs the body with the secret of our app.

Meta signs the bytes that it sends (``X-Hub-Signature-256: sha256=<hex>``, HMAC-SHA256 with the app secret): JSON that
is read and written again has another signature.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from typing import Final

from router.settings_messaging import SIMULATOR

_SIGNATURE: Final = re.compile("sha256=([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class WebhookSecrets:
    """The secrets of the webhook. None of them is ever shown.

    Attributes:
        app: The app's secret, and while it is being changed the one before it; empty: WhatsApp is not set up.
        simulator: The simulator's; empty: none.
        verify: The word that Meta says when the address is set at the app; empty: no address can be set.
    """

    app: tuple[str, ...] = field(default=(), repr=False)
    simulator: str = field(default="", repr=False)
    verify: str = field(default="", repr=False)


def signature_in(header: str | None) -> bytes | None:
    """Return the signature of the header ``X-Hub-Signature-256``; None when it is missing or none."""
    found = _SIGNATURE.fullmatch(header or "")
    return bytes.fromhex(found[1]) if found else None


def accounts_signed(body: bytes, signature: bytes, secrets: WebhookSecrets, accounts: frozenset[str]) -> frozenset[str]:
    """Return the accounts of which this signature may speak; empty: it is no signature of ours.

    Every secret is compared in constant time, and all of them always: the time says nothing about which was near.

    Args:
        body: As it came.
        signature: Of the header.
        secrets: Ours.
        accounts: The ``phone_number_id`` that are set; the simulator's secret never speaks for them.
    """
    app = simulator = False
    for secret in secrets.app:
        app |= _is_signed(body, signature, secret)
    simulator = _is_signed(body, signature, secrets.simulator)
    return (accounts - {SIMULATOR} if app else frozenset()) | (frozenset((SIMULATOR,)) if simulator else frozenset())


def is_verified(said: str, secrets: WebhookSecrets) -> bool:
    """Whether this is the word that was agreed on with Meta."""
    return bool(secrets.verify) and hmac.compare_digest(said.encode(), secrets.verify.encode())


def _is_signed(body: bytes, signature: bytes, secret: str) -> bool:
    own = hmac.digest(secret.encode(), body, "sha256")
    return hmac.compare_digest(own, signature) and bool(secret)
