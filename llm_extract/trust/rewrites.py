"""One clause said otherwise: the finding denied, hedged, or told of the past, in the words a radiologist would choose."""

import re
from collections.abc import Sequence
from random import Random

from llm_extract.trust.clauses import Clause, Shape
from llm_extract.trust.phrasing import anatomy_of, bare, be, graded, is_plural, joined, upper_first, with_article

# Devices that come and go; a valve or a stent is not taken out between two films.
_REMOVABLE = re.compile(
    r"\b(?:tube|tubing|catheter|line|picc|port|drain|pacemaker|lead|pump|cannula|swan|central line|dobhoff|icd)s?\b",
    re.IGNORECASE,
)

# Findings that come and go; emphysema, a hernia or a healed fracture does not resolve.
_RESOLVES = re.compile(
    r"\b(?:effusion|fluid|edema|pneumonia|consolidation|atelectasis|infiltrate|pneumothorax|opacit|airspace|congestion)",
    re.IGNORECASE,
)


def negated(clause: Clause, rng: Random, *, is_device: bool = False) -> str:
    """Return the clause with its finding denied, and what stood beside it kept."""
    if clause.shape is Shape.PREDICATE:
        return _finish(_not_so(clause), clause)
    odd = anatomy_of(clause.phrase)
    if odd:
        return _finish([*_beside(clause, rng), _anatomy_is(odd, "not ")], clause)
    noun = _named(clause.phrase, is_device=is_device)
    return _finish(_denied(clause, noun, rng, is_device=is_device), clause)


def _denied(clause: Clause, noun: str, rng: Random, *, is_device: bool) -> list[str]:
    """Return the sentences that deny a noun in the shape of the clause."""
    is_are, has = be(noun), "have" if is_plural(noun) else "has"
    alone = [
        f"No {noun}",
        f"There {is_are} no {noun}",
        f"No {noun} {is_are} seen",
        f"{noun} {is_are} not identified",
        f"{noun} {is_are} not appreciated",
    ]
    alone += (
        [] if is_device else [f"{noun} {has} been excluded", f"Absence of {noun}", f"No {noun} {is_are} demonstrated"]
    )
    goes = bool(_RESOLVES.search(noun))
    alone += [f"Interval resolution of {noun}"] if clause.shape is Shape.FRAGMENT and goes else []
    alone += (
        [] if is_device else [f"No evidence of {noun}", f"No radiographic evidence of {noun}", f"Negative for {noun}"]
    )
    if clause.beside:
        rest = joined(list(clause.beside))
        ways = [
            [*_beside(clause, rng), rng.choice(alone)],
            [f"{_unarticled(rest)} without {noun}{_tail(clause, rest)}"],
            [f"There {be(clause.beside[0])} {rest}{_tail(clause, rest)} but no {noun}"],
        ]
        return rng.choice(ways)
    if clause.shape is Shape.SEEN:
        return [f"No {noun} {is_are} {clause.verb}{_tail(clause, noun)}"]
    if clause.shape is Shape.KNOWN:
        gone = [f"The {noun} {has} resolved", f"The {noun} {is_are} no longer seen"] if goes else []
        return [rng.choice([*gone, f"No {noun} {is_are} seen"])]
    if clause.shape is Shape.SHOWS:
        return [f"{clause.subject} {clause.verb} no {noun}"]
    return [rng.choice(alone)]


def hedged(clause: Clause, rng: Random, *, is_device: bool = False) -> str:
    """Return the clause with its finding in doubt, and what stood beside it kept."""
    verb = {"remain": "are", "remains": "is"}.get(clause.verb, clause.verb)
    if clause.shape is Shape.PREDICATE:
        doubt = rng.choice(["may be", f"{verb} possibly", f"{verb} questionably", "could be"])
        return _finish([f"{clause.subject} {doubt} {clause.degree}{clause.adjective}"], clause)
    odd = anatomy_of(clause.phrase)
    if odd:
        return _finish([*_beside(clause, rng), _anatomy_is(odd, "possibly ")], clause)
    phrase = re.sub(r" tips?$", "", graded(clause.phrase)) if is_device else graded(clause.phrase)
    return _finish(_doubted(clause, phrase, rng, is_device=is_device), clause)


def _doubted(clause: Clause, phrase: str, rng: Random, *, is_device: bool) -> list[str]:
    """Return the sentences that put a noun phrase in doubt in the shape of the clause."""
    is_are, one = be(phrase), with_article(phrase, countable=clause.is_countable)
    word = rng.choice(["possible", "questionable", "suspected", "probable"])
    possible = with_article(f"{word} {phrase}", countable=clause.is_countable)
    seen = [_unarticled(possible), f"There may be {one}", f"There {is_are} {possible}"]
    alone = [
        *seen,
        f"{one} cannot be excluded",
        f"{one} {is_are} not excluded",
        f"{one} {is_are} suspected",
        f"Findings are suspicious for {phrase}",
        f"There is the suggestion of {one}",
        f"Cannot rule out {one}",
        f"Equivocal {phrase}",
        f"{one} {is_are} difficult to exclude",
        f"{one} cannot be entirely excluded",
        f"Findings raise the possibility of {one}",
        f"Concern for {phrase}",
        f"{one} {is_are} questioned",
        f"Findings could represent {phrase}",
        f"There is a question of {phrase}",
        f"{one} should be considered",
        f"Appearance raises suspicion for {phrase}",
        f"Query {phrase}",
        f"{one} cannot be ruled out",
        f"{one} {'remain' if is_are == 'are' else 'remains'} a consideration",
    ]
    alone = seen if is_device else alone
    if clause.beside:
        ways = [
            [f"There {be(clause.beside[0])} {joined([*clause.beside, possible])}"],
            [joined([*(_unarticled(one) for one in clause.beside), _unarticled(possible)])],
            [*_beside(clause, rng), rng.choice(alone)],
        ]
        return rng.choice(ways)
    if clause.shape is Shape.SEEN:
        tail = _tail(clause, phrase)
        return [
            rng.choice(
                [
                    f"{one} may be present{tail}",
                    f"{_unarticled(possible)}{tail}",
                    f"{possible} {is_are} {clause.verb}{tail}",
                ]
            )
        ]
    if clause.shape is Shape.SHOWS:
        return [f"{clause.subject} {clause.verb} {possible}"]
    return [rng.choice(alone)]


def kept_beside(clause: Clause, rng: Random) -> str:
    """Return the clause without its finding; empty where it said nothing else."""
    return _finish(_beside(clause, rng), clause)


def of_the_past(clause: Clause, rng: Random, *, is_device: bool) -> tuple[str, str]:
    """Return what the clause tells as history: a sentence for the findings, and one for the indication (or empty).

    A device is said to have been removed: a history of a device would not say that it is gone; of one that stays, nothing (two
    empty strings).
    """
    if clause.shape is Shape.PREDICATE:
        was = "were" if is_plural(clause.subject) else "was"
        return f"{upper_first(clause.subject)} {was} {clause.adjective} on the prior examination.", ""
    odd = anatomy_of(clause.phrase)
    if odd:
        return f"{_anatomy_is(odd, '')} on the prior examination.", ""
    noun = _named(clause.phrase, is_device=is_device)
    if is_device:
        if not _REMOVABLE.search(noun):
            return "", ""
        has = "have" if is_plural(noun) else "has"
        ways = [
            f"The previously seen {noun} {has} been removed.",
            f"Interval removal of {noun}.",
            f"The {noun} {has} been removed since the prior study.",
        ]
        return rng.choice(ways), ""
    one = with_article(noun, countable=clause.is_countable)
    ways = [
        f"The patient has a history of {noun}.",
        f"Prior examination demonstrated {one}.",
        f"Prior radiograph showed {one}.",
        f"Remote history of {noun}.",
        f"Known history of {noun}.",
        f"{upper_first(one)} {'were' if is_plural(noun) else 'was'} present on the prior examination.",
        f"Past medical history of {noun}.",
        f"{upper_first(one)} {'were' if is_plural(noun) else 'was'} noted previously.",
        f"{upper_first(one)} {'were' if is_plural(noun) else 'was'} seen on the previous study.",
        f"Outside CT described {one}.",
        f"The patient previously had {one}.",
    ]
    return rng.choice(ways), f"History of {noun}."


def _named(phrase: str, *, is_device: bool) -> str:
    """Return the noun that can be denied; of a device's tip, the device."""
    noun = bare(phrase)
    return re.sub(r" tips?$", "", noun) if is_device else noun


def _anatomy_is(odd: str, how: str) -> str:
    """Return "The heart is not enlarged" from "enlarged heart"; with `how` empty, "The heart was enlarged"."""
    adjective, rest = odd.split(maxsplit=1)
    verb = be(rest) if how else ("were" if is_plural(rest) else "was")
    return f"The {rest} {verb} {how}{adjective.lower()}"


def _not_so(clause: Clause) -> list[str]:
    """Return a predicate denied."""
    verb = clause.verb
    if verb in {"is", "are"}:
        return [f"{clause.subject} {verb} not {clause.adjective}"]
    if verb in {"remain", "remains"}:
        return [f"{clause.subject} {'is' if verb == 'remains' else 'are'} no longer {clause.adjective}"]
    return [f"{clause.subject} {'does' if verb.endswith('s') else 'do'} not appear {clause.adjective}"]


def _tail(clause: Clause, phrase: str) -> str:
    """Return the place that stood after the verb, unless the phrase names one already."""
    return clause.tail if not re.search(r" (?:in|at|within|on|along)\b", phrase) else ""


def _unarticled(phrase: str) -> str:
    return re.sub(r"^an? ", "", phrase)


def _beside(clause: Clause, rng: Random) -> list[str]:
    """Return what stood beside the finding as a sentence of its own."""
    if not clause.beside:
        return []
    rest = joined(list(clause.beside))
    tail = _tail(clause, rest)
    plain = f"{_unarticled(rest)}{tail}"
    if clause.shape is Shape.FRAGMENT:
        return [plain]
    return [rng.choice([plain, f"There {be(clause.beside[0])} {rest}{tail}"])]


def _finish(said: Sequence[str], clause: Clause) -> str:
    """Return the sentences, with what was denied beside the finding and what other clauses said."""
    sentences = [*said, *clause.denied, *clause.others]
    return " ".join(f"{upper_first(sentence.strip())}." for sentence in sentences if sentence.strip())
