"""Articles from pages: text, zones, language. No I/O."""
