"""What one writes in an afternoon: ask each feed, extract new articles, look for a word, print alerts.

Usage: naive.py STATE URLS WORD [always]. Prints the CPU seconds, imports aside. With `always` its requests are without
conditions, so that it parses each feed each time.
"""

import json
import re
import sys
import time
from pathlib import Path

import feedparser
import requests
import trafilatura

STATE, WORD = Path(sys.argv[1]), re.compile(rf"\b{sys.argv[3]}\b", re.IGNORECASE)
CONDITIONAL = sys.argv[4:] != ["always"]
begin = time.process_time()
known = json.loads(STATE.read_text(encoding="utf-8")) if STATE.exists() else {}
alerts = []
for url in Path(sys.argv[2]).read_text(encoding="utf-8").split():
    state = known.setdefault(url, {"etag": "", "seen": []})
    first = not state["etag"]
    headers = {"If-None-Match": state["etag"]} if CONDITIONAL else {}
    answer = requests.get(url, headers=headers, timeout=30)
    if answer.status_code == 304:
        continue
    state["etag"] = answer.headers.get("ETag", "")
    for entry in feedparser.parse(answer.content).entries:
        if entry.link in state["seen"]:
            continue
        state["seen"].append(entry.link)
        if first:
            continue
        page = requests.get(entry.link, timeout=30).text
        text = trafilatura.extract(page) or entry.get("summary", "")
        if WORD.search(entry.title) or WORD.search(text):
            alerts.append(f"{entry.title}\n{entry.link}")
STATE.write_text(json.dumps(known), encoding="utf-8")
print(time.process_time() - begin)
