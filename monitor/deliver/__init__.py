"""Delivery: rows of the outbox become messages of a channel. Its guarantees are in docs/delivery.md."""
