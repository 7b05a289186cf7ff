"""The composition root: configuration → adapters → pipeline. The only place that knows every room."""

from monitor.app.checks import probe, read_article
from monitor.app.daemon import Daemon, run
from monitor.app.once import once

__all__ = ["Daemon", "once", "probe", "read_article", "run"]
