"""Speech models that an admin installs: fetched, unpacked, and which of them is in force."""
