"""Sound: spool, retention, transcription, language understanding, playback and speech models."""
