"""Binary tables stay where they are as long as their description says, and nothing else stands in for one."""

import pytest
from pydicom.dataset import Dataset

from cases.gate.header.deidentification import deidentify
from cases.gate.header.pseudonyms import SiteKey
from cases.gate.header.tables import is_out_of_shape

RED, ICC, LUT = 0x00281201, 0x00282000, 0x00283006
KEY = SiteKey.of("k" * 40, "north")


def palette(content: bytes, entries: int = 4, bits: int = 16) -> Dataset:
    dataset = Dataset()
    dataset.add_new(0x00281101, "US", [entries, 0, bits])
    dataset.add_new(RED, "OW", content)
    return dataset


@pytest.mark.parametrize(
    ("content", "entries", "bits"), [(bytes(8), 4, 16), (bytes(4), 4, 8), (bytes(4), 3, 8), (bytes(8), 4, 8)]
)
def test_a_table_of_the_length_described_stays(content, entries, bits):
    dataset = palette(content, entries, bits)
    assert not is_out_of_shape(dataset, RED)
    assert RED in deidentify(dataset, KEY).dataset


@pytest.mark.parametrize("dataset", [palette(bytes(10)), palette(bytes(8), 256), palette(b"")])
def test_a_table_of_another_length_goes(dataset):
    assert is_out_of_shape(dataset, RED)
    assert RED not in deidentify(dataset, KEY).dataset


def test_a_table_without_a_description_goes():
    dataset = palette(b"Hand^Yusuf  ")
    del dataset[0x00281101]
    assert RED not in deidentify(dataset, KEY).dataset


def test_a_profile_is_known_by_its_header():
    dataset = Dataset()
    dataset.add_new(ICC, "OB", (132).to_bytes(4, "big") + bytes(32) + b"acsp" + bytes(92))
    assert not is_out_of_shape(dataset, ICC)
    dataset[ICC].value = b"Hand^Yusuf"
    assert is_out_of_shape(dataset, ICC)


def test_a_look_up_table_of_a_sequence_is_held_against_its_own_description():
    dataset = Dataset()
    dataset.add_new(0x00283002, "US", [4, 0, 16])
    dataset.add_new(LUT, "US", [0, 1, 2, 3])
    assert not is_out_of_shape(dataset, LUT)
    dataset[LUT].value = [0, 1]
    assert is_out_of_shape(dataset, LUT)


def test_other_attributes_are_no_tables():
    assert not is_out_of_shape(Dataset(), 0x00280010)
