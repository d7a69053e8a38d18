"""Commands about calls: trunks, operators, queues, live calls and their statistics."""
