"""Commands about tickets: requests of callers, their routing and their deadlines."""
