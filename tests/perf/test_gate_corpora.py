"""The corpora of planted patients: they are made by their seed, hold their plants, and can be measured."""

import pytest

from perf.gate import header_corpus
from perf.gate import reports as gate_reports

# The values are meant to be odd for their representation.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")


@pytest.mark.parametrize("reports", gate_reports.CORPORA.values(), ids=gate_reports.CORPORA)
def test_reports_hold_their_plants_and_are_measured(reports):
    corpus = reports(7, 60)
    assert corpus == reports(7, 60)
    assert corpus != reports(8, 60)
    inside = [one.text[plant.start : plant.end] for one in corpus for plant in one.plants]
    assert len(inside) > 200
    assert all(text == text.strip() != "" for text in inside)
    assert not any(set("⟦⟧{}") & set(one.text) for one in corpus)
    assert 4 <= sum(not one.plants for one in corpus) <= 24
    measure = gate_reports.measured(corpus)
    assert sum(measure.planted.values()) == len(inside)
    assert measure.words > 1000


def test_a_half_masked_plant_is_missed_and_a_year_may_stand():
    measure = gate_reports.Measure()
    one = gate_reports.Report("Jane Roe, March 4, 2019", ())
    gate_reports.count_plant(measure, one, gate_reports.Plant(0, 8, "patient name"), set(range(4)))
    gate_reports.count_plant(measure, one, gate_reports.Plant(10, 23, "date"), set(range(10, 17)))
    assert (measure.recall(["patient name"]), measure.recall(["date"])) == (0, 1)
    assert measure.partly["patient name"] == 1


def test_headers_hold_their_plants_and_are_measured():
    made = list(header_corpus.headers(seed=7, count=20))
    for film, plants in made:
        texts = dict(header_corpus.told(film)).values()
        assert len(plants) > 10
        assert all(any(header_corpus.stands(word, text) for text in texts) for plant in plants for word in plant.words)
    measure = header_corpus.measured(seed=7, count=20)
    assert measure.headers == 20
    assert sum(measure.planted.values()) + sum(measure.refused.values()) > 0


def test_a_word_left_in_another_case_or_in_bytes_is_found():
    film, _ = next(header_corpus.headers(seed=7, count=1))
    film.add_new(0x00111001, "OB", "xx ŁUKASZ^Q".encode())
    assert any(header_corpus.stands("Łukasz", text) for text in dict(header_corpus.told(film)).values())
