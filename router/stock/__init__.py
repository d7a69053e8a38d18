"""Stock reports of rooms, and detection of shortages."""
