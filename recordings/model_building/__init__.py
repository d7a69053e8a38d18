"""Makes the speech models for Vosk out of a list of words: `make model`.

Two synthesisers speak phrases of the list and other words: Kokoro, whose voices come from people, and espeak-ng.
Over made-up telephone lines a small network learns the sounds, and network, pronunciations and grammar are written as
Vosk reads them. In the order of work: `vocabulary`, `texts`, `speakers`, `speech` (with `ipa`, `shards`), `alignment`,
`pieces`, `voices`, `espeak`, `phones`, `telephone`, `examples`, `human_corpus`, `corpus`, `train`, `acoustic`, `graph`,
`trials`, `report`.
What it is good for and what not: docs/speech-model.md.
"""
