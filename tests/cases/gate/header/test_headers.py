"""Which attributes name somebody."""

import pytest
from pydicom.dataset import Dataset

from cases.gate.header.headers import identifiers


@pytest.mark.parametrize(
    ("name", "number", "is_told"),
    [
        ("TCGA-38-4626", "TCGA-38-4626", False),
        ("ANON0017", "ANON0017", False),
        ("CRD 0017", "CRD 0017", False),
        ("QUIMBLETON^ZACHARIAH", "QUIMBLETON^ZACHARIAH", True),
        ("Zachariah Quimbleton", "Zachariah Quimbleton", True),
        ("QUIMBLETON^ZACHARIAH", "4711", True),
        ("anonymous", "4711", False),
    ],
)
def test_a_name_that_repeats_the_number_is_a_pseudonym_unless_it_is_written_as_names_are(name, number, is_told):
    dataset = Dataset()
    dataset.PatientName, dataset.PatientID = name, number
    assert identifiers(dataset) == (("(0010,0010) PatientName",) if is_told else ())
