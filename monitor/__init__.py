"""A news-feed monitoring daemon: poll, read, judge, deliver."""

__version__ = "0.1.0"
