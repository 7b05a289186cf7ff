"""The tables of py3langid's model, for some languages alone, and so small that a process can map them.

py3langid (BSD-3-Clause; Lui and Baldwin, 'langid.py', ACL 2012) counts n-grams of bytes by an automaton, and adds the
log-probabilities that each has in each language. Its file unpacks to 68 MB, by .6 s of CPU time; these are 13 MB:

- The automaton has 38,346 rows of 256 moves, of which blocks of 16 are alike in many: 55,779 different ones.
- Of the 142 columns of log-probabilities the candidates of a script have a table each, in which many n-grams have one
  row, as no text of these languages has them. They are half floats, which are whole numbers once multiplied by 512.

They are made of the installed package's file, which is read here: numpy takes 15 MB.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import lzma
import struct
import sys
import zipfile
from array import array
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from monitor.mapped import KEY, START, Buffer

BLOCK = 16
"""Moves of a block: each byte of a text is a block of a row and a place in it."""

SCALE = 512
"""By which a log-probability becomes a whole number."""

MOST = 8191
"""The greatest of these numbers: half a million of them add up in 32 bits."""

_VERSION = 2  # of what `make` returns
_HALF = "<f2"
_NUMBERS = {"<u2": "H", "<u4": "I", "<i4": "i", _HALF: "H", "<f4": "f"}
_LENGTH = struct.Struct("<Q")


def packed() -> Path:
    """Return the installed model's file. Raises ModuleNotFoundError without py3langid, which is not loaded."""
    found = find_spec("py3langid")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("py3langid is not installed", name="py3langid")
    return Path(found.origin).parent / "data" / "model.npz.xz"


def key(path: Path, candidates: Mapping[str, tuple[str, ...]]) -> bytes:
    """Return the digest of all that `make` makes its tables of, the order of this machine's bytes among it."""
    made_of = json.dumps([_VERSION, sys.byteorder, candidates]).encode()
    return hashlib.blake2b(made_of + path.read_bytes(), digest_size=KEY).digest()


def make(path: Path, candidates: Mapping[str, tuple[str, ...]]) -> bytes:
    """Return the tables of a model's file, as `opened` reads them.

    Raises ValueError where the model is not of the kind that is known.
    """
    with lzma.open(path) as file:
        model = _arrays(file.read())
    rows, blocks = _blocks(model.pop("nextmove"))
    weights, classes, priors = model.pop("ptc"), model["classes"], model["pc"]
    features = model["out_feat"]
    tables = {
        "states": array("I", (row * BLOCK for row in model["nextmove_row"])),
        "rows": rows,
        "blocks": blocks,
        "twins": _twins(features),
    }
    scripts = {}
    for script, codes in candidates.items():
        columns = [number for number, code in enumerate(classes) if code in codes]
        scripts[script] = {"codes": [classes[one] for one in columns], "priors": [priors[one] for one in columns]}
        index, tables[f"{script} weights"] = _weights(weights, columns, len(classes))
        # The last is of all zeros: numpy's -1, the feature of a state in which no n-gram ends, leads there.
        tables[f"{script} index"] = array("I", map(index.__getitem__, features))
    return _laid_out(tables, scripts)


def opened(buffer: Buffer) -> tuple[dict[str, memoryview], dict[str, dict[str, Any]]]:
    """Return the tables of a buffer by name, and codes and priors by script.

    - states: where each state's row of moves begins. rows: where each block of a row begins. blocks: the next states.
    - twins: pairs of states, of which the first counts as the second, as it is of the same n-gram.
    - SCRIPT weights: rows of numbers, a column for each code and an empty one where that is odd; SCRIPT index: the byte
      at which a state's row begins.
    """
    (length,) = _LENGTH.unpack_from(buffer, START)
    begin = START + _LENGTH.size
    directory = json.loads(buffer[begin : begin + length])
    whole = memoryview(buffer)[begin + length :]
    tables = {name: whole[at : at + size].cast(kind) for name, (kind, at, size) in directory["tables"].items()}
    return tables, directory["scripts"]


def _laid_out(tables: Mapping[str, array[Any]], scripts: Mapping[str, Any]) -> bytes:
    """Return the directory's length, the directory, and the tables, each of which begins at a multiple of eight."""
    places, pieces, end = {}, [], 0
    for name, table in tables.items():
        piece = table.tobytes()
        places[name] = (table.typecode, end, len(piece))
        pieces.append(piece + bytes(-len(piece) % 8))
        end += len(pieces[-1])
    directory = json.dumps({"tables": places, "scripts": scripts}).encode()
    directory += b" " * (-len(directory) % 8)
    return b"".join((_LENGTH.pack(len(directory)), directory, *pieces))


def _blocks(moves: array[int]) -> tuple[array[int], array[int]]:
    """Return where each block of each row of moves begins, and the moves of all different blocks."""
    data, size = moves.tobytes(), BLOCK * moves.itemsize
    known: dict[bytes, int] = {}
    rows = array("I", [known.setdefault(data[at : at + size], len(known) * BLOCK) for at in range(0, len(data), size)])
    return rows, array(moves.typecode, b"".join(known))


def _twins(features: Sequence[int]) -> array[int]:
    """Return pairs of states: one of a feature that an earlier one has, and that earlier one."""
    first: dict[int, int] = {}
    firsts = [first.setdefault(feature, state) for state, feature in enumerate(features)]
    pairs = [(state, one) for state, one in enumerate(firsts) if state != one and features[state] >= 0]
    return array("I", [state for pair in pairs for state in pair])


def _weights(weights: array[int], columns: Sequence[int], width: int) -> tuple[array[int], array[int]]:
    """Return where each feature's row begins, in bytes, and the different rows, of some columns of log-probabilities.

    `weights` are half floats as their bits. A row has an even number of columns, the last of which may be empty, and
    the least significant byte of a number first. There is one row more, of zeros. Raises ValueError where a number is
    too large.
    """
    even = len(columns) + len(columns) % 2
    narrow = array("H", bytes(2 * even * (len(weights) // width + 1)))
    for place, column in enumerate(columns):
        narrow[place:-even:even] = weights[column::width]
    data, size = narrow.tobytes(), 2 * even
    known: dict[bytes, int] = {}
    index = array("I", [known.setdefault(data[at : at + size], len(known) * size) for at in range(0, len(data), size)])
    halves = array("H", b"".join(known))
    whole = {bits: _whole(bits) for bits in set(halves)}
    rows = array("H")
    rows.frombytes(struct.pack(f"<{len(halves)}H", *map(whole.__getitem__, halves)))
    return index, rows


def _whole(bits: int) -> int:
    """Return the negative log-probability of a half float, as its bits, times `SCALE`. Raises ValueError."""
    value: float = struct.unpack("<e", struct.pack("<H", bits))[0]
    scaled = -value * SCALE
    if not 0 <= scaled <= MOST:
        raise ValueError(f"the language model has a log-probability of {value}; none below {-MOST / SCALE:g} is known")
    return round(scaled)


def _arrays(npz: bytes) -> dict[str, Any]:
    """Return the arrays of a file of numpy by name, and lists of texts. Raises ValueError."""
    with zipfile.ZipFile(io.BytesIO(npz)) as archive:
        return {name.removesuffix(".npy"): _array(archive.read(name)) for name in archive.namelist()}


def _array(npy: bytes) -> Any:
    """Return what an array of numpy holds, row by row (numpy's format 1.0: numpy.lib.format). Raises ValueError."""
    magic, size = npy[:8], int.from_bytes(npy[8:10], "little")
    if magic != b"\x93NUMPY\1\0":
        raise ValueError("the language model is in no format that is known")
    header = ast.literal_eval(npy[10 : 10 + size].decode())
    kind, data = header["descr"], npy[10 + size :]
    if kind.startswith("<U"):
        width = 4 * int(kind[2:])
        return [data[at : at + width].decode("utf-32-le").rstrip("\0") for at in range(0, len(data), width)]
    if kind not in _NUMBERS or header["fortran_order"]:
        raise ValueError(f"the language model has numbers of a kind that is not known: {kind}")
    return array(_NUMBERS[kind], data)
