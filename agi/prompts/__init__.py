"""Prompts: texts, speech synthesis, native formats and the shared cache."""
