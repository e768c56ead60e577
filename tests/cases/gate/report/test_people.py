"""Names in running text, found by their words; what is no name stays."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.gate.report.masking import has_patient_data, mask
from cases.gate.words import Word, kind_of

CASES = [str, str.upper, str.lower]
ORDER = ["{0} {1}", "{1}, {0}", "{0} B. {1}", "{1}, {0} B", "{0} {1}-{1}"]
GIVEN = ["Maria", "Wei", "John", "Priya", "Olufemi", "Agnieszka", "Mark", "Guadalupe"]
FAMILY = ["Kowalski", "Nguyen", "Hernandez", "Okafor", "Raghunathan", "Johnson", "Lindqvist"]
SENTENCES = [
    "{} presents with chest pain.",
    "Radiograph of the chest for {} shows no effusion.",
    "No fracture. The family of {} was present.",
    "History: {} is a 54-year-old with cough.",
    "Images of {} from the other hospital.",
]


@pytest.mark.parametrize("case", CASES)
@given(st.sampled_from(ORDER), st.sampled_from(GIVEN), st.sampled_from(FAMILY), st.sampled_from(SENTENCES))
@settings(max_examples=150, deadline=None)
def test_a_whole_name_needs_no_title(case, order, given_name, family, sentence):
    before, after = sentence.split("{}")
    text = case(before + order.format(given_name, family) + after)
    masked = mask(text).text
    assert masked == case(before) + "[NAME]" + case(after)
    assert mask(masked).text == masked
    assert not has_patient_data(masked)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Findings were discussed with Kowalski by telephone.", "Findings were discussed with [NAME] by telephone."),
        ("The patient's daughter Rose translated.", "The patient's daughter [NAME] translated."),
        ("Her husband, Miguel Alvarez-Ruiz, was present.", "Her husband, [NAME], was present."),
        ("Per Brown, the line was advanced.", "Per [NAME], the line was advanced."),
        ("Compared by O'Neill with outside films.", "Compared by [NAME] with outside films."),
        ("RN Kelly was notified.", "RN [NAME] was notified."),
        ("Young, MD", "[NAME], MD"),
        ("Radiologist: Faith King DO", "Radiologist: [NAME]"),
        ("dear dr. brown, thank you for sending john smith.", "dear dr. [NAME], thank you for sending [NAME]."),
        ("He told Anna Riedel of the Riedel lobe.", "He told [NAME] of the Riedel lobe."),
        ("Kowalski's effusion is small.", "[NAME] effusion is small."),
        ("We left with Brown at noon.", "We left with [NAME] at noon."),
        ("Seen by Maria de los Santos today.", "Seen by [NAME] today."),
        ("Name: Hand, Yusuf. Films of Yusuf were lost.", "Name: [NAME]. Films of [NAME] were lost."),
        ("She lives in Cedar Rapids alone.", "She lives in [ADDRESS] alone."),
        ("Born near Saint Louis and St. Louis.", "Born near [ADDRESS] and [ADDRESS]."),
    ],
)  # fmt: skip
def test_people_and_towns_are_found_where_they_are_spoken_of(text, expected):
    assert mask(text).text == expected
    assert not has_patient_data(expected)


EPONYMS = (
    *(
        "Kerley B lines.",
        "Hampton hump.",
        "Westermark sign.",
        "Riedel lobe.",
        "Chiari I malformation.",
        "Schmorl nodes.",
    ),
    *(
        "Smith fracture.",
        "Jones fracture.",
        "Baker cyst.",
        "Wilson disease.",
        "Ann Arbor stage II.",
        "Weber B fracture.",
    ),
    *("Osgood-Schlatter disease.", "Hill-Sachs lesion with Bankart tear.", "Legg-Calve-Perthes.", "Salter-Harris II."),
    *(
        "Hickman catheter tip.",
        "Swan-Ganz catheter.",
        "Dobhoff tube.",
        "Foley in place.",
        "Circle of Willis is normal.",
    ),
    *(
        "Virchow node.",
        "Crohn's disease.",
        "Hodgkin lymphoma.",
        "Graves disease.",
        "Lisfranc injury.",
        "Bosniak II cyst.",
    ),
    *("Port-A-Cath.", "Omnipaque 350.", "Gadavist 7 mL.", "Siemens Somatom.", "Blalock-Taussig shunt.", "Gleason 4+3."),
)
ORDINARY = (
    *("Marked improvement.", "May represent scar.", "Will follow.", "Mark the site.", "Young woman with cough."),
    *(
        "White matter is normal.",
        "Small Bowel Series.",
        "Long Bone Survey.",
        "Upper GI.",
        "Gray-white differentiation.",
    ),
    *(
        "Page was not numbered.",
        "Frank pus.",
        "Stone in the ureter.",
        "Brown fat uptake.",
        "Limited by patient body habitus.",
    ),
    *(
        "Discussed with surgery.",
        "Called to the floor.",
        "Seen by the team.",
        "Per protocol.",
        "Reviewed with the resident.",
    ),
    *("A. Right lung: clear.", "Tip at T5 and L1.", "The left hand was not imaged.", "Lives alone.", "Head and neck."),
)


@pytest.mark.parametrize("text", EPONYMS + ORDINARY)
@pytest.mark.parametrize("case", CASES)
def test_what_names_nobody_stays(case, text):
    assert mask(case(text)).text == case(text)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("kowalski", Word.FAMILY | Word.LIKELY | Word.COMMON),
        ("effusion", Word.ORDINARY),
        ("garcía", kind_of("garcia")),
        ("o'neill", kind_of("oneill")),
        ("xqzzt", Word(0)),
    ],
)
def test_a_word_is_known_for_what_it_is(word, kind):
    assert kind_of(word) == kind


def test_a_word_with_hyphens_is_a_name_where_a_part_is_nothing_else():
    assert kind_of("jones-kowalski") & Word.FAMILY
    assert not kind_of("jones-kowalski") & Word.ORDINARY
    assert kind_of("right-sided") == kind_of("x-ray") == Word.ORDINARY


def test_a_word_list_has_both_parts_of_the_language():
    assert kind_of("young") & Word.FAMILY
    assert kind_of("young") & Word.ORDINARY
    assert kind_of("san_francisco") & Word.TOWN
