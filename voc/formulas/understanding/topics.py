"""Recurring topics among texts: dense groups of vectors, with the words that set them apart. Numpy alone."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voc.formulas.understanding.embeddings import Vectors

SMALLEST = 8  # texts in a topic
MARGIN = 0.18  # how much nearer than a usual neighbour texts of one topic stand
NEAREST_KEPT = 12
WORDS = 6
FEWEST_WORDS = 2  # one rare word alone draws texts together that say different things
COHESION = 0.42  # mean likeness to the centre below which a group is no topic
TELLING = 0.4  # share of a topic's texts that hold one of its three strongest words
BLOCK = 1024
WORD = re.compile(r"[^\W\d_][\w'’-]{2,}")
STOP_WORDS = """
the and for are was were with that this have has had not but you your our they them its from all can could would there
what when which who will about into than then also just been very much more most some any how why out get got one
der det den som for med til har ikke jeg kan man ved var vil skal fra når hvad hvor eller også meget mere være vores
jeres os
"""
STOP = frozenset(STOP_WORDS.split())


@dataclass(frozen=True, slots=True)
class Group:
    """One topic: the places of its texts, nearest to the centre first."""

    members: tuple[int, ...]
    centre: NDArray[np.float32]
    cohesion: float
    words: tuple[str, ...]


def find_topics(texts: Sequence[str], vectors: Vectors, *, smallest: int = SMALLEST) -> list[Group]:
    """Groups that stand closer than texts usually do and share telling words; [] for noise. Largest first.

    The common direction of all texts is taken out first. A text whose `smallest` nearest stand within reach is a seed;
    seeds within reach of each other are one group (as DBSCAN has it). Reach follows from the data: the usual likeness
    of a text to its nearest, plus MARGIN.
    """
    if len(texts) < smallest * 2:
        return []
    centred = vectors - vectors.mean(axis=0)
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    likeness, nearest = _nearest(centred, min(max(NEAREST_KEPT, smallest * 3), len(texts) - 1))
    reach = min(max(float(np.median(likeness[:, smallest - 2])) + MARGIN, COHESION), 0.8)
    seeds = likeness[:, smallest - 2] >= reach
    groups = _joined(seeds, likeness >= reach, nearest)
    found = [_group(members, texts, centred, vectors) for members in groups if len(members) >= smallest]
    return sorted((one for one in found if one is not None), key=lambda group: -len(group.members))


def _nearest(vectors: Vectors, count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Likeness and place of the `count` nearest of each, in blocks so that memory stays small."""
    likeness = np.empty((len(vectors), count), dtype=np.float32)
    nearest = np.empty((len(vectors), count), dtype=np.int64)
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK] @ vectors.T
        rows = np.arange(len(block))
        block[rows, rows + start] = -1
        part = np.argpartition(-block, count - 1, axis=1)[:, :count]
        order = np.argsort(-np.take_along_axis(block, part, axis=1), axis=1)
        nearest[start : start + BLOCK] = np.take_along_axis(part, order, axis=1)
        likeness[start : start + BLOCK] = np.take_along_axis(block, nearest[start : start + BLOCK], axis=1)
    return likeness, nearest


def _joined(seeds: NDArray[np.bool_], near: NDArray[np.bool_], nearest: NDArray[np.int64]) -> list[list[int]]:
    """Seeds that reach each other, with what else they reach."""
    taken = np.zeros(len(seeds), dtype=bool)
    groups: list[list[int]] = []
    for first in np.flatnonzero(seeds):
        if taken[first]:
            continue
        members, waiting = [int(first)], [int(first)]
        taken[first] = True
        while waiting:
            at = waiting.pop()
            if not seeds[at]:
                continue
            for other in nearest[at][near[at]].tolist():
                if not taken[other]:
                    taken[other] = True
                    members.append(other)
                    waiting.append(other)
        groups.append(members)
    return groups


def _group(members: list[int], texts: Sequence[str], centred: Vectors, vectors: Vectors) -> Group | None:
    centre = centred[members].mean(axis=0)
    centre /= max(float(np.linalg.norm(centre)), 1e-9)
    near = centred[members] @ centre
    cohesion = float(near.mean())
    words = telling_words([texts[at] for at in members], texts)
    holding = sum(any(word in texts[at].lower() for word in words[:3]) for at in members) / len(members)
    if cohesion < COHESION or len(words) < FEWEST_WORDS or holding < TELLING:
        return None
    order = np.argsort(-near)
    mean = vectors[members].mean(axis=0)
    return Group(tuple(members[at] for at in order), mean / max(float(np.linalg.norm(mean)), 1e-9), cohesion, words)


def words_in(text: str) -> set[str]:
    """What counts as a word: three letters and more, no stop words; pairs of characters in Chinese."""
    found = {word for word in WORD.findall(text.lower()) if word not in STOP and not re.search("[\u4e00-\u9fff]", word)}
    han = re.findall("[\u4e00-\u9fff]+", text)
    return found | {run[at : at + 2] for run in han for at in range(len(run) - 1)}


def telling_words(inside: Sequence[str], everything: Sequence[str]) -> tuple[str, ...]:
    """Words that set texts apart from all, by log-odds with a prior (Monroe et al. 2008), strongest first."""
    ours = Counter(word for text in inside for word in words_in(text))
    total = Counter(word for text in everything for word in words_in(text))
    n_ours, n_all = sum(ours.values()), sum(total.values())
    scored = []
    for word, count in ours.items():
        rest = total[word] - count
        prior = 0.5 + total[word] / max(n_all, 1) * 50
        odds = math.log((count + prior) / max(n_ours + 50 - count - prior, 1))
        odds -= math.log((rest + prior) / max(n_all - n_ours + 50 - rest - prior, 1))
        z = odds / math.sqrt(1 / (count + prior) + 1 / (rest + prior))
        if count >= max(3, 0.15 * len(inside)) and z > 2.0:
            scored.append((z, word))
    return tuple(word for _z, word in sorted(scored, reverse=True)[:WORDS])


def like_any(centre: NDArray[np.float32], others: Vectors, *, floor: float = 0.85) -> bool:
    """Was such a topic known before?"""
    return bool(len(others)) and bool(float((others @ centre).max()) >= floor)
