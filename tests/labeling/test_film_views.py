"""Which view a picture shows by what its header says; what a reader expects of each modality."""

import pytest

from labeling.film_views import FRONTAL, LATERAL, UNKNOWN, View, view_of

# A projection's ViewPosition and description, and what it shows.
FILMS = [
    ("PA", "", FRONTAL),
    ("AP", "", FRONTAL),
    ("ap portable", "", FRONTAL),
    ("LL", "", LATERAL),
    ("RL", "", LATERAL),
    ("LATERAL", "", LATERAL),
    ("", "Chest lateral", LATERAL),
    ("", "Chest LAT", LATERAL),
    ("", "Chest frontal", FRONTAL),
    ("", "CHEST AP/PORTABLE", FRONTAL),
    ("", "", UNKNOWN),
    ("OBLIQUE", "", UNKNOWN),
    # A position beats the description, which is of the whole series.
    ("LL", "CHEST PA AND LATERAL", LATERAL),
    ("PA", "CHEST PA AND LATERAL", FRONTAL),
    ("AP", "LEFT LATERAL DECUBITUS", FRONTAL),
    ("PA", "LATERAL", FRONTAL),
    ("LL", "CHEST FRONTAL", LATERAL),
    ("RAO", "CHEST LATERAL", UNKNOWN),
    # A description that names both views says nothing, and parts of words are no words.
    ("", "CHEST PA AND LATERAL", UNKNOWN),
    ("", "FRONTAL/LATERAL", UNKNOWN),
    ("", "BILATERAL RIBS", UNKNOWN),
    ("", "PANORAMIC", UNKNOWN),
    # How the patient lies is no view.
    ("", "LEFT LATERAL DECUBITUS", UNKNOWN),
    ("LLD", "", FRONTAL),
    # Words that are a view in ViewPosition alone.
    ("", "LL VENOGRAM", UNKNOWN),
]


@pytest.mark.parametrize("modality", ["", "CR", "DX", "RF", "RG", "XA", "OT"])
@pytest.mark.parametrize(("position", "description", "rank"), FILMS)
def test_the_view_of_a_film(modality, position, description, rank):
    name = {FRONTAL: "Frontal", UNKNOWN: "View", LATERAL: "Lateral"}[rank]
    assert view_of(modality, position, description) == View(rank, name, position)


@pytest.mark.parametrize("modality", ["CT", "MR", "PT", "NM", "US", "IVUS", "ES"])
@pytest.mark.parametrize(("position", "description"), [("AP", "EPI PE=AP"), ("LL", "AX T1 BILATERAL"), ("", "LATERAL")])
def test_other_pictures_have_no_view_whatever_is_written(modality, position, description):
    assert view_of(modality, position, description) == View(UNKNOWN, modality, description)


@pytest.mark.parametrize(
    ("position", "description", "side", "title"),
    [
        ("CC", "", "R", "Right CC"),
        ("MLO", "", "L", "Left MLO"),
        ("", "R CC", "", "Right CC"),
        ("", "LMLO", "", "Left MLO"),
        ("ML", "LEFT ML", "L", "Left ML"),
        ("MLO", "SCREENING R CC", "L", "Left MLO"),
        ("CC", "", "", "View CC"),
        ("", "MAMMOGRAM", "", "View"),
        ("", "BILATERAL CC AND MLO", "R", "Right"),
        ("CC", "", "B", "View CC"),
    ],
)
def test_a_mammogram_is_called_by_side_and_view(position, description, side, title):
    assert view_of("MG", position, description, side).title == title


def test_mammograms_hang_view_by_view_the_right_breast_left():
    order = [view_of("MG", position, "", side) for position in ("CC", "MLO", "ML") for side in "RL"]
    assert [one.title for one in sorted(order, key=lambda one: one.rank)] == [one.title for one in order]
    assert [one.rank for one in order] == sorted({one.rank for one in order})
    assert max(one.rank for one in order) < FRONTAL


def test_beside_a_mammogram_belongs_the_other_breast_and_beside_a_film_the_lateral_one():
    for position in ("CC", "MLO", "XCCL"):
        right, left = view_of("MG", position, "", "R"), view_of("MG", position, "", "L")
        assert (right.rank_beside, left.rank_beside) == (left.rank, right.rank)
    assert [view_of("DX", position, "").rank_beside for position in ("PA", "", "LL")] == [LATERAL] * 3
