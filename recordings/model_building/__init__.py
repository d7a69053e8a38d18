"""Makes a speech model for Vosk out of a list of words: `make model`.

A synthesiser speaks phrases of the list over a made-up telephone line, a small network learns the sounds, and network,
pronunciations and grammar are written as Vosk reads them. In the order of work: `vocabulary`, `voices`, `espeak`,
`phones`, `telephone`, `corpus`, `train`, `acoustic`, `graph`, `trials`, `report`.
What it is good for and what not: docs/speech-model.md.
"""
