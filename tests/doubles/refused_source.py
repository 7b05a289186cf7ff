"""The smallest configuration of a whole round: its only source refuses every connection."""

CONFIG = """\
sources: [{name: a, url: "http://127.0.0.1:9/feed"}]
watchlists: [{name: v, keywords: [rocket]}]
channels: {screen: {console: {}}}
storage: {url: "sqlite:///monitor.db"}
web: {listen: ""}
"""
ALL_FAILED = 75
"""The exit code of such a round."""
