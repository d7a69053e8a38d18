"""The voice Kokoro-82M: signs of a text, styles of speakers, speech with the length of each sign."""
