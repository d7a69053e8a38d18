"""Texts that are not known when the prompts are built: made fit for a voice, spoken in a process of their own, kept."""
