"""A definition is checked key by key; every refusal names the key, the value and the rule."""

import copy

import pytest

from benchmarks.definition import DefinitionError, parse_definition

GOOD = {
    "slug": "chest",
    "title": "Chest",
    "modality": ["DX"],
    "taxonomy": {"version": "1", "labels": [{"key": "pneumothorax", "name": "Pneumothorax"}]},
}


def changed(path, value):
    data = copy.deepcopy(GOOD)
    *parents, last = path
    node = data
    for key in parents:
        node = node.setdefault(key, {}) if isinstance(node, dict) else node[key]
    if isinstance(node, dict):
        node[last] = value
    else:
        node[last] = value
    return data


def test_defaults_are_the_papers():
    definition = parse_definition(GOOD)
    assert definition.reading.reads_per_study == 3
    assert definition.consensus.at_least == 2
    assert (definition.sample.size, definition.release.released, definition.release.holdout) == (1000, 100, 100)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("colour",), "red", r"colour is not a known key; known here: slug, title"),
        (("slug",), "Chest X", r"slug is 'Chest X'; it must be lower-case"),
        (("title",), "", r"title is ''; it must be text"),
        (("modality",), [], r"modality is empty"),
        (("modality",), "DX", r"modality is str; it must be a list"),
        (("taxonomy",), None, r"taxonomy is missing"),
        (("taxonomy", "labels"), [], r"taxonomy.labels is empty"),
        (("taxonomy", "labels", 0), {"key": "a"}, r"taxonomy.labels\[1\].name is None"),
        (("taxonomy", "labels", 0), {"key": "A!", "name": "A"}, r"taxonomy.labels\[1\].key is 'A!'"),
        (
            ("taxonomy", "labels", 0),
            {"key": "a", "name": "A", "weight": -1},
            r"weight is -1; it must be a number above 0",
        ),
        (
            ("taxonomy", "labels", 0),
            {"key": "a", "name": "A", "weight": 0},
            r"weight is 0; it must be a number above 0",
        ),
        (
            ("taxonomy", "labels", 0),
            {"key": "a", "name": "A", "exclusive": "no"},
            r"exclusive is 'no'; .*true or false",
        ),
        (
            ("taxonomy", "labels", 0),
            {"key": "a", "name": "A", "codes": [{"system": 1}]},
            r"codes\[1\].system is not a known",
        ),
        (("reading",), {"reads_per_study": 0}, r"reading.reads_per_study is 0; .* at least 1"),
        (("reading",), {"reads_per_study": True}, r"reads_per_study is True"),
        (
            ("reading",),
            {"show_report": "maybe"},
            r"show_report is 'maybe'; it must be one of never, after_verdict, always",
        ),
        (("reading",), {"hide_suggestions_fraction": 1.5}, r"from 0 to 1"),
        (("consensus",), {"at_least": 4}, r"consensus.at_least is 4, more than reading.reads_per_study \(3\)"),
        (("release",), {"holdout": -1}, r"release.holdout is -1; .* at least 0"),
    ],
)
def test_broken_rule_is_named(path, value, message):
    with pytest.raises(DefinitionError, match=message):
        parse_definition(changed(path, value))


def test_key_twice_is_named():
    data = copy.deepcopy(GOOD)
    data["taxonomy"]["labels"] *= 2
    with pytest.raises(DefinitionError, match="'pneumothorax' twice"):
        parse_definition(data)


def in_groups(*groups: str) -> dict:
    """The definition with a label in each of these groups ("" for none)."""
    labels = [{"key": f"k{n}", "name": f"N{n}"} | ({"group": group} if group else {}) for n, group in enumerate(groups)]
    return changed(("taxonomy", "labels"), labels)


def test_labels_may_stand_in_groups():
    assert [label.group for label in parse_definition(in_groups("Lungs", "Lungs", "", "Bones")).labels] == [
        *("Lungs", "Lungs", ""),
        "Bones",
    ]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (
            ("Lungs", "Bones", "Lungs"),
            "other labels between those of the group 'Lungs'; put the labels of a group together",
        ),
        (("Lungs", "", "Lungs"), "other labels between those of the group 'Lungs'"),
        (("L" * 61,), r"labels\[1\].group is 'L+'; it must have at most 60 characters"),
    ],
)
def test_groups_that_cannot_be_headings_are_refused(groups, message):
    with pytest.raises(DefinitionError, match=message):
        parse_definition(in_groups(*groups))


def test_a_taxonomy_without_groups_is_the_one_it_was():
    digest = parse_definition(GOOD).taxonomy_sha256()
    assert digest == "4b9fb0158fd7ca3a02e80794a46d3e67d2037b478391647fa3125c7586c9cf82"
    assert parse_definition(in_groups("Lungs")).taxonomy_sha256() != parse_definition(in_groups("")).taxonomy_sha256()


@pytest.mark.parametrize("data", [None, [], "text", 3])
def test_anything_but_a_mapping_is_refused(data):
    with pytest.raises(DefinitionError, match="must be a mapping"):
        parse_definition(data)


def test_digest_changes_with_a_label_and_not_with_the_title():
    digest = parse_definition(GOOD).taxonomy_sha256()
    assert parse_definition(changed(("title",), "Other")).taxonomy_sha256() == digest
    other = changed(("taxonomy", "labels", 0), {"key": "pneumothorax", "name": "PTX"})
    assert parse_definition(other).taxonomy_sha256() != digest
