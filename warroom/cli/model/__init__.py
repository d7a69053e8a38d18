"""Commands about the models that recordings are transcribed by."""
