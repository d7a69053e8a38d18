"""The helplines: how each greets, when its people answer, and who is tried one after the other."""
