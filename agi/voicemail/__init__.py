"""Messages of callers become tickets, and control rooms listen to theirs by telephone."""
