"""Updates feeds with lemon24/reader; prints the CPU seconds, imports aside. Usage: reader_update.py DB URLS."""

import sys
import time
from pathlib import Path

from reader import make_reader

reader = make_reader(sys.argv[1])
for url in Path(sys.argv[2]).read_text(encoding="utf-8").split():
    reader.add_feed(url, exist_ok=True)
begin = time.process_time()
reader.update_feeds(workers=20, scheduled=False)
print(time.process_time() - begin)
