import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_extract.sections import Section, Span, split_sections, split_sentences, stating_sections


def sections(text):
    return [(span.section.value, text[span.start : span.end].strip()) for span in split_sections(text)]


def stating(text):
    return [text[span.start : span.end].strip() for span in stating_sections(text)]


def sentences(text):
    return [text[span.start : span.end] for span in split_sentences(text, Span(Section.BODY, 0, len(text)))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FINDINGS: a. IMPRESSION: b.", [("findings", "a."), ("impression", "b.")]),
        ("Findings:\n a.\n\nImpression:\n b.", [("findings", "a."), ("impression", "b.")]),
        ("findings\na.\nconclusion\nb.", [("findings", "a."), ("impression", "b.")]),
        ("**FINDINGS:** a.\n**IMPRESSION:** b.", [("findings", "a."), ("impression", "b.")]),
        (
            "INDICATION: cough. COMPARISON: none. FINDINGS: a.",
            [("history", "cough."), ("comparison", "none."), ("findings", "a.")],
        ),
        ("REASON FOR EXAM: r/o ptx\nFINDINGS: a.", [("history", "r/o ptx"), ("findings", "a.")]),
        ("WET READ: a.\nRECOMMENDATION: CT.", [("findings", "a."), ("recommendation", "CT.")]),
        ("IMPRESSION - a.", [("impression", "a.")]),
        ("no headings at all", [("body", "no headings at all")]),
        ("There are no significant findings: none", [("body", "There are no significant findings: none")]),
        ("", []),
    ],
)
def test_headings_split_a_report(text, expected):
    assert sections(text) == expected


def test_what_follows_a_blank_line_after_the_history_is_body():
    assert sections("INDICATION: cough\n\nSmall effusion.") == [("history", "cough"), ("body", "Small effusion.")]


def test_only_stating_sections_are_read():
    assert stating("INDICATION: cough. TECHNIQUE: PA. FINDINGS: a. IMPRESSION: b.") == ["a.", "b."]


def test_text_before_the_first_heading_is_no_finding_when_there_is_a_findings_section():
    assert stating("Report cardiomegaly.\nFINDINGS: a.") == ["a."]


def test_a_report_without_headings_is_read_whole():
    assert stating("Small effusion. No pneumothorax.") == ["Small effusion. No pneumothorax."]


def test_joined_lines_without_a_findings_heading_keep_their_body():
    text = "INDICATION: rule out pneumonia. COMPARISON: None. Small effusion. No pneumothorax. IMPRESSION: Effusion."
    assert stating(text) == ["Small effusion. No pneumothorax.", "Effusion."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two.", ["One.", "Two."]),
        ("A nodule of 1.2 cm. Two.", ["A nodule of 1.2 cm.", "Two."]),
        ("Seen by Dr. Smith today. Two.", ["Seen by Dr. Smith today.", "Two."]),
        ("Atelectasis vs. infiltrate.", ["Atelectasis vs. infiltrate."]),
        ("wrapped\nline. Two", ["wrapped\nline.", "Two"]),
        ("1. First thing\n2. Second thing", ["First thing", "Second thing"]),
        ("1. First thing 2. Second thing", ["First thing", "Second thing"]),
        ("- First\n- Second", ["First", "Second"]),
        ("Lungs: clear\nHeart: normal", ["Lungs: clear", "Heart: normal"]),
        ("In the apex.There is more.", ["In the apex.", "There is more."]),
        ("Tube at T4.5 level", ["Tube at T4.5 level"]),
        ("XXXX tip in XXXX. Next", ["XXXX tip in XXXX.", "Next"]),
        ("Really? There is one.", ["Really?", "There is one."]),
        ("Pneumothorax? No. Effusion?\nYes, small.", ["Pneumothorax? No.", "Effusion?\nYes, small."]),
        ("Effusion? No effusion.", ["Effusion?", "No effusion."]),
        ("a) first b) second", ["first", "second"]),
        ("(a) first (b) second\n(c) third", ["first", "second", "third"]),
        ("i) first ii) second", ["first", "second"]),
        ("a. First b. Second", ["First", "Second"]),
        ("There is a) first, b) second.", ["There is", "first,", "second."]),
        ("1) first 2) second", ["first", "second"]),
        ("In image b) there is c) nothing.", ["In image b) there is c) nothing."]),
        ("In view a. There is more.", ["In view a.", "There is more."]),
        ("[ ] first\n[x] second\n( ) third", ["[ ] first", "[x] second", "( ) third"]),
        ("Neg. for one. Two.", ["Neg. for one.", "Two."]),
        ("NO CHF.LARGE EFFUSION.NODULE.", ["NO CHF.", "LARGE EFFUSION.", "NODULE."]),
        ("WWW.HOSPITAL.ORG AND P.A.VIEW", ["WWW.HOSPITAL.ORG AND P.A.VIEW"]),
        ("Nodule ... no", ["Nodule ... no"]),
        ("Nodule ... no mass", ["Nodule ...", "no mass"]),
        ("Nodule? N. Mass? Not assessed", ["Nodule? N.", "Mass? Not assessed"]),
        ("one\n\ntwo", ["one", "two"]),
        ("...", ["..."]),
        ("   ", []),
    ],
)
def test_sentences(text, expected):
    assert sentences(text) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "lines",
    [
        ["No pneumothorax", "Small left pleural effusion", "Heart is enlarged"],
        ["NO PNEUMOTHORAX", "SMALL LEFT EFFUSION"],
        ["No pneumothorax", "5 mm nodule in the right apex", "2.5 cm hiatal hernia"],
        ["No effusion on the left", "Cardiomegaly"],
        [
            "No pneumothorax",
            "Moderate effusion with adjacent atelectasis, seen in the left\nlower lobe",
            "Cardiomegaly",
        ],
        ["No pneumothorax or pleural effusion is seen on today's chest radiograph", "Cardiomegaly"],
    ],
)
def test_a_line_that_begins_anew_is_a_sentence_of_its_own(lines, end):
    wanted = [line.replace("\n", end) for line in lines]
    assert sentences(end.join(wanted)) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "A small nodule is seen in the\nRight lower lobe",
        "No evidence of\nPneumothorax",
        "No effusion, pneumothorax,\nConsolidation or edema",
        "Comparison is made to the study from\nMarch 2010",
        "No nodule greater than\n3 mm",
        "The catheter placed through the left subclavian\nis unchanged, and the tip of the second tube lies\nXXXX seen before.",
        "THERE IS NO EVIDENCE OF FOCAL CONSOLIDATION OR PLEURAL\nEFFUSION ON THIS FILM.",
        "Seen by Dr. John\nSmith today",
        "Pneumothorax\nNone",
        "Pleural effusion\nNot seen.",
        "no effusion\nor pneumothorax",
    ],
)
def test_a_wrapped_line_does_not_end_a_sentence(text):
    assert sentences(text) == [text]


def test_a_line_alone_with_a_value_ends_there():
    assert sentences("Pneumothorax\nNo\nEffusion\nYes") == ["Pneumothorax\nNo", "Effusion\nYes"]


def test_a_very_long_sentence_is_cut_at_a_space():
    pieces = sentences("word " * 1000)
    assert max(map(len, pieces)) <= 1000
    assert " ".join(pieces).split() == ["word"] * 1000


def test_a_heading_in_capitals_opens_a_section_after_plain_words_too():
    assert sections("HISTORY: known mass FINDINGS: Clear lungs IMPRESSION: Normal") == [
        ("history", "known mass"),
        ("findings", "Clear lungs"),
        ("impression", "Normal"),
    ]
    assert sections("Small. The other findings: none.") == [("body", "Small. The other findings: none.")]
    assert sections("FINDINGS: No OTHER FINDINGS: none") == [("findings", "No OTHER FINDINGS: none")]


def test_lines_below_an_indication_are_read_where_nothing_else_states_anything():
    assert stating("INDICATION: cough.\nClear lungs.\nNo effusion.") == ["Clear lungs.\nNo effusion."]
    assert stating("INDICATION: man with cough and\nfever") == []
    assert stating("INDICATION: cough.\nFever.\nFINDINGS: Clear lungs.") == ["Clear lungs."]


@given(st.text(alphabet=st.sampled_from("ab.1 \n:FINDGSIMPREOHTY*-"), max_size=200))
def test_spans_are_ordered_inside_the_text_and_never_overlap(text):
    last = 0
    for section in split_sections(text):
        assert last <= section.start < section.end <= len(text)
        last = section.end
        inner = section.start
        for sentence in split_sentences(text, section):
            assert inner <= sentence.start < sentence.end <= section.end
            assert text[sentence.start : sentence.end].strip() == text[sentence.start : sentence.end]
            inner = sentence.end


# No letter of a list ("a. "): list marks are left out.
@given(st.text(alphabet=st.sampled_from("uvw xyz.,\n"), max_size=300))
def test_no_letter_of_a_body_is_lost(text):
    kept = "".join(text[s.start : s.end] for section in split_sections(text) for s in split_sentences(text, section))
    assert [char for char in kept if char.isalpha()] == [char for char in text if char.isalpha()]
