"""Outgoing HTTP: guarded, bounded, and throttled by host."""
