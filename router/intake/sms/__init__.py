"""SMS: one provider by a map of names in ``sms.toml``, named DLT templates out, texts of citizens in."""
