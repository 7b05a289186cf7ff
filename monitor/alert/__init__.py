"""Alerts: the decision when one goes out, its content, and its rendering."""
