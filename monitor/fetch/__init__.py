"""The way out to the network: guarded, bounded, at each host's pace."""
