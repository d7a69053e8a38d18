"""How many operators, lines and legs a day of calls needs."""
