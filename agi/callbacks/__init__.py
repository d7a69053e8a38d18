"""Calls that we place to citizens: confirmation calls, queue callbacks and callbacks for missed calls."""
