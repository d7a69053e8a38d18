"""The conversation with a caller: the flow file, its checks, and the steps that walk it."""
