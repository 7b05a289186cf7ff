"""Channel kinds: each module declares one as `KIND`, and `deliver/channels/registry.py` lists them."""
