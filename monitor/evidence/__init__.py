"""Evidence: what a page said, when, and whether it still does. Pure: chain, versions, records, packages, check."""
