"""Call control: attended and blind transfer, conference and recording of calls in progress."""
