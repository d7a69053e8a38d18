"""Calls of two, three and more: put together, parted, handed on, while they go on."""
