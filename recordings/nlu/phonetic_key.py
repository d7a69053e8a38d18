"""Phonetic key: one spelling for words that sound alike, in Devanagari and in Latin letters.

Hindi is written in Latin letters as everybody likes (``rashan``, ``raashan``, ``raasan``), in Devanagari with or
without the dot below and with either sign for a nasal. Both come down to a sound key in plain Latin letters, so that
the lexicon names a word once.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SHORT_A = "A"  # until it is known whether it is spoken
_NUKTA, _VIRAMA, _NASAL = "़", "्", "ं"
_CONSONANTS = {
    "क": "k", "ख": "kh", "ग": "g", "घ": "gh", "ङ": "n", "च": "ch", "छ": "ch", "ज": "j", "झ": "jh", "ञ": "n",
    "ट": "t", "ठ": "th", "ड": "d", "ढ": "dh", "ण": "n", "त": "t", "थ": "th", "द": "d", "ध": "dh", "न": "n",
    "प": "p", "फ": "f", "ब": "b", "भ": "bh", "म": "m", "य": "y", "र": "r", "ल": "l", "ळ": "l", "व": "v",
    "श": "s", "ष": "s", "स": "s", "ह": "h",
}  # fmt: skip
_DOTTED = {"ड": "r", "ढ": "rh"}  # ड़ is written r in Latin letters, whatever its shape
_LETTER_VOWELS = {
    "अ": "a", "आ": "a", "इ": "i", "ई": "i", "उ": "u", "ऊ": "u", "ए": "e", "ऐ": "ai", "ओ": "o", "औ": "au",
    "ऋ": "ri", "ऑ": "o", "ऍ": "e",
}  # fmt: skip
_VOWEL_SIGNS = {
    "ा": "a", "ि": "i", "ी": "i", "ु": "u", "ू": "u", "े": "e", "ै": "ai", "ो": "o", "ौ": "au", "ृ": "ri",
    "ॉ": "o", "ॅ": "e",
}  # fmt: skip
_VOWELS = _LETTER_VOWELS | _VOWEL_SIGNS
_DROPPED = dict.fromkeys(map(ord, "\u200b\u200c\u200d\ufeffः"))
_DIGITS = {ord("०") + digit: str(digit) for digit in range(10)}
_NASAL_BEFORE_CONSONANT = re.compile("[ङञणनम]्(?=[क-ह])")
_LATIN = [
    (re.compile(pattern), to)
    for pattern, to in [
        ("aa+", "a"), ("ee+|ii+", "i"), ("oo+|uu+", "u"), ("w", "v"), ("ph", "f"), ("chh", "ch"), ("sh", "s"),
        ("z", "j"), ("q", "k"), ("x", "ks"), ("ck", "k"), ("c(?=[eiy])", "s"), ("c(?!h)", "k"), ("ou", "au"),
    ]
]  # fmt: skip
_BOTH = [
    (re.compile(pattern), to)
    for pattern, to in [("m(?=[pb])", "n"), ("(?<=i)y(?=[aeiou])", ""), ("ay(?![aeiou])", "ai"), (r"(.)\1+", r"\1")]
]


@lru_cache(maxsize=20_000)  # a state's helpline uses a few thousand words
def fold(word: str) -> str:
    """Return a word with one spelling for each letter: NFC, lower case, no nukta, one nasal sign, digits 0-9."""
    word = unicodedata.normalize("NFKC", word).lower().translate(_DROPPED).translate(_DIGITS)
    word = unicodedata.normalize("NFD", word).replace(_NUKTA, "").replace("ँ", _NASAL)
    return _NASAL_BEFORE_CONSONANT.sub(_NASAL, unicodedata.normalize("NFC", word))


@lru_cache(maxsize=20_000)
def phonetic_key(word: str) -> str:
    """Return the sound key of a word in either script; "" when it has no sound."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", word).lower().translate(_DROPPED))
    if any("\u0900" <= letter <= "\u097f" for letter in plain):
        key = _devanagari(plain.translate(_DIGITS).replace("ँ", _NASAL))
    else:
        key = "".join(letter for letter in plain if letter.isalnum())
        for pattern, to in _LATIN:
            key = pattern.sub(to, key)
    for pattern, to in _BOTH:
        key = pattern.sub(to, key)
    return key


def _devanagari(word: str) -> str:
    """Transliterate; the short a that is written but not spoken is left out: at the end, and between VC and CV."""
    sounds = [part for at, letter in enumerate(word) for part in _sounds_of(letter, word[at + 1 : at + 3])]
    if len(sounds) > 2 and sounds[-1] == _SHORT_A:  # noqa: PLR2004 - a lone consonant keeps its vowel
        sounds.pop()
    for at in range(len(sounds) - 3, 1, -1):
        before, after = sounds[at - 2 : at], sounds[at + 1 : at + 3]
        if sounds[at] == _SHORT_A and list(map(_is_vowel, before + after)) == [True, False, False, True]:
            sounds[at] = ""
    return "".join(sounds).replace(_SHORT_A, "a")


def _sounds_of(letter: str, following: str) -> list[str]:
    """The sounds of a letter, given the two letters behind it."""
    if letter in _CONSONANTS:
        dotted = following[:1] == _NUKTA
        spoken = _DOTTED.get(letter, _CONSONANTS[letter]) if dotted else _CONSONANTS[letter]
        after = following[1:] if dotted else following[:1]
        return [spoken] if after == _VIRAMA or after in _VOWEL_SIGNS else [spoken, _SHORT_A]
    if letter in _VOWELS:
        return [_VOWELS[letter]]
    if letter == _NASAL and following:
        return ["n"]
    return [letter] if letter.isalnum() else []


def _is_vowel(part: str) -> bool:
    return bool(part) and part[0] in "Aaeiou"
