"""Time limits of a ticket: deadlines, escalation, and alerts for what is overdue."""
