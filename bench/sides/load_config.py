"""Reads a configuration; prints the CPU seconds, imports aside. Usage: load_config.py CONFIG."""

import sys
import time
from pathlib import Path

from monitor.app.configuration import load

begin = time.process_time()
load(Path(sys.argv[1]))
print(time.process_time() - begin)
