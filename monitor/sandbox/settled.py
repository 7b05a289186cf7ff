"""The last preloading of the fork server: what it has loaded is compacted, and left alone by the collection of cycles.

Loading a model leaves memory free that glibc keeps, and each process forked from here would inherit it. A collection
in a child would write to all objects that the server made, and so copy their pages.
"""

from __future__ import annotations

import gc

from monitor import host

gc.collect()
host.trim_heap()
gc.freeze()
