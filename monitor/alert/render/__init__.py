"""What an alert looks like: one module a medium."""
