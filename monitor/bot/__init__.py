"""Telegram commands and buttons."""
