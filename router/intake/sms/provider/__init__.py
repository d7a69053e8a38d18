"""The provider as ``sms.toml`` describes it: what is sent to it, and how its answers and messages are read."""
