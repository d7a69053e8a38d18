"""What the dialogue says and how it reads single words: texts as data, questions, signed ids of buttons."""
