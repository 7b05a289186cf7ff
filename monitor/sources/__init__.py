"""The kinds of source: what to ask for, and how to read the answer. No I/O."""
