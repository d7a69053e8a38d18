"""The prompts that come with the program, heard by a speech model: `python -m warroom.cli.speech.heard_back MODEL`.

A developer's, by `make voice-check`. Exit code 1 when a word is understood nowhere, 2 when it cannot be told.
"""

from __future__ import annotations

import sys
from pathlib import Path

from agi.ivr.menus import spoken_menus
from agi.prompts.catalog import catalogue
from agi.prompts.heard_back import LANGUAGE, hear_back, report, words_of
from agi.prompts.sound.tones import TONES
from router.errors import UserError
from router.geo import load_places
from warroom.cli.common import FAILED, console

CANNOT_TELL = 2


def main(model: Path) -> int:
    """Hear all Hindi prompts back, tell what is not understood; return the exit code."""
    texts = catalogue(load_places(), spoken_menus(), LANGUAGE)
    said = [(name, text) for name, text in texts.items() if name not in TONES and words_of(text)]
    try:
        heard = hear_back(said, model)
    except UserError as error:
        lines, code = [str(error)], CANNOT_TELL
    else:
        lines = list(report(heard))
        code = CANNOT_TELL if not heard.said else FAILED if heard.never() else 0
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
