"""Near duplicates by hash, and studies that share a picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.duplicates import near_duplicates, shared_groups


@given(st.integers(0, 2**64 - 1), st.sets(st.integers(0, 63), max_size=4))
def test_pictures_up_to_four_bits_apart_are_one_group(base: int, bits: set[int]) -> None:
    other = base ^ sum(1 << bit for bit in bits)
    far = base ^ 0xFFFF_FFFF
    group = near_duplicates(np.array([base, other, far], dtype=np.uint64))
    assert group[0] == group[1] != group[2]


def test_five_bits_apart_are_two_groups_and_more_cannot_be_asked() -> None:
    assert len(set(near_duplicates(np.array([0, 31], dtype=np.uint64)).tolist())) == 2
    with pytest.raises(ValueError, match="up to 4 apart"):
        near_duplicates(np.array([0], dtype=np.uint64), 5)


def test_studies_that_share_a_picture_are_joined_through_chains() -> None:
    owners = ["a", "b", "b", "c", "d", "e"]
    digests = ["1", "1", "2", "2", "3", ""]
    assert shared_groups(owners, digests) == {"a": "a", "b": "a", "c": "a"}
    assert shared_groups([], []) == {}
