"""Prompts: texts, speaking them, native formats, the shared cache."""
