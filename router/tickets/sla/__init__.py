"""Service levels: deadlines, escalation, and alerts for overdue tickets."""
