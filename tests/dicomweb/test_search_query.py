"""The query of a search, taken apart."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomweb.search import DEFAULT_RESULTS, KEYS, MAX_RESULTS, Level, Search, SearchError, parse_search


def parsed(level: Level = Level.STUDY, without=(), **query: str) -> Search:
    return parse_search(query.items(), level, without=without)


def test_nothing_asked_is_everything():
    assert parsed() == Search(limit=DEFAULT_RESULTS)


@pytest.mark.parametrize("name", ["PatientID", "00100020"])
def test_an_attribute_is_named_by_keyword_or_by_tag(name):
    [match] = parsed(**{name: "CS-A"}).matches

    assert (match.key.keyword, match.values) == ("PatientID", ("CS-A",))


@pytest.mark.parametrize("value", ["", "*", "**", " "])
def test_an_empty_value_and_a_star_match_everything(value):
    assert parsed(PatientName=value, StudyDate=value, StudyInstanceUID=value).matches == ()


@pytest.mark.parametrize("value", ["1.2,1.3", "1.2\\1.3"])
def test_uids_come_as_a_list(value):
    assert parsed(StudyInstanceUID=value).matches[0].values == ("1.2", "1.3")


@pytest.mark.parametrize(
    ("value", "ends"),
    [
        ("20200229", (date(2020, 2, 29), date(2020, 2, 29))),
        ("20200101-20201231", (date(2020, 1, 1), date(2020, 12, 31))),
        ("20200101-", (date(2020, 1, 1), None)),
        ("-20200101", (None, date(2020, 1, 1))),
    ],
)
def test_dates_are_ranges(value, ends):
    assert parsed(StudyDate=value).matches[0].dates == ends


def test_wildcards_become_a_pattern_of_the_whole_text():
    assert parsed(Level.SERIES, Modality="C?.*").matches[0].pattern == r"^(C.\..*)$"
    assert parsed(ModalitiesInStudy="CR,D*").matches[0].pattern == "^(CR|D.*)$"
    assert parsed(ModalitiesInStudy="CR,DX").matches[0].pattern == ""


@pytest.mark.parametrize("value", ["CR,DX", "CR\\DX", " CR , DX ,"])
def test_codes_come_as_a_list(value):
    assert parsed(ModalitiesInStudy=value).matches[0].values == ("CR", "DX")


def test_stars_around_a_whole_pseudonym_are_no_wildcards():
    """Viewers put them around whatever is typed into their lists."""
    whole = f"CS-{'A' * 26}"
    assert parsed(PatientID=f"*{whole}*").matches[0].values == (whole,)


@pytest.mark.parametrize(
    ("value", "pattern"), [("CS-?", "^(CS\\-.)$"), ("CS-*A", "^(CS\\-.*A)$"), ("*AB*", "^(.*AB.*)$")]
)
def test_a_part_of_a_pseudonym_is_matched_with_wildcards(value, pattern):
    assert parsed(PatientID=value).matches[0].pattern == pattern


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("fuzzymatching", "The fuzzymatching parameter is not supported. Only literal matching has been performed."),
        ("emptyvaluematching", "The emptyvaluematching parameter is not supported. No Empty Value Matching has been"),
        ("multiplevaluematching", ""),
    ],
)
def test_a_kind_of_matching_that_is_not_done_is_warned_of(name, warning):
    assert "".join(parsed(**{name: "true"}).warnings).startswith(warning)
    assert bool(parsed(**{name: "true"}).warnings) == bool(warning)
    assert parsed(**{name: "false"}).warnings == ()


def test_limits_and_fields():
    found = parsed(limit="5", offset="10", includefield="PatientAge,00180015", fuzzymatching="true")

    assert (found.limit, found.offset, found.fields) == (5, 10, {"PatientAge", "BodyPartExamined"})
    assert "fuzzymatching" in found.warnings[0]
    assert parsed(limit="999999").limit == MAX_RESULTS
    assert parsed(includefield="all").wants_all


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"PatientColour": "blue"}, "'PatientColour' is no parameter of a search and no DICOM attribute"),
        ({"99999999": "x"}, "no DICOM attribute"),
        ({"ViewCodeSequence.CodeValue": "x"}, "within a sequence"),
        ({"includefield": "Colour"}, "'Colour' is no parameter"),
        ({"Modality": "DX"}, "Modality .Modality. cannot be matched"),
        ({"PixelData": "x"}, "cannot be matched: nothing can be searched by it"),
        ({"StudyInstanceUID": "1.2.*"}, "no wildcards"),
        ({"StudyInstanceUID": ",".join(["1.2"] * 101)}, "at most 100"),
        ({"ModalitiesInStudy": ",".join(["DX"] * 101)}, "at most 100"),
        ({"StudyDate": "2020-01-01"}, "a date is written 20200131"),
        ({"StudyDate": "20200230"}, "a date is written 20200131"),
        ({"StudyDate": "٢٠٢٠٠١٠١"}, "a date is written 20200131"),
        ({"StudyDate": "-"}, "at least one end"),
        ({"limit": "-1"}, "limit is '-1'; it must be a whole number"),
        ({"limit": "ten"}, "whole number"),
        ({"offset": "²"}, "whole number"),
        ({"fuzzymatching": "maybe"}, "true or false"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_a_sentence(query, why):
    with pytest.raises(SearchError, match=why):
        parsed(**query)


def test_what_the_address_names_is_not_searched_by_again():
    with pytest.raises(SearchError, match="the address names it already"):
        parsed(Level.SERIES, without=["StudyInstanceUID"], StudyInstanceUID="1.2")


def test_every_key_can_be_searched_at_its_level_and_below():
    for key in KEYS.values():
        value = "20200101" if key.kind == "date" else "1"
        for level in Level:
            if level >= key.level:
                assert parsed(level, **{key.keyword: value}).matches[0].key == key


@given(st.lists(st.tuples(st.sampled_from([*KEYS, "limit", "includefield", "00100020"]) | st.text(), st.text())))
def test_nothing_but_a_refusal_comes_of_nonsense(pairs):
    with suppress(SearchError):
        parse_search(pairs, Level.INSTANCE)
