"""Rendering of alerts: one module a medium."""
