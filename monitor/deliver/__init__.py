"""Delivery: rows of the outbox become messages of a channel. docs/delivery.md says what is promised."""
