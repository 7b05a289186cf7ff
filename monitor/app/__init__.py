"""The composition root: configuration → adapters → pipeline. The only place that knows every room.

`daemon.py` is the daemon, `once.py` one round, `checks.py` single looks, `rules.py` the compiled watchlists, `build.py`
connects the rooms, `configuration.py` reads config.yaml with the registry of channel kinds. Nothing is imported here: a
command that only matches must not pay for Telegram and the database.
"""
