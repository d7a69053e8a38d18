"""Conditions of this node that raise an alert while they hold."""
