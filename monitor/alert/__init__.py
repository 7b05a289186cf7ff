"""Alerts: when to say what, and what it looks like."""
