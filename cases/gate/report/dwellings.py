"""Where somebody lives, works or comes from, in a town that no list need have: told in a field, after "from", beside a street."""

import re
from collections.abc import Iterator, Sequence

from cases.gate.report.forms import Place, Private
from cases.gate.report.labels import Announced, Field
from cases.gate.report.report_words import KIN, MIXED, OPENS, ORDINARY, TOWN, Words, is_eponym
from cases.gate.report.towns import BEFORE_A_TOWN, WRITTEN_WITH_CAPITALS, is_lived_in
from cases.gate.words import ABBREVIATIONS, HEADS, NO_NAMES, kind_of, listed

_NO_TOWNS = listed("no_towns") | NO_NAMES  # what stands after "from" and is no town
_HOUSES = listed("houses")  # the last word of a hospital's name
_WORKING = frozenset({"works", "worked", "working", "employed", "employee", "hire", "hired", "job", "employment"})
_NO_EMPLOYERS = listed("no_employers")  # with these the sentence goes on after whom somebody works for
_A_WORD = r"[^\W\d_][\w'’.]*(?:-[^\W\d_][\w'’.]*)*"
_NEXT_TOWN = re.compile(
    rf"(?P<gap>,?[ \t]*\n?[ \t]*| \(|\^+)(?P<town>(?:\d{{4,5}}[ \t]+)?{_A_WORD}(?:[ \t]{_A_WORD}){{0,3}}?)"
    r"(?P<after>[ \t]*(?:[,;\n.)<|/\d^]|[-–][ ]?\d{4}|\Z|[ \t]{2}|(?<=[ \t])(?:on|in|dated)[ \t]))"
)
_POSTCODE = re.compile(r"(?:[A-Z]{1,2}-)?\d{4,5}(?:[ -]?[A-Z]{2})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}")
_PERSONS = frozenset(["man", "woman", "male", "female", "lady", "gentleman", "boy", "girl", "patient"])
_ON_A_RIVER = frozenset(["upon", "under", "sur", "le", "am"])  # within the name of a town
_STREET_LAST = re.compile(
    r"\b(?:street|road|rd|avenue|lane|crescent|terrace|grove|close|drive|cross|marg|salai|nagar)\Z", re.IGNORECASE
)
_POSTCODE_AFTER = re.compile(
    r"[ \t,.-]{0,3}(?:[ \t]|\n[ \t]*)(\d{3}[ ]?\d{3})(?![\w/-]|\.\d|[ \t]*[a-z%])"
    r"|,?[ \t]((?!19|20)\d{4})(?=[ \t]*(?:\n|\Z))"
)
_STATE_AND_POSTCODE = re.compile(r",?[ \t]*(?:[A-Za-z]{2,12}[ \t]+)?\d{4,5}|[ \t]*\n[ \t]*\d{3}[ ]?\d{3}(?!\d)")
_ENDS = re.compile(r"[ \t]*(?:[.,;)\n]|\Z)")
# Where somebody who is named is: "dr. [NAME] in gering.".
_SOMEBODY_IN = re.compile(r"(?:'s|’s)?(?:[ ]office)?[ ](?:in|from)[ ]([^\W\d_][\w'’-]{3,20})(?=[ \t]*(?:[.;)\n]|\Z))")
_AGED_OF = re.compile(r",[ ]\d{1,3},[ ](?:of|from)[ ]([A-ZÀ-Þ][\w'’-]+(?:[ ][A-ZÀ-Þ][\w'’-]+){0,2})(?=[ ]*[.,;\n]|\Z)")
_COUNTY_AFTER = re.compile(r",[ ]Co\.?[ ][A-Z]")
_FIELD = re.compile(
    r"[^\n;|<>\"\t]*?(?=[ \t]*(?:[\n;|<>\"\t]|\Z|[ \t]{2}|,?[ \t][A-Za-z][\w .'-]{1,20}:|(?<!No)(?<!no)(?<!Blk)\.[ \t]))"
)


def dwellings(words: Words, fields: Sequence[Field]) -> Iterator[Place]:
    """Yield streets and towns of fields ("City: …"), the town somebody lives in, the one a hospital is in, employers."""
    for kind, place in fields:
        value = _FIELD.match(words.text, place) if kind in {Announced.WHERE, Announced.TOWN} else None
        if value and value[0].strip() and (kind is Announced.TOWN or _is_an_address(words, value[0])):
            yield value.start(), value.end(), Private.ADDRESS
    for at, word in enumerate(words.low):
        if word in _HOUSES and (match := _after_a_house(words, at)):
            yield match.start("town"), match.end("town"), Private.ADDRESS
        if at + 1 == len(words.low) or words.between(at) != " ":
            continue
        if word in BEFORE_A_TOWN and (last := _town_after(words, at)):
            yield words.starts[at + 1], words.ends[last], Private.ADDRESS
        elif word in {"at", "for", "by"} and (last := _employer_after(words, at)):
            yield words.starts[at + 1], words.ends[last], Private.PLACE


def _is_an_address(words: Words, value: str) -> bool:
    """Say whether a field "Address" holds one: a figure, or capitals."""
    return bool(re.search(r"\d", value)) or (words.case == MIXED and value[0].isupper() and len(value) < 80)


def _after_a_house(words: Words, at: int) -> re.Match[str] | None:
    """The town after a hospital's name: "Hospital San Rafael, Ely", "Lakeshore Regional, Bath"."""
    for last in range(at, min(at + 3, len(words.low))):
        if words.text[words.ends[last] : words.ends[last] + 1] == ",":
            match = _NEXT_TOWN.match(words.text, words.ends[last])
            return match if match and "\n" not in match["gap"] and _is_beside(words, "", Private.PLACE, match) else None
    return None


def _town_after(words: Words, at: int) -> int:
    """The last word of the town after "from" or "lives in"; 0 where there is none."""
    first, lived_in = at + 1, is_lived_in(words, at + 1)
    if "xx" in words.low[first]:
        return 0
    if not (lived_in or words.low[at] in {"from", "near", "outside", "in"}) or _is_elsewhere(words, first):
        return 0
    last = first
    while (
        last + 1 < len(words.low) and last - at < 4 and words.between(last) in {" ", "-"} and _goes_on(words, last + 1)
    ):
        last += 1
    kinds = words.kinds[first : last + 1]
    if words.case == MIXED:
        shown = words.is_capital(first) and not words.is_shouted(first) and len(words.low[first]) > 2
        lived_in = lived_in or (
            words.low[at] in {"outside", "near"} and not words.is_capital(at) and words.low[first][:4].isalpha()
        )
        lived_in = lived_in or (words.low[at] == "from" and not _PERSONS.isdisjoint(words.low[max(0, at - 2) : at]))
        if words.low[at] == "in" and not lived_in:
            return last if shown and not kinds[0] and len(words.low[first]) > 4 and last == first else 0
        if not words.is_capital(first):
            return _small_town(words, first) if is_lived_in(words, first) else 0
        return last if shown and (lived_in or not all(kind & ORDINARY for kind in kinds)) else 0
    if lived_in:
        known = not kinds[0] & ORDINARY or kinds[0] & (TOWN | OPENS)
        return last if known and words.low[at] in {"in", "near", "from", "outside"} else 0
    return last if not kinds[0] and len(words.low[first]) > 4 and words.low[at] != "in" else 0


def _small_town(words: Words, first: int) -> int:
    """The last word of a town in small letters, as people type, that somebody lives in; 0 where an ordinary word stands there."""
    last = first + 1
    if last < len(words.low) and words.between(first) == " " and words.kinds[first] & (OPENS | TOWN):
        is_one = not words.kinds[last] & ORDINARY and bool(_ENDS.match(words.text, words.ends[last]))
        if is_one:
            return last
    is_alone = not words.kinds[first] & ORDINARY and len(words.low[first]) > 3
    return first if is_alone and _ENDS.match(words.text, words.ends[first]) else 0


def _is_elsewhere(words: Words, at: int) -> bool:
    """Say whether a word after "from" is no town: a month, a ward, somebody's kin, an eponym."""
    word = words.low[at]
    return word in _NO_TOWNS or word in ABBREVIATIONS or word in KIN or is_eponym(words, at)


def _goes_on(words: Words, at: int) -> bool:
    """Say whether a word goes on with the name of a town."""
    if words.low[at] in _NO_TOWNS:
        return False
    if words.low[at] in _ON_A_RIVER and at + 1 < len(words.low):
        return words.case != MIXED or words.is_capital(at + 1)
    if words.case == MIXED:
        return words.is_capital(at) and not words.is_shouted(at)
    return not words.kinds[at] & ORDINARY


def _employer_after(words: Words, at: int) -> int:
    """The last word of what somebody works at, where no capitals show it to the forms; 0 where there is none."""
    if not at or words.low[at - 1] not in _WORKING or words.low[at + 1] in _NO_TOWNS:
        return 0
    if words.case == MIXED and (words.is_capital(at + 1) or words.kinds[at + 1] & ORDINARY):
        return 0
    last = at + 1
    while (
        last + 1 < len(words.low)
        and last - at < 5
        and words.between(last).strip(" &") == ""
        and words.low[last + 1] not in _NO_EMPLOYERS
    ):
        last += 1
    return last


def beside(words: Words, found: Sequence[Place]) -> Iterator[Place]:
    """Yield the towns that stand after a street, a hospital, a name or a postcode: "…, 12 Mill Lane, Ely"."""
    for start, end, kind in found:
        if kind is Private.ADDRESS and (code := _POSTCODE_AFTER.match(words.text, end)):
            yield *code.span(code.lastindex or 0), Private.ADDRESS
        if kind is Private.NAME and (town := _SOMEBODY_IN.match(words.text, end)):
            what = kind_of(town[1].lower())
            if not what & ORDINARY and (what & TOWN or not what) and town[1].lower() not in _NO_TOWNS | ABBREVIATIONS:
                yield *town.span(1), Private.ADDRESS
        if kind is Private.NAME and (home := _AGED_OF.match(words.text, end)):
            yield *home.span(1), Private.ADDRESS
        if kind in _BESIDE:
            match = _NEXT_TOWN.match(words.text, end)
            if match and _is_beside(words, words.text[start:end], kind, match):
                yield match.start("town"), match.end("town"), Private.ADDRESS


def _is_beside(words: Words, data: str, kind: Private, match: re.Match[str]) -> bool:
    """Say whether what follows patient data of this kind is written and parted from it as a town is."""
    town = match["town"].rstrip(".").lstrip("0123456789 \t")
    parts = [part for part in re.split(r"[ \t-]", town) if part]
    low = [part.strip(".'").lower() for part in parts]
    if any(word in _NO_TOWNS or word in HEADS for word in low) or match["after"].lstrip()[:1] == ":":
        return False
    if words.case == MIXED and not (town[0].isupper() and all(part[0].isupper() or len(part) < 4 for part in parts)):
        return False
    return _BESIDE[kind](words, data, match, _Town(low))


class _Town:
    """What is known of the words that may be a town."""

    def __init__(self, low: list[str]) -> None:
        self.count = len(low)
        self.is_listed = bool(kind_of("_".join(low)) & TOWN)
        self.is_ordinary = all(kind_of(word) & ORDINARY for word in low)
        self.is_a_word = any(word in WRITTEN_WITH_CAPITALS for word in low)


def _beside_a_number(words: Words, data: str, match: re.Match[str], town: _Town) -> bool:
    return match["gap"] == " " and (town.is_listed or (not town.is_ordinary and bool(_POSTCODE.fullmatch(data))))


def _beside_a_name(words: Words, data: str, match: re.Match[str], town: _Town) -> bool:
    return match["gap"].startswith(",") and "\n" not in match["gap"] and town.is_listed


def _beside_a_house(words: Words, data: str, match: re.Match[str], town: _Town) -> bool:
    if match["gap"].strip(" \t") == "\n" and match["after"].strip(" \t") in {"", "\n", ","}:
        return town.is_listed and (
            not town.is_ordinary or (words.case == MIXED and not town.is_a_word)
        )  # a letter's head
    if not match["gap"].startswith((",", " (")) or town.count > 3:
        return False
    if match["gap"] == " (":
        return match["after"] == ")" and words.case == MIXED and town.count < 3
    return town.is_listed or not town.is_ordinary or (words.case == MIXED and town.count < 3)


def _beside_a_street(words: Words, data: str, match: re.Match[str], town: _Town) -> bool:
    gap = match["gap"]
    if gap == " (":
        return match["after"] == ")" and words.case == MIXED and town.count < 3 and not town.is_ordinary
    if _POSTCODE.fullmatch(data):
        return gap in {" ", ", "}
    if "\n" in gap:
        ends = match["after"].strip(" \t") in {"", "\n", ","}
        is_listed_here = town.is_listed and (gap.startswith(",") or (ends and any(map(str.isdigit, data))))
        return (
            is_listed_here
            or bool(_COUNTY_AFTER.match(words.text, match.end("town")))
            or bool(_STATE_AND_POSTCODE.match(words.text, match.end("town")))
        )
    return (
        gap.startswith((",", "^"))
        and town.count < 4
        and (town.is_listed or any(map(str.isdigit, data)) or bool(_STREET_LAST.search(data)))
    )


_BESIDE = {
    Private.NUMBER: _beside_a_number,
    Private.NAME: _beside_a_name,
    Private.PLACE: _beside_a_house,
    Private.ADDRESS: _beside_a_street,
}
