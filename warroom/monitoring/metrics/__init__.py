"""Metrics for Prometheus: figures of each process, on a loopback port. docs/alerts.md lists their names."""
