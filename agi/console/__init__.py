"""What operators' consoles ask for beyond the parties of a call: tickets, call-backs, supervision, tasks."""
