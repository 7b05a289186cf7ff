"""Indexes articles with tantivy and asks it queries. Usage: tantivy_index.py FOLDER < JSON lines.

First lines {"id", "words"}: one an article; then {"commit": true}; then {"query": [[word, ...], ...]} each, as OR
within a list and AND between lists. Prints {"bytes"}, and {"newest", "count", "found"} a query.
"""

import json
import sys
import time
from pathlib import Path

import tantivy

folder = Path(sys.argv[1])
builder = tantivy.SchemaBuilder()
builder.add_integer_field("ident", stored=True, indexed=True, fast=True)
builder.add_text_field("words", stored=False, tokenizer_name="whitespace", index_option="basic")
index = tantivy.Index(builder.build(), path=str(folder))
writer = index.writer(heap_size=128_000_000, num_threads=1)


def asked(lists: list[list[str]]) -> tantivy.Query:
    """Return a query: one word at least of each list."""
    one = tantivy.Occur
    parts = [
        (
            one.Must,
            tantivy.Query.boolean_query(
                [(one.Should, tantivy.Query.term_query(index.schema, "words", word)) for word in words]
            ),
        )
        for words in lists
    ]
    return tantivy.Query.boolean_query(parts)


for line in sys.stdin:
    row = json.loads(line)
    if "words" in row:
        document = tantivy.Document()
        document.add_integer("ident", row["id"])
        document.add_text("words", row["words"])
        writer.add_document(document)
    elif "commit" in row:
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        print(json.dumps({"bytes": sum(file.stat().st_size for file in folder.iterdir())}), flush=True)
    else:
        searcher, query = index.searcher(), asked(row["query"])
        begun = time.process_time()
        searcher.search(query, limit=20, order_by_field="ident")
        newest = time.process_time() - begun
        begun = time.process_time()
        count = searcher.search(query, limit=1, count=True).count
        print(
            json.dumps({"newest": newest * 1e3, "count": (time.process_time() - begun) * 1e3, "found": count}),
            flush=True,
        )
