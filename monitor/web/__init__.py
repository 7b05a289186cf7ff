"""The daemon's web server: health, readiness and metrics."""
