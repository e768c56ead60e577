"""Names for the world outside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import UID

from cases.pseudonyms import Kind, Pseudonyms

NAMES = Pseudonyms(b"a key")
KINDS = st.sampled_from(list(Kind))
ROWS = st.integers(1, 2**63 - 1)


@given(KINDS, ROWS)
def test_a_name_leads_back_to_its_row_and_to_no_other_kind(kind, pk):
    uid, patient = NAMES.uid_of(kind, pk), NAMES.patient_id(kind, pk)

    assert UID(uid).is_valid
    assert len(patient) <= 64
    assert NAMES.pk_of(kind, uid) == pk
    assert NAMES.patient_pk(kind, patient) == pk
    for other in set(Kind) - {kind}:
        assert NAMES.pk_of(other, uid) is None
        assert NAMES.patient_pk(other, patient) is None


@given(KINDS, ROWS)
def test_another_key_gives_other_names_and_reads_nothing(kind, pk):
    others = Pseudonyms(b"another key")

    assert others.uid_of(kind, pk) != NAMES.uid_of(kind, pk)
    assert others.pk_of(kind, NAMES.uid_of(kind, pk)) is None


def test_rows_beside_each_other_have_names_that_share_nothing():
    first, second = (NAMES.uid_of(Kind.STUDY, pk).removeprefix("2.25.") for pk in (1, 2))

    assert first[:6] != second[:6]


@pytest.mark.parametrize("uid", ["", "1.2.3", "2.25.", "2.25.1", "2.25.x", "2.25.²", "2.25." + "9" * 39, "2.25.-1"])
def test_a_uid_that_is_not_ours_stands_for_nothing(uid):
    assert NAMES.pk_of(Kind.STUDY, uid) is None


def test_a_uid_is_written_in_one_way_only():
    uid = NAMES.uid_of(Kind.STUDY, 1)

    assert NAMES.pk_of(Kind.STUDY, uid.replace("2.25.", "2.25.0")) is None


@pytest.mark.parametrize("text", ["", "CS-", "CS-A", "CS-" + "A" * 26, "P1", "CS-äöü", "CS-1" * 9])
def test_a_patient_that_is_not_ours_stands_for_nobody(text):
    assert NAMES.patient_pk(Kind.PATIENT, text) is None


def test_a_foreign_uid_has_one_name_within_its_space():
    assert NAMES.foreign_uid("north", "1.2") == NAMES.foreign_uid("north", "1.2")
    assert NAMES.foreign_uid("north", "1.2") != NAMES.foreign_uid("south", "1.2")
