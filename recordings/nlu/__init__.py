"""Language understanding: need, place, quantity, people and urgency in a text, each with its words and score."""

from recordings.nlu.entities import Entity, Understanding
from recordings.nlu.lexicon import Lexicon, LexiconError
from recordings.nlu.pipeline import understand
from recordings.nlu.slot_filling import fill_slots

__all__ = ["Entity", "Lexicon", "LexiconError", "Understanding", "fill_slots", "understand"]
