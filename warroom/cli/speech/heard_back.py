"""The prompts that come with the program, heard by a speech model: `python -m warroom.cli.speech.heard_back MODEL`.

A developer's, by `make voice-check`. Exit code 1 when a Hindi word is understood nowhere, 2 when it cannot be told.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from agi.ivr.menus import spoken_menus
from agi.prompts.catalog import LANGUAGES, catalogue
from agi.prompts.heard_back import hear_back, report
from agi.prompts.sound.tones import TONES
from agi.prompts.sounding import pronunciations
from router.errors import UserError
from router.geo import load_places
from warroom.cli.common import FAILED, console

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agi.prompts.sounding import Said

CANNOT_TELL = 2


def prompts() -> list[tuple[str, str]]:
    """Return the name and text of every prompt that is spoken, each text once."""
    places, menus = load_places(), spoken_menus()
    texts: dict[str, str] = {}
    for language in LANGUAGES:
        for name, text in catalogue(places, menus, language).items():
            if name not in TONES:
                texts.setdefault(text, f"{language}/{name}")
    return [(name, text) for text, name in texts.items()]


def make_model(folder: Path, like: Path, said: Said) -> None:
    """Make a model that has the network of another, and the words of the prompts.

    Raises:
        UserError: It cannot be made; the message says why.
    """
    job = json.dumps({word: sorted(ways) for word, ways in said.items()})
    # a process of its own: vosk and kaldifst do not go together in one
    made = subprocess.run(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", "recordings.model_building", "words", str(like), "--out", str(folder)],
        input=job, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    if made.returncode:
        raise UserError(
            f"{like}: no model to hear the prompts with: {(made.stderr.strip() or 'no reason').splitlines()[-1]}"
        )


def main(model: Path) -> int:
    """Hear all prompts back, tell what is not understood; return the exit code."""
    texts = prompts()
    try:
        said = pronunciations(text for _, text in texts)
        with tempfile.TemporaryDirectory(prefix="warroom-heard-") as folder:
            make_model(Path(folder), model, said)
            heard = hear_back(texts, said, Path(folder))
    except UserError as error:
        _tell([str(error)])
        return CANNOT_TELL
    for language in LANGUAGES:
        _tell(report(heard, said, language))
    if heard.missing:
        _tell([f"{len(heard.missing)} prompts have no stored sound: make voice"])
        return CANNOT_TELL
    if not heard.never("hi"):
        return 0
    _tell(["listen to them; mend what is said wrongly in agi/prompts/texts/pronounced_hi.toml, then: make voice"])
    return FAILED


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
