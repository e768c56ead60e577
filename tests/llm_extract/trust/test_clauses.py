"""Which sentences can be rewritten, and as what shape."""

import pytest

from llm_extract.trust.clauses import Shape, Words, read_clause


def clause(sentence: str, target: str, *others: str, is_device: bool = False):
    spans = [(sentence.index(word), sentence.index(word) + len(word)) for word in (target, *others)]
    return read_clause(sentence, Words(spans[0], tuple(spans[1:]), is_device))


@pytest.mark.parametrize(
    ("sentence", "target", "shape", "phrase"),
    [
        ("Small left pleural effusion.", "pleural effusion", Shape.FRAGMENT, "Small left pleural effusion"),
        (
            "There is a small effusion in the left base.",
            "effusion",
            Shape.THERE_IS,
            "a small effusion in the left base",
        ),
        ("A hiatal hernia is again noted.", "hiatal hernia", Shape.SEEN, "A hiatal hernia"),
        ("Coronary stents visualized.", "stents", Shape.SEEN, "Coronary stents"),
        ("The left nodule is unchanged from prior.", "nodule", Shape.KNOWN, "The left nodule"),
        ("Two views demonstrate a small effusion.", "effusion", Shape.SHOWS, "a small effusion"),
        ("The heart is mildly enlarged.", "heart is mildly enlarged", Shape.PREDICATE, "The heart"),
        ("Heart size slightly enlarged.", "Heart size slightly enlarged", Shape.PREDICATE, "Heart size"),
    ],
)
def test_shapes(sentence, target, shape, phrase):
    found = clause(sentence, target)
    assert (found.shape, found.phrase) == (shape, phrase)


def test_list_keeps_what_stands_beside_and_what_is_denied():
    found = clause("Cardiomegaly with small effusion, without edema.", "effusion", "Cardiomegaly", "edema")
    assert found.phrase == "small effusion"
    assert found.beside == ("cardiomegaly",)
    assert found.denied == ("no edema",)


def test_other_clause_with_its_own_verb_is_split_off():
    found = clause("The heart is enlarged and the lungs are clear.", "heart is enlarged", "lungs are clear")
    assert found.shape is Shape.PREDICATE
    assert found.others == ("the lungs are clear",)


@pytest.mark.parametrize(
    ("sentence", "target", "others"),
    [
        ("Opacity may represent pneumonia.", "pneumonia", ("Opacity",)),
        ("XXXX right effusion.", "effusion", ()),
        ("Scarring or atelectasis.", "atelectasis", ("Scarring",)),
        ("No pneumothorax.", "pneumothorax", ()),
        ("Interval development of effusion.", "effusion", ()),
        ("Left and right effusions.", "effusions", ()),
        ("Changes consistent with emphysema.", "emphysema", ()),
        ("The heart is enlarged. Is it? (maybe)", "heart is enlarged", ()),
        ("Heart is mildly heart is enlarged.", "heart is enlarged", ()),
        ("Right upper mediastinal Bilateral effusions.", "effusions", ()),
        ("Effusion with a tube tip that ends in the stomach.", "Effusion", ("tube",)),
        ("Atelectasis/infiltrate in the base.", "Atelectasis", ("infiltrate",)),
    ],
)
def test_what_cannot_be_rewritten_safely_is_left_alone(sentence, target, others):
    assert clause(sentence, target, *others) is None
