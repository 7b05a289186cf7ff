"""The composition root: configuration → adapters → pipeline. The only place that knows every room.

`daemon.py` is the daemon, `once.py` one round, `wiring.py` connects the components, `compile.py` compiles watchlists,
`preparation.py` does it beside polling and delivery, `configuration.py` reads config.yaml with the registry of channel
kinds, `probe.py` tries single sources and channels, `life.py` finds out whether a daemon runs. Nothing is imported
here, as a command that only matches must not pay for Telegram and the database; nothing but the log, which all of them
import, and which lets structlog load less when it comes first.
"""

import monitor.log  # noqa: F401
