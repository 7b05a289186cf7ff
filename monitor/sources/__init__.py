"""The kinds of source: requests to make, and parsers of their responses. No I/O."""
