"""The IVR: the flow file, its checks, and the engine that walks its steps."""
