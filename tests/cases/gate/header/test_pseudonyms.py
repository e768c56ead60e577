"""Pseudonyms: the same for the same, another for each site and key, and no way back."""

import pytest
from pydicom.uid import UID

from cases.gate.header.pseudonyms import SiteKey

KEY = "k" * 40


def test_the_same_identifier_of_a_site_always_has_the_same_pseudonym():
    one, again = SiteKey.of(KEY, "north"), SiteKey.of(KEY, "north")
    assert one.uid("1.2.3") == again.uid("1.2.3")
    assert one.patient("MRN 4711") == again.patient(" MRN 4711 ")
    assert one.days_back("MRN 4711") == again.days_back("MRN 4711")


@pytest.mark.parametrize("other", [SiteKey.of(KEY, "south"), SiteKey.of("x" * 40, "north")])
def test_another_site_and_another_key_give_other_pseudonyms(other):
    north = SiteKey.of(KEY, "north")
    assert other.uid("1.2.3") != north.uid("1.2.3")
    assert other.patient("4711") != north.patient("4711")


def test_pseudonyms_of_different_kinds_say_nothing_of_each_other():
    key = SiteKey.of(KEY, "north")
    assert len({key.uid(str(number)) for number in range(500)}) == 500
    assert len({key.patient(str(number)) for number in range(500)}) == 500
    assert all(366 <= key.days_back(str(number)) < 366 + 3285 for number in range(500))


def test_a_pseudonym_is_a_valid_uid():
    uid = UID(SiteKey.of(KEY, "north").uid("1.2.840.113619.2.55"))
    assert uid.is_valid
    assert len(uid) <= 64


def test_a_short_key_is_refused_and_a_key_is_never_shown():
    with pytest.raises(ValueError, match="at least 32 characters"):
        SiteKey.of("short", "north")
    assert SiteKey.of(KEY, "north").check_value() == SiteKey.of(KEY, "north").check_value()
    assert len({SiteKey.of(key, site).check_value() for key in (KEY, "x" * 40) for site in ("north", "south")}) == 4
    assert "secret" not in repr(SiteKey.of(KEY, "north"))
