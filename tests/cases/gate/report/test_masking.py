import csv
import re
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.gate.columns import kept_columns
from cases.gate.report.forms import Form, Private, by_first_letter
from cases.gate.report.looks import in_small_letters, look_at
from cases.gate.report.masking import has_patient_data, mask, patient_data
from cases.gate.report.patient_forms import FORMS, NAME_LEFT, NAME_MASK

OPENI = Path(__file__).parents[5] / "shared" / "data" / "reports_openi"


def found(text):
    return [(data.kind.value, text[data.start : data.end]) for data in patient_data(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Compared with 03/04/2021.", [("DATE", "03/04/2021")]),
        ("On 2021-03-04 there was", [("DATE", "2021-03-04")]),
        ("Radiograph of March 5, 2019", [("DATE", "March 5, 2019")]),
        ("Radiograph of 5 Mar 2019", [("DATE", "5 Mar 2019")]),
        ("CT from May 2018.", [("DATE", "May 2018")]),
        ("Comparison: 3/4.", [("DATE", "3/4")]),
        ("Born in 1931.", [("DATE", "1931")]),
        ("20210304", [("DATE", "20210304")]),
        ("2021-03-04T14:35:22", [("DATE", "2021-03-04T14:35:22")]),
        ("on 03/04/2021 at 2:35 pm", [("DATE", "03/04/2021 at 2:35 pm")]),
        ("MRN: 00123456", [("ID", "00123456")]),
        ("Medical record number AB-1234", [("ID", "AB-1234")]),
        ("Accession # CR-19-004512", [("ID", "CR-19-004512")]),
        ("SSN 123-45-6789", [("ID", "123-45-6789")]),
        ("Study 123456789 read", [("ID", "123456789")]),
        ("call 555-123-4567", [("PHONE", "555-123-4567")]),
        ("call (555) 123-4567", [("PHONE", "(555) 123-4567")]),
        ("pager 12345", [("PHONE", "12345")]),
        ("+49 30 1234 5678", [("PHONE", "+49 30 1234 5678")]),
        ("write to jane.doe@clinic.org", [("EMAIL", "jane.doe@clinic.org")]),
        ("see https://pacs.clinic.org/x?id=1", [("URL", "https://pacs.clinic.org/x?id=1")]),
        ("Dr. Smith agrees.", [("NAME", "Smith")]),
        ("Drs. van der Berg", [("NAME", "van der Berg")]),
        ("Mrs. Mary-Ann O'Neill", [("NAME", "Mary-Ann O'Neill")]),
        ("Patient: John Q. Smith", [("NAME", "John Q. Smith")]),
        ("Patient Name: SMITH, JOHN", [("NAME", "SMITH, JOHN")]),
        ("SMITH^JOHN", [("NAME", "SMITH^JOHN")]),
        ("Electronically signed by: Alice Jones, MD", [("NAME", "Alice Jones, MD")]),
        ("Findings discussed with Jane Doe.", [("NAME", "Jane Doe")]),
        ("Reviewed, Peter Pan MD", [("NAME", "Peter Pan")]),
        ("Tel 555-123-4567. 12 Elm Street.", [("PHONE", "555-123-4567"), ("ADDRESS", "12 Elm Street.")]),
        ("lives at 12 Oak Tree Street, Springfield, IL 62701", [("ADDRESS", "12 Oak Tree Street, Springfield, IL 62701")]),
        ("P.O. Box 1234", [("ADDRESS", "P.O. Box 1234")]),
        ("95-year-old man", [("AGE", "95")]),
        ("aged 101", [("AGE", "101")]),
        ("92 yo F", [("AGE", "92")]),
    ],
)  # fmt: skip
def test_patient_data_is_found_by_its_form(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    ["Known since 2015.", "Told at 14:35 today", "at 3:30 pm", "at 9 a.m.",
     "A 3 mm nodule.", "12 x 15 mm", "4.5 x 3.2 x 2.1 cm", "T12 and L1 compression", "T4-T6", "ribs 3-5", "the 5th rib",
     "L1/2 disc", "2/3 of the hemithorax", "Grade 3/4", "C3-C4", "tip at T5, 5.5 cm above the carina", "45-year-old woman",
     "saturation 99%", "an angle of 90 degrees", "XXXX", "Comparison XXXX.", "___", "[**2101-3-4**]", "Dr. XXXX",
     "Mr. ___ is", "Patient is rotated.", "Patient: male", "Dr. the tube", "effusion may 5 times", "SUV 2.5", "HU of 120",
     "Frontal radiograph, chest PA", "The lungs are clear. No effusion.", "3-4 nodules", "5 lobes", "1500 ml of fluid",
     "drained from 2010 ml", "of 2000 cc",
     "March of the calcification", "in 2 views", "Right upper lobe", "ratio 0.55", "Chest X-ray, PA and lateral"],
)  # fmt: skip
def test_what_is_no_patient_data_stays(text):
    assert found(text) == []


def test_a_mask_leaves_the_words_and_knows_its_way_back():
    text = "Dr. Smith saw the 3 mm nodule on 03/04/2021 and again."
    masked = mask(text)
    assert masked.text == "Dr. [NAME] saw the 3 mm nodule on [DATE] and again."
    for word in ("Dr.", "nodule", "again"):
        place = masked.original(masked.text.index(word))
        assert text[place : place + len(word)] == word
    assert masked.original(masked.text.index("DATE")) == text.index("03/04/2021")


PARTS = st.sampled_from(
    ["Dr. Smith ", "03/04/2021 ", "MRN 123456 ", "call 555-123-4567 ", "no effusion. ", "3 mm ", "\n", "Patient: ", "95 yo ",
     "é 心 ", "XXXX ", "IMPRESSION: ", "at 14:30, ", "a@b.org ", "Jane Doe MD "]
)  # fmt: skip


@given(st.one_of(st.text(max_size=200), st.lists(PARTS, max_size=12).map("".join)))
@settings(max_examples=150, deadline=None)
def test_masks_are_in_order_and_everything_else_is_kept(text):
    places = patient_data(text)
    assert all(first.end <= second.start for first, second in pairwise(places))
    assert all(0 <= data.start < data.end <= len(text) for data in places)
    masked = mask(text)
    assert masked.original(len(masked.text)) == len(text)
    kept = [place for place in range(len(text)) if not any(data.start <= place < data.end for data in places)]
    back = [masked.original(place) for place in range(len(masked.text))]
    assert [text[place] for place in kept] == [text[place] for place in back if place in set(kept)]
    assert set(kept) <= set(back)


@given(st.integers(1, 12), st.integers(1, 28), st.integers(1930, 2029))
@settings(max_examples=60, deadline=None)
def test_no_date_is_left(month, day, year):
    for date in (f"{month}/{day}/{year}", f"{year}-{month:02}-{day:02}", f"{day:02}.{month:02}.{year}"):
        assert mask(f"Compared with {date}, stable.").text == "Compared with [DATE], stable."


@given(st.floats(0.1, 30), st.floats(0.1, 30), st.sampled_from(["mm", "cm", " mm", " cm"]))
@settings(max_examples=60, deadline=None)
def test_a_measurement_always_stays(first, second, unit):
    text = f"A nodule of {first:.1f} x {second:.1f}{unit} in the lung, {round(first)}{unit} before."
    assert mask(text).text == text


def test_what_hides_behind_other_characters_is_seen():
    assert has_patient_data("MRN: １２３４５６７")
    assert has_patient_data("call 555-\u200b123-4567")
    assert not has_patient_data("No effusion. 3 mm.")


def test_every_kind_has_a_form_that_finds_it():
    samples = "Dr. Smith 12 Oak Street x@y.org www.z.org MRN 123456 555-123-4567 03/04/2021 14:30 95 yo; Mercy Hospital"
    assert {data.kind for data in patient_data(samples)} == set(Private)


@pytest.mark.shared_data
@pytest.mark.skipif(not (OPENI / "indiana_reports.csv").exists(), reason="needs the reports in ../shared/data")
def test_reports_without_patient_data_are_left_as_they_are():
    with (OPENI / "indiana_reports.csv").open(encoding="utf-8", newline="") as file:
        reports = [f"FINDINGS: {row['findings']}\nIMPRESSION: {row['impression']}" for row in csv.DictReader(file)][
            :1000
        ]
    assert sum(bool(patient_data(report)) for report in reports) <= 2


PIECES = (
    *(
        "Dr. Smith",
        "Mr",
        "nurse",
        "MD",
        "PA-C",
        "M.D.",
        "Smith^John",
        "x@y.org",
        "https://a.b",
        "WWW.z.org",
        "patient:",
    ),
    *("Signed by", "given to", "Name=", "cc:", "555-123-4567", "(555) 123-4567", "+44 20 7946 0958", "pager", "ext"),
    *(
        "MRN",
        "id",
        "case #",
        "AB-12",
        "123",
        "12",
        "9",
        "12a",
        "a12",
        "123-45-6789",
        "03/04/2021",
        "3/4",
        "2015",
        "MAY",
    ),
    *("5 Mar", "March 5", "20210304", "since", "14:35", "9 a.m.", "at 1430 hrs", "12 Oak Street", "Dayton, OH 45402"),
    *(
        "P.O. Box 12",
        "95",
        "yo",
        "aged 92",
        "John",
        "SMITH",
        "the",
        ".",
        ",",
        "\n",
        "-",
        "/",
        "on",
        "from",
        "exam",
        "h",
    ),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(("", " ", "  ", "\t"))), max_size=12))
def test_a_look_ahead_never_hides_what_a_form_would_find(pieces):
    text = "".join(piece + gap for piece, gap in pieces)
    for form in FORMS:
        near = {match.span() for match in form.matches(look_at(text))}
        assert near >= {match.span() for match in form.pattern.finditer(text)}, form.kind
    assert NAME_MASK in text or not NAME_LEFT.search(text)


@given(st.text(max_size=40))
def test_small_letters_stand_where_the_large_ones_stood(text):
    small = in_small_letters(text)
    assert small is None or len(small) == len(text)
    assert in_small_letters("İſıK Dr. É") == "isik dr. é"


@pytest.mark.parametrize(
    ("alternatives", "expected"),
    [("(?:ab|cd|ac)", "(?:a(?:b|c)|c(?:d))"), ("(?:a?b|ab)", "(?:a(?:b)|a?b)"),
     ("(?:x(?:1|2)|[|y]|\\|z)", "(?:x(?:(?:1|2))|[|y]|\\|z)")],
)  # fmt: skip
def test_alternatives_are_sorted_by_their_first_letter(alternatives, expected):
    assert by_first_letter(alternatives) == expected


def test_studies_without_columns_wait_for_no_patterns(monkeypatch):
    monkeypatch.setitem(sys.modules, "cases.gate.report.masking", None)  # whoever imports it fails
    assert kept_columns({}) == {}


@pytest.mark.parametrize("text", ["seen on the fourth and again", "station ab:cd:ef:ab:cd:ef", "St Mary Hospital"])
def test_a_text_without_figures_is_searched_for_all_that_needs_none(text):
    assert not any(map(str.isdigit, text))
    assert patient_data(text)


def test_a_form_needs_a_digit_where_every_way_to_write_its_sign_has_one():
    def form(sign: str, *words: str) -> Form:
        return Form(Private.NUMBER, re.compile("x"), words, re.compile(sign))

    assert form(r"\d{5}|[ -]\d").needs_a_digit
    assert not form(r"\d{5}|#").needs_a_digit
    assert not form(r":[\da-f]{2}:|\d\d").needs_a_digit
    assert not form(r"\d", "plate").needs_a_digit
