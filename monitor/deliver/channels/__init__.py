"""Channel kinds: each module declares one as `KIND`, and `deliver/registry.py` lists them."""
