"""A list of requests as an office keeps it: a table with a line for each."""

from router.intake.csv_list.reader import COLUMNS, BadLine, read_requests

__all__ = ["COLUMNS", "BadLine", "read_requests"]
