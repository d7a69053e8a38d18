"""The examples of ``sms.toml`` as an admin would put them together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.config.paths import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Final[Path] = PROJECT / "deploy" / "sms"
PROVIDERS: Final = ("exotel", "gupshup", "msg91", "twilio")
FLOW: Final = "65f0a1b2c3d4e5f6"
"""What MSG91 calls each template in these files, with its DLT id behind it."""


def example(provider: str) -> str:
    """Return a provider's example with the texts below it, as TOML."""
    texts = (FOLDER / "templates.toml").read_text()
    if provider == "msg91":
        texts = re.sub(r'(dlt_id = "([0-9]+)")', rf'\1\nprovider_id = "{FLOW}-\2"', texts)
    return (FOLDER / f"{provider}.toml").read_text() + texts
