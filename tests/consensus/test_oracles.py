"""The published figures of agreement and of reader quality that we know of, O1 to O9: five digits, or all that were published.

The ratings stand here so that nothing else is needed to check them; a test holds them against the authors' own files where
those are at hand. A figure computed by nobody else stands as a fraction that can be worked out by hand.
"""

import csv
import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from consensus.agreement import (
    Statistic,
    brennan_prediger,
    cohen_kappa,
    count_table,
    fleiss_kappa,
    gwet,
    krippendorff_alpha,
    raw_agreement,
)
from consensus.dawid_skene import ReaderQuality, dawid_skene
from consensus.outcomes import ReadVerdict, Rule, StudyReads, decide
from consensus.standard_errors import cohen_error, fleiss_error, gwet_error
from tests.consensus.ratings import CLOSE, NAN, from_square, near

ORACLES = json.loads((Path(__file__).parent / "oracles.json").read_text(encoding="utf-8"))
SHARED = Path(__file__).parents[3] / "shared/data"
FILES, REAL_READS = SHARED / "oracles", SHARED / "readers_nih_google/derived_votes_810x3.csv"
needs_files = pytest.mark.skipif(not FILES.exists(), reason="needs ../shared/data")
needs_reads = pytest.mark.skipif(not REAL_READS.exists(), reason="needs ../shared/data")

# Krippendorff 2011, example C, which is irrCAC's cac.raw4raters: 12 units, 4 raters, categories 1 to 5.
RAW4 = [
    [1, 1, NAN, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
    [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [NAN, 5, 5, 5], [NAN, NAN, 1, 1], [NAN, NAN, 3, NAN],
]  # fmt: skip
# Wikipedia's Krippendorff example, as in fast-krippendorff's sample: 3 coders, 15 units.
CODERS = [
    [NAN, NAN, NAN, NAN, NAN, 3, 4, 1, 2, 1, 1, 3, 3, NAN, 3],
    [1, NAN, 2, 1, 3, 3, 4, 3, NAN, NAN, NAN, NAN, NAN, NAN, NAN],
    [NAN, NAN, 2, 1, 3, 4, 4, NAN, 2, 1, 1, 3, 3, NAN, 4],
]
# Wikipedia's Fleiss example: 10 subjects, 14 raters, 5 categories.
FLEISS_10X14 = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip
# Gwet's distrib.6raters: 15 subjects, 6 raters, 5 diagnoses.
SIX_RATERS = [
    [0, 0, 0, 6, 0], [0, 3, 0, 0, 3], [0, 1, 4, 0, 1], [0, 0, 0, 0, 6], [0, 3, 0, 3, 0],
    [2, 0, 4, 0, 0], [0, 0, 4, 0, 2], [2, 0, 3, 1, 0], [2, 0, 0, 4, 0], [0, 0, 0, 0, 6],
    [1, 0, 0, 5, 0], [1, 1, 0, 4, 0], [0, 3, 3, 0, 0], [1, 0, 0, 5, 0], [0, 2, 0, 3, 1],
]  # fmt: skip
# Fleiss 1971, table 1: 30 patients, 6 psychiatrists, 5 diagnoses.
FLEISS_1971 = [
    "00060", "03003", "01401", "00006", "03030", "20400", "00402", "20310", "20040", "00006",
    "10050", "11040", "03300", "10050", "02031", "00501", "30012", "51000", "02040", "10203",
    "00006", "01050", "02013", "20040", "10041", "05010", "40002", "02040", "10500", "00006",
]  # fmt: skip


def raw4() -> np.ndarray:
    return count_table(np.array(RAW4) - 1, 5)


def fleiss_1971() -> np.ndarray:
    return np.array([[int(n) for n in row] for row in FLEISS_1971])


def chance(observed: Statistic, corrected: Statistic) -> float:
    """What a coefficient took chance agreement to be."""
    assert observed.value is not None
    assert corrected.value is not None
    return (observed.value - corrected.value) / (1 - corrected.value)


def written(value: float, digits: int) -> float:
    """As published, with so many digits after the point."""
    return pytest.approx(value, abs=0.5 * 10**-digits)  # type: ignore[no-any-return]


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_o1_krippendorff_2011_example_c(level: str) -> None:
    found = krippendorff_alpha(raw4(), level=level, values=[1, 2, 3, 4, 5])  # type: ignore[arg-type]
    near(found, ORACLES["krippendorff2011_C"][level])
    assert (found.n, int(raw4().sum())) == (11, 41)


def test_o1_coefficients_of_gwets_four_raters() -> None:
    expected = ORACLES["gwet_raw4"]
    near(gwet(raw4()), expected["ac1"])
    near(fleiss_kappa(raw4()), expected["fleiss"])
    near(krippendorff_alpha(raw4()), expected["alpha"])
    near(brennan_prediger(raw4()), expected["bp"])
    near(gwet(raw4(), weighting="quadratic"), expected["ac2_quadratic"])
    near(gwet(raw4(), weighting="linear"), expected["ac2_linear"])
    near(cohen_kappa(np.array(RAW4) - 1, 5), expected["conger"])


def test_o1_observed_and_chance_agreement_behind_ac1() -> None:
    near(raw_agreement(raw4()), ORACLES["gwet_raw4"]["pa"])
    assert chance(raw_agreement(raw4()), gwet(raw4())) == pytest.approx(ORACLES["gwet_raw4"]["pe_ac1"], abs=5e-8)


def test_o1_standard_errors_of_ac1_and_fleiss() -> None:
    assert gwet_error(raw4()) == pytest.approx(ORACLES["gwet_raw4"]["ac1_se"], abs=CLOSE)
    assert fleiss_error(raw4()) == pytest.approx(ORACLES["gwet_raw4"]["fleiss_se"], abs=CLOSE)


def test_o2_three_coders_with_missing_reads() -> None:
    counts = count_table(np.array(CODERS).T - 1, 4)
    near(krippendorff_alpha(counts), 0.691358)
    near(krippendorff_alpha(counts, level="interval"), 0.810845)


def test_o3_fleiss_1971() -> None:
    near(fleiss_kappa(fleiss_1971()), ORACLES["fleiss1971"]["kappa"])
    assert gwet(fleiss_1971()).value == pytest.approx(0.447885, abs=1e-6)
    assert krippendorff_alpha(fleiss_1971()).value == pytest.approx(0.433410, abs=1e-6)


@pytest.mark.parametrize("category", range(5))
def test_o3_fleiss_1971_by_category(category: int) -> None:
    counts = fleiss_1971()
    one = np.column_stack([counts.sum(axis=1) - counts[:, category], counts[:, category]])
    near(fleiss_kappa(one), ORACLES["fleiss1971"]["category"][category])


def test_o4_ten_subjects_and_fourteen_raters() -> None:
    counts = np.array(FLEISS_10X14)
    near(fleiss_kappa(counts), ORACLES["fleiss_wiki"]["kappa"])
    near(raw_agreement(counts), 0.378022)
    assert chance(raw_agreement(counts), fleiss_kappa(counts)) == pytest.approx(0.212755, abs=1e-6)


def test_o5_gwets_six_raters() -> None:
    counts, expected = np.array(SIX_RATERS), ORACLES["gwet_distrib6"]
    near(gwet(counts), expected["ac1"])
    near(fleiss_kappa(counts), expected["fleiss"])
    near(krippendorff_alpha(counts), expected["alpha"])
    near(brennan_prediger(counts), expected["bp"])
    assert gwet_error(counts) == pytest.approx(expected["ac1_se"], abs=5e-8)


def test_o6_two_abstractors() -> None:
    expected = ORACLES["abstractors"]
    ratings = from_square(expected["table"])
    counts = count_table(ratings, 3)
    near(gwet(counts), expected["ac1"])
    near(cohen_kappa(ratings, 3), expected["kappa"])
    near(krippendorff_alpha(counts), expected["alpha"])
    near(fleiss_kappa(counts), expected["scott"])
    near(brennan_prediger(counts), expected["bp"])


def test_o6_standard_errors_of_two_abstractors_raw_and_as_a_table() -> None:
    ratings = from_square(ORACLES["abstractors"]["table"])
    assert cohen_error(ratings, 3) == pytest.approx(ORACLES["abstractors"]["kappa_se"], abs=1e-7)
    error = gwet_error(count_table(ratings, 3))
    assert error == pytest.approx(0.04343519, abs=5e-9)
    assert error * np.sqrt(99 / 100) == pytest.approx(0.04321747, abs=5e-9)


# By hand: observed is the diagonal; chance is the product of the margins (kappa), half (PABAK), or 2 p (1 - p) with p the
# mean margin (AC1); a coefficient is (observed - chance) / (1 - chance).
@pytest.mark.parametrize("name", list(ORACLES["paradox"]))
def test_o7_paradoxes_of_kappa(name: str) -> None:
    a, b, c, d = (int(part) for part in name.split("/"))
    ratings, published, n = from_square([[a, b], [c, d]]), ORACLES["paradox"][name], a + b + c + d
    counts = count_table(ratings, 2)
    observed, half = Fraction(a + d, n), Fraction(1, 2)
    by_margins = Fraction((a + b) * (a + c) + (c + d) * (b + d), n * n)
    mean = Fraction(2 * a + b + c, 2 * n)
    for found, by_chance, key in (
        (cohen_kappa(ratings, 2), by_margins, "kappa"),
        (gwet(counts), 2 * mean * (1 - mean), "ac1"),
        (brennan_prediger(counts), half, "pabak"),
    ):
        near(found, float((observed - by_chance) / (1 - by_chance)))
        assert found.value == written(published[key], 4)
    near(raw_agreement(counts), float(observed))
    assert float(observed) == written(published["po"], 4)


@pytest.mark.parametrize("example", ["A", "B"])
def test_o8_krippendorff_2011_examples_a_and_b(example: str) -> None:
    data = ORACLES[f"krippendorff2011_{example}"]
    found = krippendorff_alpha(count_table(np.array([data["r1"], data["r2"]]).T))
    near(found, data["nominal"])
    assert found.value == written({"A": 0.095, "B": 0.692}[example], 3)


@pytest.fixture(scope="module")
def o9() -> ReaderQuality:
    unit, reader, answer = (np.array(ORACLES["dawid_skene"]["rows"]) - 1).T
    return dawid_skene(unit.tolist(), reader.tolist(), answer.tolist(), 4)


def test_o9_dawid_and_skene_shares_and_likelihood(o9: ReaderQuality) -> None:
    assert o9.prevalence == pytest.approx(ORACLES["dawid_skene"]["prior"], abs=CLOSE)
    assert o9.log_likelihood == written(ORACLES["dawid_skene"]["loglik"], 4)


def test_o9_dawid_and_skene_first_and_third_observer(o9: ReaderQuality) -> None:
    for line, published in zip(o9.confusion[0], ORACLES["dawid_skene"]["error_rate_obs1"], strict=True):
        assert line.tolist() == [written(share, 2) for share in published]
    assert o9.confusion[2][2].tolist() == [written(share, 2) for share in (0, 0.40, 0.20, 0.40)]


def test_o9_dawid_and_skene_classes_of_all_patients(o9: ReaderQuality) -> None:
    assert (o9.posterior.argmax(axis=1) + 1).tolist() == ORACLES["dawid_skene"]["argmax"]


def test_o9_patient_2_is_class_4_although_five_of_seven_reads_say_3(o9: ReaderQuality) -> None:
    said = Counter(answer for patient, _, answer in ORACLES["dawid_skene"]["rows"] if patient == 2)
    assert said == {3: 5, 4: 2}
    assert o9.posterior[1].argmax() + 1 == 4


def test_o9_the_majority_says_otherwise_of_patients_2_12_and_36(o9: ReaderQuality) -> None:
    votes = np.zeros((45, 4))
    for patient, _, answer in ORACLES["dawid_skene"]["rows"]:
        votes[patient - 1, answer - 1] += 1
    # Patient 12 is a tie, which a vote gives to the lower class.
    differ = votes.argmax(axis=1) != o9.posterior.argmax(axis=1)
    assert (np.flatnonzero(differ) + 1).tolist() == [2, 12, 36]


def test_o9_an_independent_computation_gives_the_same_five_digits(o9: ReaderQuality) -> None:
    rows = ORACLES["dawid_skene"]["rows"]
    classes, patients, observers = range(1, 5), range(1, 46), range(1, 6)
    belief = {}
    for patient in patients:
        mine = [answer for one, _, answer in rows if one == patient]
        belief[patient] = {c: mine.count(c) / len(mine) for c in classes}
    for _ in range(300):
        share = {c: sum(belief[p][c] for p in patients) / 45 for c in classes}
        rates = {}
        for observer in observers:
            for c in classes:
                weight = {a: sum(belief[p][c] for p, o, said in rows if o == observer and said == a) for a in classes}
                total = sum(weight.values())
                rates[observer, c] = {a: weight[a] / total if total else 0.0 for a in classes}
        for patient in patients:
            joint = dict(share)
            for p, observer, said in rows:
                if p == patient:
                    joint = {c: joint[c] * rates[observer, c][said] for c in classes}
            total = sum(joint.values())
            belief[patient] = {c: joint[c] / total for c in classes}
    assert o9.prevalence == pytest.approx([share[c] for c in classes], abs=CLOSE)
    for observer in observers:
        for c in classes:
            assert o9.confusion[observer - 1][c - 1] == pytest.approx(
                [rates[observer, c][a] for a in classes], abs=CLOSE
            )


# What other libraries do where too little is known; ours says "undefined" with the reason (test_agreement.py).
def test_one_mark_among_sixty_reads_gives_the_known_contrast() -> None:
    marks = np.zeros((30, 2))
    marks[0, 0] = 1
    table = count_table(marks, 2)
    near(krippendorff_alpha(table), 0.0)
    near(fleiss_kappa(table), -1 / 59)
    near(gwet(table), float(1 - Fraction(1, 30) / (1 - 2 * Fraction(1, 60) * Fraction(59, 60))))
    assert gwet(table).value == written(0.966, 3)


def rows_of(name: str) -> list[list[str]]:
    with (FILES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def number(text: str) -> float:
    return float(text) if text else NAN


@pytest.mark.shared_data
@needs_files
def test_the_ratings_here_are_those_of_the_authors_files() -> None:
    same = np.testing.assert_array_equal
    same(RAW4, [[number(cell) for cell in row[1:]] for row in rows_of("cac.raw4raters.csv")])
    same(CODERS, [[number(cell) for cell in row] for row in rows_of("krippendorff_3x15.csv")])
    same(fleiss_1971(), [[int(cell or 0) for cell in row] for row in rows_of("fleiss1971.csv")])
    same(FLEISS_10X14, [[int(cell) for cell in row] for row in rows_of("fleiss_10x14.csv")])
    same(SIX_RATERS, [[int(cell) for cell in row[1:]] for row in rows_of("distrib.6raters.csv")])
    same(ORACLES["dawid_skene"]["rows"], [[int(cell) for cell in row] for row in rows_of("dawid_skene_1979.csv")])
    assert json.loads((FILES / "oracles.json").read_text(encoding="utf-8")) == ORACLES


@pytest.mark.shared_data
@needs_files
def test_example_b_is_ben_and_gerrys_but_for_one_blank() -> None:
    typed = ORACLES["krippendorff2011_B"]
    theirs = [["" if not cell else "abcde".index(cell) for cell in row[2:]] for row in rows_of("cac.ben.gerry.csv")]
    differ = [
        place for place, pair in enumerate(zip(typed["r1"], typed["r2"], strict=True)) if list(pair) != theirs[place]
    ]
    assert differ == [9]
    assert theirs[9] == [typed["r1"][9], ""]


@pytest.fixture(scope="module")
def films() -> list[StudyReads]:
    """The 810 films of NIH that three radiologists of Google read, with their votes on the labels of the reports."""
    found: dict[str, tuple[frozenset[str], list[ReadVerdict]]] = {}
    with REAL_READS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            before = frozenset(filter(None, row["suggested_nlp"].split("|")))
            after = frozenset(filter(None, row["reader_findings"].split("|")))
            found.setdefault(row["image_id"], (before, []))[1].append(
                ReadVerdict(row["reader_id"], row["vote"], after - before, before - after)
            )
    return [StudyReads(before, tuple(reads), 3) for before, reads in found.values()]


@pytest.mark.shared_data
@needs_reads
def test_one_label_decision_in_five_of_the_real_reads_is_split(films: list[StudyReads]) -> None:
    splits = [len(decide(film, Rule()).split_labels) for film in films]
    assert sum(splits) / (len(films) * 14) == written(0.202, 3)
    assert [sum(min(n, 3) == count for n in splits) for count in range(4)] == [146, 115, 121, 428]


@pytest.mark.shared_data
@needs_reads
def test_two_identical_label_sets_get_rare_as_findings_add_up(films: list[StudyReads]) -> None:
    """The number of findings is the strongest free predictor of difficulty."""
    alike: Counter[int] = Counter()
    there: Counter[int] = Counter()
    for film in films:
        sets = [read.labels(film.suggested) for read in film.reads]
        held = Counter(label for one in sets for label in one)
        majority = min(4, sum(n >= 2 for n in held.values()))
        there[majority] += 1
        alike[majority] += max(Counter(sets).values()) >= 2
    assert [100 * alike[n] / there[n] for n in range(5)] == pytest.approx([85, 42, 21, 13, 1], abs=0.6)
