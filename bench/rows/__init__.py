"""The rows of docs/performance.md, one module `rowNN_name.py` each, with its `ROW` (see `bench.frame.row`)."""
