"""Calls: FastAGI server, the conversation, prompts, the AMI link, live lines."""
