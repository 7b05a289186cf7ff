"""Watchlists: the query language, the catalogue of entities, and matching of articles against both."""
