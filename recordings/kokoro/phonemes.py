"""A text as the signs that Kokoro speaks: IPA of espeak-ng, written as Kokoro was trained on it.

Source of the joins: `misaki.espeak`, by which the voice's training texts were made (Apache-2.0).
"""

from __future__ import annotations

import re
import subprocess
from typing import Final

from recordings.kokoro.errors import NoPhonemesError

ESPEAK_TIMEOUT_S: Final = 30.0
"""A sentence takes 10 ms; a machine full of calls may need long."""

_JOINS: Final = {
    "a^ɪ": "I", "a^ʊ": "W", "d^z": "ʣ", "d^ʒ": "ʤ", "e^ɪ": "A", "o^ʊ": "O", "ə^ʊ": "Q", "s^s": "S", "t^s": "ʦ",
    "t^ʃ": "ʧ", "ɔ^ɪ": "Y", "ə^l": "ᵊl",
}  # fmt: skip
"""Two signs that espeak-ng ties together, which are one of Kokoro's."""
_RESPELLED: Final = {"hi": {"r.": "ɽ"}, "en": {"e^ə": "ɛː", "r": "ɹ", "ɐ": "ə", "ɚ": "əɹ"}}
"""Language -> what else differs. espeak-ng writes the flap of Hindi with a full stop, which would be a pause."""
_LANGUAGE_SWITCH: Final = re.compile(r"\([\w^-]+\)")  # "(^e^n)" before a foreign word, tied like a sound
_MARK: Final = re.compile(r"([।.,?!;:—…]+)(?=\s|$)")  # not that in 10:30
_SPOKEN_MARKS: Final = {"।": "."}


def phonemes(text: str, voice: str) -> str:
    """Return a text as signs, its punctuation kept, because the voice pauses at it.

    Args:
        text: A sentence or several.
        voice: espeak-ng's name of the language: "hi", "en-gb".

    Raises:
        NoPhonemesError: espeak-ng is missing, does not know the language, or failed.
    """
    signs = []
    for piece in _MARK.split(text):
        if _MARK.fullmatch(piece):
            signs.append(_SPOKEN_MARKS.get(piece[0], piece[0]))
        elif piece.strip(" \n\"'()-–"):
            signs.append(" " + _signs(_ipa(piece, voice), voice))
    return "".join(signs).strip()


def _ipa(text: str, voice: str) -> str:
    """Return the IPA of a text without punctuation, as espeak-ng writes it."""
    try:
        spoken = subprocess.run(  # noqa: S603 - no shell, and the text comes by standard input
            ["espeak-ng", "-v", voice, "-q", "--ipa", "--tie=^", "--stdin"],  # noqa: S607 - wherever Debian puts it
            input=" ".join(text.split()), capture_output=True, text=True, encoding="utf-8", timeout=ESPEAK_TIMEOUT_S,
            check=True,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise NoPhonemesError("espeak-ng is not installed: apt-get install espeak-ng") from error
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise NoPhonemesError(f"espeak-ng gave no pronunciation of {text!r}: {error}") from error
    return _LANGUAGE_SWITCH.sub("", " ".join(spoken.stdout.split()))


def _signs(ipa: str, voice: str) -> str:
    """Return IPA with espeak-ng's ties in Kokoro's signs."""
    for tied, joined in {**_JOINS, **_RESPELLED.get(voice.partition("-")[0], {})}.items():
        ipa = ipa.replace(tied, joined)
    return ipa.replace("^", "").replace("-", "")
