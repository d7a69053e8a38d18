"""The signs that Kokoro speaks (IPA as espeak-ng writes it for Hindi and English) as sounds of the model.

One table for all: the labels of Kokoro's speech and the pronunciations of the lexicon. The longest sign that fits is
taken; stress and length belong to the sound they stand at.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from recordings.model_building.errors import UnknownSoundError

_NASAL: Final = "\N{COMBINING TILDE}"
STRESS: Final = "ˈˌ"
LONG: Final = "ː"

_TABLE: Final = {
    # Vowels; Kokoro's own signs for diphthongs: I W A O Q Y.
    "ə": "@", "ᵊ": "@", "ɐ": "@", "ɚ": "@", "ɜ": "@", "ɜː": "@", "ʌ": "V", "aː": "a:", "ɑ": "a:", "ɑː": "a:",
    "ɪ": "I", "ᵻ": "I", "i": "i", "iː": "i:", "ʊ": "U", "u": "u:", "uː": "u:", "e": "e:", "eː": "e:", "A": "e:",
    "ɛ": "E:", "ɛː": "E:", "æ": "E:", "a": "E:", "o": "o:", "oː": "o:", "O": "o:", "Q": "o:", "ɔ": "O:", "ɔː": "O:",
    "ɒ": "O:", "Y": "O:", "I": "aI", "W": "aU",
    "ã": "a~", "ẽ": "e~", "ĩ": "i~", "ũ": "u~", "õ": "o~",
    "a" + _NASAL: "a~", "ʌ" + _NASAL: "a~", "ə" + _NASAL: "a~", "e" + _NASAL: "e~", "i" + _NASAL: "i~",
    "ɪ" + _NASAL: "i~", "u" + _NASAL: "u~", "ʊ" + _NASAL: "u~", "o" + _NASAL: "o~", "ɔ" + _NASAL: "O~",
    "ɛ" + _NASAL: "E~", "æ" + _NASAL: "E~",
    # Stops.
    "k": "k", "kʰ": "k#", "x": "k#", "q": "k", "ɡ": "g", "ɡʰ": "g#", "ɣ": "g", "c": "c", "cʰ": "c#", "ʧ": "c",
    "ʧʰ": "c#", "ɟ": "J", "ɟʰ": "J#", "ʤ": "J", "ʤʰ": "J#", "ʒ": "J", "ʈ": "t.", "ʈʰ": "t.#", "ɖ": "d.",
    "ɖʰ": "d.#", "t": "t", "tʰ": "t#", "θ": "t#", "d": "d", "dʰ": "d#", "ð": "d", "p": "p", "pʰ": "p#", "b": "b",
    "bʰ": "b#",
    # The rest.
    "n": "n", "ɲ": "n", "ŋ": "n", "ɳ": "n.", "m": "m", "j": "j", "ʲ": "j", "ɾ": "r", "r": "r", "ɹ": "r", "ɽ": "r.",
    "ɽʰ": "r.", "r\N{COMBINING VERTICAL LINE BELOW}": "r",
    "l": "l", "ɭ": "l", "ʋ": "v", "v": "v", "w": "v", "s": "s", "ʃ": "S", "ʂ": "S", "h": "H", "f": "f", "z": "z",
}  # fmt: skip
_LONGEST: Final = max(map(len, _TABLE))
_FRONT: Final = frozenset({"I", "i", "i:", "i~"})
_ONCE: Final = frozenset("t. t.# d. d.# c c# J J#".split())
"""Written twice, they are spoken once, only longer."""
_VOWELS: Final = frozenset("@ V a: I i i: U u: e: E: o: O: a~ i~ u~ e~ E~ o~ O~ aI aU".split())


class SpelledSound(NamedTuple):
    """A sound and the signs that spell it.

    Attributes:
        sound: One of `phones.SOUNDS`.
        first: Place of its first sign, a stress mark included.
        last: Place after its last sign; equal to `first` for the j that is spoken between i and a vowel, unspelled.
    """

    sound: str
    first: int
    last: int


def spelled_sounds(signs: str) -> list[SpelledSound]:
    """Return the sounds of one word.

    Raises:
        UnknownSoundError: If a sign is not in the table.
    """
    sounds: list[SpelledSound] = []
    place = first = 0
    while place < len(signs):
        if signs[place] in STRESS:
            place += 1
            continue
        sign = _sign_at(signs, place)
        sound = _TABLE[sign]
        if sound in _VOWELS and sounds and sounds[-1].sound in _FRONT:
            sounds.append(SpelledSound("j", first, first))
        elif sound in _ONCE and sounds and sounds[-1].sound == sound:
            sound, first, _ = sounds.pop()
        place += len(sign)
        while signs[place : place + 1] == LONG:
            place += 1
        sounds.append(SpelledSound(sound, first, place))
        first = place
    return sounds


def _sign_at(signs: str, place: int) -> str:
    for size in range(_LONGEST, 0, -1):
        if (sign := signs[place : place + size]) in _TABLE:
            return sign
    raise UnknownSoundError(f"{signs!r}: the sign {signs[place]!r} is not in the table of ipa.py")
