"""What a transcript says: need, place, quantity, people, urgency; each finding names its words and its score."""

from recordings.understanding.filling import fill
from recordings.understanding.findings import Finding, Understanding
from recordings.understanding.lexicon import Lexicon, LexiconError
from recordings.understanding.reading import understand

__all__ = ["Finding", "Lexicon", "LexiconError", "Understanding", "fill", "understand"]
