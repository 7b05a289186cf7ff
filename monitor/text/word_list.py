"""A sorted list of words that is searched where it lies, as in a mapped file: what is not touched takes no memory."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.mapped import START, Buffer


def make(words: Iterable[str]) -> bytes:
    """Return a list's data: a line for each word, none of which holds a line feed, in the order of their bytes."""
    return b"".join(word + b"\n" for word in sorted({word.encode() for word in words}))


class WordList:
    """The words that `make` wrote, in a buffer of `mapped.kept`."""

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer

    def __contains__(self, word: str) -> bool:
        """Return whether the list has the word, by halves: some twenty steps for 180,000 words."""
        wanted, buffer = word.encode(), self._buffer
        low, high = START, len(buffer)
        while low < high:
            middle = (low + high) // 2
            begin = buffer.rfind(b"\n", low, middle) + 1 or low
            end = buffer.find(b"\n", middle, high)
            found = buffer[begin:end]
            if found == wanted:
                return True
            if found < wanted:
                low = end + 1
            else:
                high = begin
        return False
