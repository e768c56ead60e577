"""Studies whose pictures look alike or are nearly the same, from CSV files of any tool."""

from pathlib import Path
from typing import IO

import numpy as np

from core.adapters.tables import BadRow, Row, TableError, read_table
from sampling.duplicates import near_duplicates, shared_groups

HASH_DIGITS = 16


def read_clusters(source: Path | IO[bytes], *, name: str) -> dict[str, str]:
    """The cluster of every study of the file, by ``site/study_id`` or, without a site, ``study_id``.

    Raises TableError on a file or row that breaks the format, with its line.
    """
    found: dict[str, str] = {}
    for row in read_table(source, name=name, required=("study_id", "cluster"), optional=("site",)):
        if isinstance(row, BadRow):
            raise TableError(row.message)
        study = _study(row)
        if row.get("cluster"):
            found[study] = row.get("cluster")
    return found


def read_near_duplicates(source: Path | IO[bytes], *, name: str) -> dict[str, str]:
    """The group of nearly the same pictures of every study of a file ``study_id,cluster[,site]`` or
    ``study_id,image_hash[,site]``, by ``site/study_id`` or ``study_id``.

    ``image_hash`` is any 64-bit hash of the picture in 16 hexadecimal digits, a row per picture: studies whose hashes
    differ in at most four bits are one group. Raises TableError on a file or row that breaks the format, with its line.
    """
    groups: dict[str, str] = {}
    studies, hashes = [], []
    for row in read_table(source, name=name, required=("study_id",), optional=("cluster", "image_hash", "site")):
        if isinstance(row, BadRow):
            raise TableError(row.message)
        digest = row.get("image_hash")
        if digest:
            studies.append(_study(row))
            hashes.append(_hash(digest, row, name))
        elif row.get("cluster"):
            groups[_study(row)] = row.get("cluster")
    found = near_duplicates(np.array(hashes, dtype=np.uint64)).tolist() if hashes else []
    return {**groups, **shared_groups(studies, [f"hash {group}" for group in found])}


def _study(row: Row) -> str:
    return f"{row.get('site')}/{row.get('study_id')}" if row.get("site") else row.get("study_id")


def _hash(digest: str, row: Row, name: str) -> int:
    try:
        number = int(digest, 16)
    except ValueError:
        number = -1
    if len(digest) != HASH_DIGITS or number < 0:
        raise TableError(
            f"{name}, line {row.line}: image_hash is {digest!r}; it must be {HASH_DIGITS} hexadecimal digits (64 bits)."
        )
    return number
