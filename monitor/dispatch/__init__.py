"""Execution of units of work, in this process."""
