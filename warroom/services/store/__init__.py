"""The store of a process: its component, and the checks before it is served."""
