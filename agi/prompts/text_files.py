"""Reads the files in ``texts/``: TOML that an admin can change."""

from __future__ import annotations

import tomllib
from importlib import resources

from agi.prompts.errors import TextsError


def read_texts(file: str) -> dict[str, str]:
    """Return the lines ``name = "text"`` of one file of ``agi/prompts/texts``.

    Raises:
        TextsError: It is missing, not TOML, or a text is not text or empty; the message says where.
    """
    try:
        content = resources.files("agi.prompts").joinpath("texts", file).read_text(encoding="utf-8")
        texts = tomllib.loads(content)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TextsError(f"agi/prompts/texts/{file}: {error}") from error
    for name, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise TextsError(
                f'agi/prompts/texts/{file}: {name!r}: expected a line like  goodbye = "Thank you."  with a text '
                "that is not empty"
            )
    return texts
