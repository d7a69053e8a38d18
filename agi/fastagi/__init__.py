"""A FastAGI server: request, commands and their responses, one task for each call."""
