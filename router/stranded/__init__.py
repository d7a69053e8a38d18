"""The register of stranded people: our own in other states, and those of other states here."""
