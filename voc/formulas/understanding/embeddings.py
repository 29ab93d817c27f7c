"""Where a text stands among texts: WordLlama's vectors (MIT), read with numpy alone.

The package itself is not imported: it would cost every process 27 MB and set up logging. Its two files are read at the
first question, which only workers and commands ask.
"""

import os
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

# The tokenizer's own threads do not survive a worker's fork.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from tokenizers import Tokenizer

NAME = "wordllama-l2-256"
WIDTH = 256
LONGEST = 4000  # characters that are read; what follows hardly moves a mean
Vectors = NDArray[np.float32]


@cache
def _tables() -> tuple[Any, NDArray[np.float16]]:
    spec = find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise RuntimeError("wordllama is not installed; see requirements/base.in")
    folder = Path(spec.origin).parent
    tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    weights = load_file(str(folder / "weights" / "l2_supercat_256.safetensors"))
    return tokenizer, next(iter(weights.values())).astype(np.float16, copy=False)


def embed(texts: Sequence[str]) -> Vectors:
    """One unit vector per text (zeros for a text without a token)."""
    tokenizer, table = _tables()
    found = np.zeros((len(texts), WIDTH), dtype=np.float32)
    for row, text in enumerate(texts):
        ids = tokenizer.encode(text[:LONGEST], add_special_tokens=False).ids
        if ids:
            found[row] = table[ids].sum(axis=0, dtype=np.float32)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.maximum(lengths, 1e-9), dtype=np.float32)


def pack(vector: NDArray[Any]) -> bytes:
    """256 float16 in little-endian order, as the database keeps them."""
    return vector.astype("<f2").tobytes()


def unpack(rows: Sequence[bytes | memoryview]) -> Vectors:
    """What `pack` wrote, one row each, as unit vectors."""
    if not rows:
        return np.zeros((0, WIDTH), dtype=np.float32)
    found = np.stack([np.frombuffer(row, dtype="<f2") for row in rows]).astype(np.float32)
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9), dtype=np.float32)
