"""People's names by the shape they are written in, where no list need know them: "W. Unheard", "X s/o Y", "…, LPN".

Of each shape the words are looked at once more: what is an eponym, an abbreviation or an ordinary word goes with none.
"""

import re
from collections.abc import Iterator, Sequence

from cases.gate.report.forms import Place, Private
from cases.gate.report.looks import outlines, shape, signs, told
from cases.gate.report.report_words import (
    COMMON,
    FAMILY,
    GIVEN,
    KIN,
    LIKELY,
    MIXED,
    NAME,
    NO_PART,
    ORDINARY,
    RARE,
    STAFF,
    Words,
)
from cases.gate.words import ABBREVIATIONS, EPONYMS, HEADS, NO_NAMES, SENTENCE_WORDS, kind_of, listed

_CAP = r"(?<![^\W_])[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪİĶŁĻŃŅŇŌŐŒŘŚŞŠŢŤŪŮŰŹŻŽ](?:[\w’'‘-]{0,40}\w)"
_PARTICLES = r"(?:(?:van|von|de|der|den|del|della|da|dos|du|la|le|el|al|bin|binti|ten|ter|ap|ab|Mac|a[’']|i|y|e|O|dela|delos|san|santa|ng|st|te|ni|nic)[ ])"
_KNOWN = EPONYMS | HEADS | ABBREVIATIONS | NO_NAMES | listed("technique") | listed("classed")
_GRADED = listed("graded") | HEADS | EPONYMS
_TITLE_CASE = listed("title_case")
_NO_NAME = _KNOWN | _TITLE_CASE | NO_PART
_NO_FIRST = _TITLE_CASE | NO_PART | SENTENCE_WORDS | NO_NAMES | listed("openers")
_DEGREES = "|".join(
    sorted(
        (
            word.upper().replace("-", "-?")
            for word in listed("degrees")
            if word not in {"do", "mb", "bs", "ms", "bao", "msc"}
        ),
        key=len,
        reverse=True,
    )
)
_AN_INITIAL = re.compile(r"[^Aa0./_-]A\.")  # in the outline of a text
# "Mohd. Shahid", "Wm. Banks": first names that are written short.
_SHORTENED = shape(
    rf"\b(?:(?:Sra?|Srta|Dña|Fr|Br|Rev)\.[ ]?(?={_CAP})|(?=(?:Mohd|Muhd|Md|Ma|Wm|Geo|Chas|Jas|Jos|Thos|Robt|Edw|Benj|Danl|Saml)\.))((?:\w+\.[ ]?)?{_PARTICLES}?{_CAP}(?:[ ]{_PARTICLES}*{_CAP}){{0,2}})",
    told("mohd muhd md ma wm geo chas jas jos thos robt edw benj danl saml sr sra srta fr br rev", outlines=("a.",)),
)
# "W. Unheard", "Y. el Unheard", "P.K. Unheard", "E. UNHEARD".
_INITIAL_FIRST = shape(rf"(?<![\w./-])(?:[A-ZÀ-Þ]\.[ -]?){{1,3}}{_PARTICLES}{{0,2}}({_CAP})")
# "Unheard, A.", "Unheard B.": the initial behind.
_INITIAL_LAST = shape(rf"(?<![\w.])({_CAP}),?[ ](?:[A-ZÀ-Þ]\.[ ]?){{1,2}}(?=[ ]?[,;:)(\n|-]|[ ]?\Z)", outlines(" A."))
_SON_OF = shape(
    rf"({_CAP}(?:[ ]{_CAP}){{0,2}})[ ](?:[sdSD]/[oO]|[aA]/[lLpP]|[bB]in(?:ti)?|[bB]te?)\.?[ ]({_CAP}(?:[ ]{_CAP}){{0,2}})",
    signs(" s/o", " d/o", " a/l", " a/p", " bin", " bt"),
)
# Behind what only a name follows; the word itself may be any.
_CALLED = shape(
    rf"\b(?i:known[ ]as|prefers|likes[ ]to[ ]be[ ]called|is[ ]called|goes[ ]by|nicknamed?|answers[ ]to|calls[ ](?:her|him)self|a\.?k\.?a\.?|alias|born[ ]as|preferred[ ]name|labell?ed|marked|tagged|(?:registered|listed|entered|identified|recorded|filed|admitted|signed)[ ](?:as|under)|in[ ]the[ ]name[ ]of|under[ ]the[ ]name)[ :]{{1,2}}[\"“‘']({_CAP}(?:,?[ ]{_CAP}){{0,3}}(?:[ ][A-Z]\b\.?)?)(?=[\"”’'])",
    outlines(' "A', " 'A", ':"A', ":'A"),
)
_BABY = shape(
    rf"\b(?i:baby(?:[ ]?(?:girl|boy))?(?:[ ](?:of|girl|boy)(?=[ ]))?|twin(?:[ ][ab12])?|babygirl|babyboy|b/o)[ ]({_PARTICLES}{{0,2}}(?:V[ao]n[ ])?{_CAP})",
    told("baby babygirl babyboy babyof twin b"),
)
_NAME_DASHED = shape(
    rf"\b(?:Name|NAME|Patient|PATIENT|Pt|Dr|Ref|Tech)[-–:]({_CAP}(?:[ ]{_CAP}){{0,2}})",
    told("name patient pt dr ref tech", outlines=("-A", ":A")),
)
_SIGNED_OFF = shape(
    rf"(?:\b(?i:warmly|love|ta|cheers|best|regards|thanks|thx|yours|xo+|grateful|sincerely|signed|respectfully|kr|bw|vh|vg|rgds|mvh|mfg|lg|hilsen|hälsning|hälsningar|groet|groeten|grüße|grüsse|gruß|gruss|cordialement|saludos|atentamente|abraços|saluti|pozdrawiam)[,.!]?[ \n]{{1,3}}|(?:^|\n)[-–—][ ]?|(?:^|[ \n])--[ \n]?)({_CAP}(?:[ ]{_CAP})?)(?=[ ]*\.?[ ]*\Z|[ ]*\n)",
    told(
        "warmly love ta cheers best regards thanks thx yours grateful sincerely signed respectfully kr bw vh vg rgds mvh mfg lg"
        " hilsen groet groeten gruss cordialement saludos atentamente saluti pozdrawiam"
    ),
    told(" ".join(f"x{'o' * count}" for count in range(1, 9))),
    outlines("\n-", "--"),
)
_BEFORE_A_DEGREE = shape(
    rf"(?<![\w.])((?:{_CAP}[ ]){{0,3}}{_CAP}),?[ ](?:{_DEGREES}|RDMS|RVT|PGY-?\d|SpR|ST\d|FY\d|CT\d|MS[34])(?![\w'’])",
    told(_DEGREES.lower().replace("pa-?c", "pa pac").replace("|", " ") + " rdms rvt pgy spr"),
    told("st fy ct ms", outlines=(" AA0",)),
)
_BETWEEN_DASHES = shape(rf"(?<=[-–] )({_CAP},[ ]{_CAP}|{_CAP}(?:[ ]{_CAP})?,[ ][A-Z]\.?)(?=[ ][-–(])", outlines("- A"))
# "HOPE, Faith", in a text of both cases; "SHAH N" on a list.
_SHOUTED_SURNAME = shape(
    r"(?<![\w,])([A-Z][A-Z’'-]{2,})(?:[ ][A-Z]{2,})?,[ ]?([A-Z][a-z]+)(?:[ ][A-Z]\b\.?)?(?![\w’'])",
    outlines("A,Aa", "A, Aa", "',Aa", "', Aa", "-,Aa", "-, Aa"),
)
_SHOUTED_AND_INITIAL = shape(
    r"(?<![\w,/-])((?:[A-Z]{3,}[ ]){1,2})([A-Z])(?=[ ]?(?:[,;)\n\"(]|\Z|\.[ \n]))",
    outlines(*(f"AAA A{after}" for after in ',;)\n"( .')),
)
# A role, and a name in small letters behind it, as people type.
_TYPED_SMALL = shape(
    r"\b(?:np|pa|rn|fao|attn|pn|reg|spr|sho|dr|drs|dict|tech|nurse|daughter|son|wife|husband|mum|mom|dad|sister|brother|ta)\.?,?[ ]((?:[a-z][ ])?[a-z'’-]{3,})(?=[ ]*(?:[,;)\n(]|\.[ \n]|\Z)|[ ](?:md|do|rn|np|pa|at|on|in|x?[ ]?\d))",
    told(
        "np pa rn fao attn pn reg spr sho dr drs dict tech nurse daughter son wife husband mum mom dad sister brother ta"
    ),
)
# Roles that no list of announcing words has with a dot or a colon: "Reg. Unheard", "lab tech. Unheard", "buddy Unheard".
_ROLES = listed("roles")
_ROLE = shape(
    rf"\b(?i:{'|'.join(sorted(_ROLES))})\b[.:]?[ ](?=({_PARTICLES}{{0,2}}{_CAP}(?:[ ]{_PARTICLES}{{0,2}}{_CAP}){{0,2}}(?:[ ][A-Z]\.)?))",
    told(" ".join(_ROLES).replace("baby-sitter", "sitter")),
)
_KIN_OR_STAFF = KIN | STAFF
_KIN_AND_NAME = shape(
    rf"\b(?:(?i:{'|'.join(sorted(_KIN_OR_STAFF))}))\b:?[ ](?=({_PARTICLES}{{0,2}}{_CAP}(?:[ ]{_PARTICLES}{{0,2}}{_CAP}){{0,2}}(?:[ ][A-Z]\.)?))",
    told(re.sub(r"\S+-", " ", " ".join(_KIN_OR_STAFF))),
)
# A role, and in brackets who it is: "the surgical reg (Bachelor)", "flatmate (Gray)".
_BRACKETED = shape(
    rf"\b(?i:{'|'.join(sorted(_ROLES | _KIN_OR_STAFF))})s?[ ]\(([A-ZÀ-Þ][a-zà-ÿ’'-]{{2,20}}(?:[ ][A-ZÀ-Þ][a-zà-ÿ’'-]{{2,20}})?)(?=[),;])",
    outlines("(Aa"),
)
# Who somebody is, in brackets behind the name: "Lindiwe Zulu (registrar)".
_BEFORE_A_BRACKET = shape(
    rf"(?<![\w'’.-])([A-ZÀ-Þ][a-zà-ÿ’'-]{{2,20}}(?:[ ][A-ZÀ-Þ][a-zà-ÿ’'-]{{2,20}}){{0,2}})[ ]\((?i:{'|'.join(sorted(STAFF | KIN | {'rn', 'sho', 'spr', 'st4', 'pa', 'np', 'charge nurse', 'cnm'}))})\)",
    outlines("a ("),
)
# Both names of somebody to whom only people come: "Will Power was notified"; before a birthday: "Summer Rain, 4/1/02".
_PAIR = r"(?<![\w'’.-])([A-ZÀ-Þ][a-zà-ÿ’'-]{1,20}[ ][A-ZÀ-Þ][a-zà-ÿ’'-]{2,20})"
_TOLD = shape(
    rf"{_PAIR}(?=[ ](?:was|were|has[ ]been|is)[ ](?:also[ ])?(?:notified|informed|paged|made[ ]aware|aware|contacted|told|advised|called)\b)",
    told("notified informed paged aware contacted told advised called"),
)
_BEFORE_A_DAY = shape(rf"{_PAIR}(?=,[ ]\d{{1,4}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}(?![\w/.-]))", outlines("a, 0"))
# The last word of all, a sentence for itself: "No acute process. Green".
_LAST_WORD = re.compile(r"[.!?\")”][ \n]{1,2}([A-ZÀ-Þ][a-zà-ÿ’'-]{2,20}(?:[ ][A-ZÀ-Þ][a-zà-ÿ’'-]{2,20})?)\s*\Z")
_AFTER_A_NAME = re.compile(
    rf"[ ](?:[\"“(‘']{_CAP}[\"”)’'](?:[ ]{_CAP}){{0,2}}|(?:Wm|Geo|Chas|Jas|Jos|Thos|Robt)\.[ ]{_CAP})|,[ ][A-Z](?=[ ]?(?:[(\n]|\Z))|,[ ](?:Wm|Geo|Chas|Jas|Jos|Thos|Robt)\."
)
_ALONE = (_SHORTENED, _CALLED, _BABY, _NAME_DASHED, _SON_OF)  # of these the words are hardly looked at


def name_shapes(words: Words) -> Iterator[Place]:
    """Yield the names that their shape shows."""
    for form in _ALONE:
        for match in form.found_in(words.seen):
            if form is _SHORTENED or not _is_known(match[1].split(" ")[-1], words, is_first=form is _SON_OF):
                groups = (0,) if form is _SON_OF else (1,)
                yield from (
                    (match.start(group) + _titles_of(match[group]), match.end(group), Private.NAME) for group in groups
                )
    yield from _signed_off(words)
    yield from _with_initials(words)
    if words.case == MIXED:
        yield from _with_degrees(words)
        yield from _after_roles(words)
        yield from _in_brackets(words)
    yield from _typed_small(words)
    yield from _between_dashes(words)
    if words.case == MIXED:
        yield from _shouted(words)


def _signed_off(words: Words) -> Iterator[Place]:
    for match in _SIGNED_OFF.found_in(words.seen):
        if _NO_NAME.isdisjoint(match[1].lower().split(" ")):
            yield *match.span(1), Private.NAME


def _in_brackets(words: Words) -> Iterator[Place]:
    """Yield names in brackets behind a role or with it behind them, both names before what only people do, a name that is the last sentence."""
    for match in _BRACKETED.found_in(words.seen):
        if any(map(_may_be_a_name, match[1].split(" "))) and _NO_NAME.isdisjoint(match[1].lower().split(" ")):
            yield *match.span(1), Private.NAME
    for match in _BEFORE_A_BRACKET.found_in(words.seen):
        parts = match[1].split(" ")
        is_role = any(part.lower() in _TITLE_CASE or part.lower() in NO_PART for part in parts)
        if not is_role and any(_may_be_a_name(part) for part in parts):
            yield *match.span(1), Private.NAME
    for match in (*_TOLD.found_in(words.seen), *_BEFORE_A_DAY.found_in(words.seen)):
        low = match[1].lower().split(" ")
        if _NO_NAME.isdisjoint(low) and all(kind_of(word) & NAME for word in low):
            yield *match.span(1), Private.NAME
    last = _LAST_WORD.search(words.text, max(0, len(words.text) - 60))
    if last and _NO_NAME.isdisjoint(last[1].lower().split(" ")):
        kinds = [kind_of(word) for word in last[1].lower().split(" ")]
        if all(kind & NAME and (not kind & ORDINARY or kind & COMMON) for kind in kinds):
            yield *last.span(1), Private.NAME


def _between_dashes(words: Words) -> Iterator[Place]:
    for match in _BETWEEN_DASHES.found_in(words.seen):
        family, given = (part.lower().strip(".") for part in match[1].split(", "))
        if kind_of(family.split(" ")[-1]) & FAMILY and (len(given) < 2 or kind_of(given) & GIVEN):
            yield *match.span(1), Private.NAME


def beside_names(words: Words, found: Sequence[Place]) -> Iterator[Place]:
    """Yield what goes on with a name already found: a nickname in quotes, the surname behind it."""
    for _, end, kind in found:
        if kind is Private.NAME and (match := _AFTER_A_NAME.match(words.text, end)):
            inner = [word.strip("\"“”()‘’'.,").lower() for word in match[0].split()]
            if _NO_NAME.isdisjoint(inner):
                yield match.start() + 1, match.end(), Private.NAME


def _with_initials(words: Words) -> Iterator[Place]:
    text = words.text
    has_initial = words.seen.outline is None or _AN_INITIAL.search(words.seen.outline)
    for match in _INITIAL_FIRST.found_in(words.seen) if has_initial else ():
        before = re.search(r"(\w+)[ ]\Z", text[max(0, match.start() - 16) : match.start()])
        if before and before[1].lower() in _GRADED:
            continue
        ends_the_line = text[match.end() : match.end() + 1] in {"", "\n"}
        kind = kind_of(match[1].lower())
        is_sure = ends_the_line and kind & NAME and (not kind & ORDINARY or kind & (COMMON | RARE))
        opens = not is_sure and (
            text[max(0, match.start() - 2) : match.start()].strip(" ")[-1:] in {"", "\n"}
            and match[0][0] in "ABCDEFG"
            and match[0].count(".") < 2
        )
        if not opens and _may_be_a_name(match[1]):
            yield *match.span(), Private.NAME
    for match in _INITIAL_LAST.found_in(words.seen):
        if _may_be_a_name(match[1]) and not (match[1].isupper() and len(match[1]) < 4):
            yield *match.span(), Private.NAME


def _with_degrees(words: Words) -> Iterator[Place]:
    for match in _BEFORE_A_DEGREE.found_in(words.seen):
        parts = list(re.finditer(r"\S+", match[1]))
        while parts and parts[0][0].lower() in _NO_FIRST:
            parts.pop(0)
        is_none = not parts or any(part[0].lower() in _NO_NAME for part in parts)
        if not is_none and not all(part[0].isupper() and len(part[0]) < 4 for part in parts):
            yield match.start(1) + parts[0].start(), match.end(1), Private.NAME


def _after_roles(words: Words) -> Iterator[Place]:
    for match in (*_ROLE.found_in(words.seen), *_KIN_AND_NAME.found_in(words.seen)):
        parts = match[1].split(" ")
        least = 1 if match.re is _KIN_AND_NAME.pattern else 0
        while (
            len(parts) > least
            and len(parts[-1]) > 2
            and not _may_be_a_name(parts[-1])
            and parts[-1].lower() in _NO_NAME
        ):
            parts.pop()
        if parts and _goes_with_a_role(words, match, parts):
            yield match.start(1), match.start(1) + len(" ".join(parts)), Private.NAME


def _typed_small(words: Words) -> Iterator[Place]:
    """Yield names in small letters behind a role, as people type."""
    for match in _TYPED_SMALL.found_in(words.seen):
        last = match[1].split(" ")[-1]
        kind = kind_of(last)
        is_name = (not kind and len(last) > 3) or (kind & NAME and (kind & COMMON or not kind & ORDINARY))
        if is_name and last not in SENTENCE_WORDS and last not in _KNOWN and last not in _TITLE_CASE:
            yield *match.span(1), Private.NAME


def _goes_with_a_role(words: Words, match: re.Match[str], parts: list[str]) -> bool:
    """Say whether a word behind a role is a name: an eponym is one too behind somebody's kin ("Husband Brodie at …")."""
    first = next((part for part in parts if part[0].isupper()), parts[0])
    after = words.text[match.end(1) : match.end(1) + 24].lstrip(" ").split(" ")[0].strip(".,;").lower()
    if after in HEADS:
        return False
    return any(map(_may_be_a_name, parts)) or (match.re is _KIN_AND_NAME.pattern and first.lower() in EPONYMS)


def _shouted(words: Words) -> Iterator[Place]:
    """Yield surnames in capitals among small letters, with a first name or an initial behind; names between dashes."""
    for match in _SHOUTED_SURNAME.found_in(words.seen):
        low, given = match[1].lower(), kind_of(match[2].lower())
        if low not in _NO_NAME and given & GIVEN and match[2].lower() not in _TITLE_CASE:
            yield *match.span(), Private.NAME
    for match in _SHOUTED_AND_INITIAL.found_in(words.seen):
        low = match[1].strip().lower().split(" ")
        if all(kind_of(word) & FAMILY and word not in _KNOWN and word not in _TITLE_CASE for word in low):
            yield *match.span(), Private.NAME


def _titles_of(name: str) -> int:
    """How many characters of titles and roles open a name: "Patient " of "Patient Mohammed bin Salim"."""
    length = 0
    for word in name.split(" ")[:-1]:
        if word.strip(".").lower() not in _TITLE_CASE | NO_PART:
            break
        length += len(word) + 1
    return length


def _may_be_a_name(word: str) -> bool:
    """Say whether a word with a capital may be a surname: none that is ordinary and nothing else, no eponym."""
    low = word.lower()
    parts = [part for part in re.split(r"[-’']", low) if len(part) > 1] or [low]
    if low in _KNOWN or any(part in EPONYMS for part in parts):
        return False
    kinds = [kind_of(part) for part in parts]
    if len(parts) > 1:
        return any(not kind or (kind & NAME and (not kind & ORDINARY or kind & (LIKELY | RARE))) for kind in kinds)
    kind = kinds[0]
    return (
        not kind & ORDINARY
        or bool(kind & NAME and (not kind & ORDINARY or kind & (LIKELY | COMMON | RARE)))
        or bool(kind & RARE)
    )


def _is_known(word: str, words: Words, *, is_first: bool) -> bool:
    low = word.lower()
    return low in ABBREVIATIONS or low in NO_NAMES or low in HEADS or (is_first and low in _TITLE_CASE)
