"""Admission: rate limits and blocked numbers, and priority callers when lines run short."""
