"""Sentences that state one finding in a shape that can be rewritten; every other shape is left alone.

Shapes: "Small effusion.", "There is X.", "X is seen …", "The X is unchanged.", "Films show X.", "The heart is enlarged."
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from llm_extract.trust.phrasing import ANATOMY, OF_ANATOMY, be, head, lower_first

_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|be|been|demonstrates?|shows?|reveals?|may|might|could|can|cannot|would|"
    r"should|appears?|"
    r"remains?|suggests?|represents?|seen|noted|identified|present|visualized|obscures?|projects?|overlies|extends?|"
    r"exists?|persists?|does|do|"
    r"measures?|measuring|lies|terminates?|ends?|compared|indicates?|involves?|resulting|causing|contains?)\b",
    re.IGNORECASE,
)
# Words that make a statement depend on another, hedge it, deny it or date it: such a clause is not rewritten.
_ENTANGLED = re.compile(
    r"\b(?:xxxx|otherwise|however|although|though|except|given|because|likely|probabl[ey]|possibl[ey]|versus|vs|"
    r"consistent|compatible|"
    r"suggest\w*|represent\w*|due|secondary|related|status post|prior|previous(?:ly)?|history|not|no|nor|without|"
    r"may|might|could|if|which|"
    r"that|whose|either|than|questionable|suspicious|concerning|apparent|or|interval (?:change|improvement|increase|"
    r"decrease|removal|"
    r"resolution|placement|development)|appearance(?! is)|improvement|persistence|placement|position|removal|status|"
    r"reflect\w*|favor\w*|"
    r"developed|postop\w*|sequelae?|presum\w+|questions?|redemonstrat\w+|location|evidence|findings? of|suggestive|"
    r"less|more|most|greatest|"
    r"worse|suspected|resolution|development|distribution)\b|[(:?/+]",
    re.IGNORECASE,
)
_TAIL_OF_CHANGE = re.compile(
    r",? (?:(?:grossly |essentially |relatively )?(?:stable|unchanged|similar)(?: appearing| in appearance|"
    r" (?:from|since|compared|when|to) .*)?|(?:as )?(?:compared|when compared|since|from (?:the )?prior).*|again)$",
    re.IGNORECASE,
)
_TAIL_OF_COMPARISON = re.compile(
    r",? (?:as |when )?(?:compared (?:to|with)|since|from) (?:the )?(?:prior|previous|comparison)\b.*$", re.IGNORECASE
)
_COMPARES_SIDES = re.compile(
    r",? (?:right|left)(?: side)? (?:greater|larger|more|worse)(?: than| then) (?:the )?(?:right|left)$", re.IGNORECASE
)
_THERE = re.compile(
    r"^(?:again,? )?there(?: again)? (?:is|are|has been|have been|remains?)(?: (?:again|now|also|still))* (?P<np>.+)$",
    re.IGNORECASE,
)
_SEEN = re.compile(
    r"^(?P<np>.+?)(?: (?:is|are|remains?))?(?: (?:again|also|now|still))* (?P<verb>seen|noted|present|identified|visualized|"
    r"demonstrated|evident|observed|appreciated)(?: again)?(?P<tail> (?:in|at|within|on|along|over|overlying|"
    r"throughout|projecting over|near)\b.+)?$",
    re.IGNORECASE,
)
_KNOWN = re.compile(
    r"^(?P<np>.+?) (?:is|are|has|have|remains?|appears?)(?: (?:again|also|now|slightly|grossly|essentially|mildly|"
    r"relatively|been))*"
    r" (?:stable|unchanged|increased|decreased|improved|worsened|larger|smaller|persistent)\b(?P<tail>.*)$",
    re.IGNORECASE,
)
_SHOWS = re.compile(r"^(?P<subject>.+?) (?P<verb>demonstrates?|shows?|reveals?) (?P<np>.+)$", re.IGNORECASE)
_PREDICATE = re.compile(
    r"^(?P<subject>(?:the )?[a-z' -]+?)(?: (?P<verb>is|are|appears?|remains?))?(?: (?:again|also|now|still))*"
    r" (?P<degree>(?:(?:mildly|slightly|moderately|markedly|minimally|severely|significantly|stably|somewhat|"
    r"grossly|diffusely|"
    r"borderline) )*)"
    rf"(?P<adjective>{'|'.join(sorted(OF_ANATOMY))})\b(?P<tail>.*)$",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(
    r",? (?:and|but|with|) ?(?=(?:no|without) )|,? (?:and|as well as|along with|with|in addition to) |, ", re.IGNORECASE
)
_COUNTED = frozenset(
    {
        "nodule", "hernia", "fracture", "mass", "opacity", "density", "pneumothorax", "granuloma",
        "infiltrate", "lesion", "effusion", "consolidation", "cavity", "cyst", "bulla", "tube", "catheter",
        "pacemaker", "stent", "valve", "port", "line", "drain", "lead", "clip", "device",
    }
)  # fmt: skip
_PREPOSITION = re.compile(
    r"^ (?:in|at|of|on|within|along|overlying|over|involving|near|adjacent to|throughout|bilaterally|projecting over|seen in|"
    r"noted in)\b"
)
# A capital inside a phrase is a second sentence begun without a stop, but for names of devices.
_SECOND_START = re.compile(
    r"(?<=[a-z] )(?!Swan|Dobhoff|Port|Medi|Hickman|Kerley|Bochdalek|Schmorl|Groshong)[A-Z][a-z]{3,}"
)
_LEANS = re.compile(r"(?:stable|unchanged|similar|compared|since|again|also|then|this|it)\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"; |, and |, but | and | but |, ")


class Shape(StrEnum):
    """How a clause states its finding."""

    FRAGMENT = "fragment"
    THERE_IS = "there is"
    SEEN = "seen"
    KNOWN = "known"
    SHOWS = "shows"
    PREDICATE = "predicate"


@dataclass(frozen=True, slots=True)
class Clause:
    """A statement of one finding: the finding's own noun phrase, what is stated beside it, and what stands around.

    In a predicate ("The heart is mildly enlarged") `phrase` is the subject, `verb`, `degree` and `adjective` the rest.
    `denied` are statements beside it that begin with "no". `others` are whole sentences split off.
    """

    shape: Shape
    phrase: str
    is_countable: bool = False
    beside: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    tail: str = ""
    subject: str = ""
    verb: str = ""
    degree: str = ""
    adjective: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """Where a finding is named in a sentence (`target`), and where other observations are."""

    target: tuple[int, int]
    others: tuple[tuple[int, int], ...]
    is_device: bool = False


def read_clause(sentence: str, words: Words) -> Clause | None:
    """Return the clause that states the finding, or None where the sentence has no shape that can be rewritten safely."""
    text = sentence.rstrip().rstrip(".")
    for start, end in _clauses(text, words.target):
        part = text[start:end]
        moved = Words(
            (words.target[0] - start, words.target[1] - start),
            tuple((a - start, b - start) for a, b in words.others if a >= start and b <= end),
            words.is_device,
        )
        clause = _read_one(part, moved)
        if clause is not None:
            rest = [piece for piece in (_closed(text[:start]), _closed(text[end:])) if piece]
            if any(_LEANS.match(piece) for piece in rest):
                return None
            return _with_others(clause, rest)
    return None


def _with_others(clause: Clause, rest: Sequence[str]) -> Clause:
    return Clause(
        clause.shape, clause.phrase, clause.is_countable, clause.beside, clause.denied, clause.tail, clause.subject, clause.verb,
        clause.degree, clause.adjective, tuple(rest),
    )  # fmt: skip


def _closed(piece: str) -> str:
    """Return a piece split off, without the joining words at its ends."""
    return re.sub(r"^(?:; |, and |, but | and | but |, )|(?:;|,| and| but)$", "", piece.rstrip()).strip()


def _clauses(text: str, target: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the whole sentence, then each stretch around the target that is a clause with a verb between others with one."""
    cuts = [
        match.span()
        for match in _CLAUSE_END.finditer(text)
        if not (match.start() < target[1] and target[0] < match.end())
    ]
    found = [(0, len(text))]
    befores = [0, *(end for _, end in cuts if end <= target[0])]
    afters = [*(start for start, _ in cuts if start >= target[1]), len(text)]
    for start in reversed(befores):
        for end in afters:
            if (start, end) != (0, len(text)) and all(
                _VERB.search(piece) for piece in (text[:start], text[start:end], text[end:]) if piece
            ):
                found.append((start, end))
    return found


def _read_one(text: str, words: Words) -> Clause | None:
    """Return one clause in the first shape it fits."""
    if _ENTANGLED.search(_COMPARES_SIDES.sub("", _without_denied(_TAIL_OF_COMPARISON.sub("", text)))):
        return None
    predicate = _PREDICATE.match(text)
    if predicate and _is_of_anatomy(predicate, words):
        return Clause(
            Shape.PREDICATE,
            predicate["subject"],
            subject=predicate["subject"],
            verb=(predicate["verb"] or be(predicate["subject"])).lower(),
            degree="" if "significantly" in predicate["degree"].lower() else predicate["degree"].lower(),
            adjective=predicate["adjective"].lower(),
        )
    for shape, pattern in ((Shape.THERE_IS, _THERE), (Shape.SHOWS, _SHOWS), (Shape.SEEN, _SEEN), (Shape.KNOWN, _KNOWN)):
        match = pattern.match(text)
        if match:
            return _of_phrase(shape, match, words)
    if _VERB.search(text):
        return None
    return _items(Shape.FRAGMENT, text, 0, words)


def _without_denied(text: str) -> str:
    """Return the text without a last part that denies something else."""
    return re.sub(r"(?:,? with|,| and|,? but|) (?:no|without) .+$", "", text)


def _is_of_anatomy(match: re.Match[str], words: Words) -> bool:
    """Say whether a match says of a part of the body that it is enlarged or the like, and nothing else."""
    subject = match["subject"].lower().split()
    tail_free = not any(start >= match.start("tail") for start, _ in words.others)
    return (
        subject[-1] in ANATOMY
        and not _VERB.search(match["subject"])
        and match["adjective"].lower() in OF_ANATOMY
        and tail_free
        and not words.others
        and bool(
            re.fullmatch(
                r"(?:,? (?:in size|bilaterally|again|but stable|and stable|unchanged|stable|with \w+ stable).*)?",
                match["tail"],
            )
        )
    )


def _of_phrase(shape: Shape, match: re.Match[str], words: Words) -> Clause | None:
    """Return a clause whose noun phrase a pattern found, if the finding is named there and no other one in its tail."""
    start, end = match.span("np")
    if not (start <= words.target[0] and words.target[1] <= end):
        return None
    tail = (match.groupdict().get("tail") or "") if shape is not Shape.KNOWN else ""
    if any(other[0] >= end for other in words.others) or _VERB.search(match["np"]):
        return None
    clause = _items(shape, match["np"], start, words)
    if clause is None:
        return None
    groups = match.groupdict()
    return Clause(
        shape, clause.phrase, clause.is_countable, clause.beside, clause.denied, _TAIL_OF_CHANGE.sub("", tail),
        groups.get("subject") or "", (groups.get("verb") or "").lower(),
    )  # fmt: skip


def _items(shape: Shape, text: str, offset: int, words: Words) -> Clause | None:
    """Return the clause of a list of noun phrases: each item names a finding or denies one."""
    target, beside, denied = "", [], []
    start = 0
    for separator in (*_SEPARATOR.finditer(text), None):
        end = separator.start() if separator else len(text)
        piece = text[start:end]
        spans = [(a - offset - start, b - offset - start) for a, b in (words.target, *words.others)]
        inside = [a >= 0 and b <= end - start for a, b in spans]
        if inside[0]:
            trimmed = _own_phrase(piece, spans[0], words.is_device)
            if trimmed is None or any(inside[1:]) or target:
                return None
            target = trimmed
            countable = head(trimmed).lower() in _COUNTED or bool(re.match(r"(?:a|an|another) ", piece, re.IGNORECASE))
        elif re.match(r"(?:no|without) ", piece, re.IGNORECASE):
            denied.append(re.sub(r"^(?:without|no) (?:an? |any )?", "no ", piece))
        elif any(inside[1:]) and not _ENTANGLED.search(piece):
            beside.append(lower_first(_TAIL_OF_CHANGE.sub("", piece)))
        elif not _TAIL_OF_CHANGE.fullmatch(", " + piece) and not _COMPARES_SIDES.fullmatch(" " + piece):
            return None
        start = separator.end() if separator else end
    return Clause(shape, target, countable, tuple(beside), tuple(denied)) if target else None


def _own_phrase(piece: str, span: tuple[int, int], is_device: bool) -> str | None:
    """Return the noun phrase of the finding: what stands before its name, the name, and where it is."""
    if re.match(r"(?:and|or|with) ", piece, re.IGNORECASE) or _SECOND_START.search(piece):
        return None
    before, after = piece[: span[0]], _COMPARES_SIDES.sub("", _TAIL_OF_CHANGE.sub("", piece[span[1] :]))
    if re.search(
        r"\b(?:of|in|at|on|to|for|from)\b",
        re.sub(r"\b(?:areas?|regions?|foci|focus|amounts?|components?|degree) of\b", "", before),
    ):
        return None
    if is_device:
        return before + piece[span[0] : span[1]]
    if after and not _PREPOSITION.match(after):
        return None
    return before + piece[span[0] : span[1]] + after
