"""The compiled terms of all watchlists, and one pass over an article's tokens."""
