"""What the state's screens show: figures by district, line, item and state, without any citizen's data."""
