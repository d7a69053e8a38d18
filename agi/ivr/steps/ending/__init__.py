"""Steps that end a conversation: a person takes over, a message is left, or a good-bye is said."""
