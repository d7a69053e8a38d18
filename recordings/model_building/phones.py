"""The sounds that the model distinguishes, and the mapping of espeak-ng's Hindi and English sounds onto them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from recordings.model_building.errors import UnknownSoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

SILENCE: Final = "SIL"
SPOKEN: Final = tuple(
    (
        "@ V a: I i i: U u: e: E: o: O: a~ i~ u~ e~ E~ o~ O~ aI aU "
        "k k# g g# c c# J J# t. t.# d. d.# t t# d d# p p# b b# "
        "n n. m j r r. l v S s H f z"
    ).split()
)
SOUNDS: Final = (SILENCE, *SPOKEN)
SOUND_ID: Final = {name: place for place, name in enumerate(SOUNDS)}

# What is not named like one of ours: rare Hindi allophones, and English sounds by the nearest Hindi one, as a Hindi
# speaker says them. Two sounds share the time of one.
_SAME_AS: Final[dict[str, tuple[str, ...]]] = {
    "*": ("r",), "r-": ("r",), "l^": ("l",), "l.": ("l",), "n^": ("n",), "N": ("n",), "s.": ("S",), ";": ("j",),
    "h": ("H",),
    "@-": ("@",), "@2": ("@",), "@3": ("@",), "O": ("O:",), "E": ("E:",), "u": ("u:",), "o": ("o:",), "e": ("e:",),
    "U~": ("u~",), "I~": ("i~",), "V~": ("a~",), "@~": ("a~",),
    "a": ("E:",), "aa": ("a:",), "A:": ("a:",), "A@": ("a:",), "0": ("O:",), "O@": ("O:",), "3": ("@",), "3:": ("@",),
    "I2": ("I",), "oU": ("o:",), "eI": ("e:",), "@L": ("@", "l"), "dZ": ("J",), "tS": ("c",), "T": ("t#",),
    "D": ("d",), "w": ("v",), "Z": ("J",), "x": ("k#",), "q": ("k",), "Q": ("g",), "f#": ("f",),
}  # fmt: skip


def sounds_of(name: str) -> tuple[str, ...]:
    """Return our sounds for one espeak mnemonic; nothing for a change of language, silence for a pause.

    Raises:
        UnknownSoundError: If neither the sound nor a stand-in for it is known.
    """
    if name.startswith("("):
        return ()
    if name.startswith("_") or name in {"", "|", "?"}:
        return (SILENCE,)
    if name in SOUND_ID:
        return (name,)
    if name not in _SAME_AS:
        raise UnknownSoundError(f"espeak-ng's sound {name!r} is not in the table: add it to _SAME_AS in phones.py")
    return _SAME_AS[name]


class Phone(NamedTuple):
    """A sound at its place in a word, as Kaldi numbers them.

    Attributes:
        sound: Index in `SOUNDS`.
        place: Kaldi's name for the place: `nonword`, `begin`, `end`, `internal` or `singleton`.
    """

    sound: int
    place: str


PLACES: Final = ("begin", "end", "internal", "singleton")
PHONES: Final = (Phone(0, "nonword"), *(Phone(sound, place) for sound in range(1, len(SOUNDS)) for place in PLACES))
"""Phone number n is `PHONES[n - 1]`; number 1 is silence."""
SILENCE_PHONE: Final = 1
PHONE_ID: Final = {phone: number for number, phone in enumerate(PHONES, 1)}


def phones_of(pronunciation: Sequence[str]) -> tuple[int, ...]:
    """Return the phone numbers of a word's sounds."""
    ids = [SOUND_ID[sound] for sound in pronunciation]
    if len(ids) == 1:
        return (PHONE_ID[Phone(ids[0], "singleton")],)
    inner = [PHONE_ID[Phone(sound, "internal")] for sound in ids[1:-1]]
    return (PHONE_ID[Phone(ids[0], "begin")], *inner, PHONE_ID[Phone(ids[-1], "end")])
