"""The query language: grammar, tree, evaluation, and why a query did not match."""
