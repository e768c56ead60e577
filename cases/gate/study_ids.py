"""Identifiers that sites give to studies: which may name somebody, by what stands in them or by whom their row names.

A run of letters is a machine's where it is a word that ids are made of, a code of few letters, or what chance writes; any
other may be a name, known or not. docs/imports.md says how often that errs.
"""

import re
from collections.abc import Iterable, Sequence

from cases.gate.header.descriptions import ACQUISITION_WORDS
from cases.gate.words import NAME, Word, kind_of, listed, plain

PIECE = re.compile(r"[^\W\d_]+|\d+")
SIGNS_OF_NAMES = re.compile(r"[\^@,]")
# What letters of another encoding become where they are read as Latin-1, or not at all: a name may be behind it.
MISREAD = re.compile("[\x80-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf\xd7\xf7\ufffd]")
# Our own pseudonyms; identifiers that data sets are known by: Open-i, MIMIC-CXR, NIH ChestX-ray14, CheXpert; digests and
# UUIDs; what DICOMweb calls the instances of a request.
KNOWN = re.compile(
    r"(?-i:[SP](?=[A-Z]*[2-7])[A-Z2-7]{16})|CXR\d{1,5}(?:_\d{1,4})?(?:_IM-\d{4}-\d{4,8})?(?:-\d{4})?|IM-\d{4}-\d{4,8}|[ps]\d{8}|p1\d|\d{8}_\d{3}|patient\d{5}"
    r"|[0-9a-f]{24,128}|[0-9a-f]{8}(?:-[0-9a-f]{8}){4}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{5}-[0-9a-f]{32}",
    re.IGNORECASE,
)
# National identity numbers, which hold a birth date or are known as such: 078-05-1120, 19500312-1234, 120350-1234, 120350A123B.
_OF_A_PERSON = re.compile(
    r"\d{3}[- ]\d\d[- ]\d{4}|(?:19|20)\d\d[-. ]?(?:0[1-9]|1[0-2])[-. ]?(?:0[1-9]|[12]\d|3[01])(?:[-+ ]?\d{1,4})?"
    r"|\d{6}[-+]\d{4}|\d{6}[-+A]\d{3}[0-9A-Z]"
)
WORDS_OF_FILES = ACQUISITION_WORDS | listed("file_words")
NUMBERED = listed("numbered_words")
# Words that ids are made of beside those of files: how studies are counted and grouped, what is looked at, data sets.
_WORDS_OF_IDS = """
    acc adni aibl anonymous archive arm arms aug auto base baseline batch benchmark bids bimcv bold box brats
    camus case cases cat cine class covid cxr cxray data dataset ded demo disk dose entry episode event example
    exp experiment extra fold follow followup gold gray grey group holdout idri index isic item items job kits
    label lidc list lits lot luad lung lusc mammo mammogram mcu member mg model mri neuro nlst node none null
    number oasis object order padchest pano part pathology phase pilot point pool practice prior priors proj
    project prostate pseudo pseudonym query queue rad radio radiology random reader readers release req request
    rest result ricord room round row sample samples sars select serial serie service sheet shelf siim source
    spect sub subset synthetic table task tcga ticket time timepoint tomo tomosynthesis training trial trials uk
    unit unknown upload user validation vein vindr volume volumes workflow worklist xnat xray xrays
"""
_MACHINE_WORDS = WORDS_OF_FILES | NUMBERED | frozenset(_WORDS_OF_IDS.split())
_LEAST = 4  # letters of a run that may be a name by itself; shorter ones are codes of hospitals and machines
_TOKEN = re.compile(r"[^\W_]+")
_HEX = re.compile(r"[0-9a-f]{8,}", re.IGNORECASE)
_BASE32 = re.compile(
    r"(?-i:(?=[A-Z2-7]*[A-Z][2-7]+[A-Z])[A-Z2-7]{16,})"
)  # a figure within, as behind a name none stands
_OURS = re.compile(r"[SP][A-Z]{16}")
_LONG = 7  # letters of a name that chance does not write
_ROMAN = re.compile(r"x{0,3}(?:ix|iv|v?i{0,3})", re.IGNORECASE)
_CAMEL = re.compile(r"[^\W\d_][^\W\d_A-Z]*")
_CHANGES = 4  # between letters and figures, of what chance writes
_YEAR = re.compile(r"(?:18|19)\d\d|200\d")  # of a birth
_VOWELS = frozenset("aeiouy")
_ALONE = re.compile(r"(?<![^\W_])[^\W\d_](?![^\W_])")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae", "ß": "ss"})


def id_names_somebody(study_id: str) -> bool:
    """Whether an identifier that a site gave a study as one may hold a person's name, or is a birth date or an identity
    number by its form. Other numbers are the site's own.
    """
    if KNOWN.fullmatch(study_id) or _is_our_own(study_id):
        return False
    if SIGNS_OF_NAMES.search(study_id) or MISREAD.search(study_id) or _OF_A_PERSON.fullmatch(study_id):
        return True
    return any(map(_may_be_a_name, _runs(study_id))) or _is_of_short_names(study_id)


def names_in_id(identifier: str) -> str:
    """The words of an identifier that may name somebody, as "SMITH JOHN" of "SMITH_JOHN_CT"; empty where none does."""
    if not id_names_somebody(identifier):
        return ""
    words = [word for word in PIECE.findall(identifier) if not word.isdigit()]
    if SIGNS_OF_NAMES.search(identifier):
        return " ".join(words)
    of_short_names = _is_of_short_names(identifier)
    return " ".join(
        word
        for word in words
        if _may_be_a_name(word) or (of_short_names and len(word) > 1 and word.lower() not in _MACHINE_WORDS)
    )


def is_named_by(study_id: str, named: Iterable[str]) -> bool:
    """Whether an identifier holds a name that its row or header gives of somebody: by itself, run together with another
    one or an initial, or cut short. A word that ids are made of is none, and neither is a code: "HAR" of "HAR07-00093".
    """
    names = list(dict.fromkeys(word for name in named for word in _words_of_name(name)))
    if not names or KNOWN.fullmatch(study_id) or _is_our_own(study_id):
        return False
    runs = [form for run in PIECE.findall(study_id) if not run.isdigit() for form in _spellings(run)]
    runs = [run for run in runs if run not in _MACHINE_WORDS]
    return any(_holds(run, name, names) for run in runs for name in names if len(name) > 1)


def _holds(run: str, name: str, names: Sequence[str]) -> bool:
    """Whether a run of an identifier is the name, with another one of the person or initials, or holds it, or begins it."""
    others = [other for other in names if other != name]
    initials = "".join(other[0] for other in others)
    parts = {"", initials, *others, *initials}
    if any(run in {name + part, part + name} for part in parts):
        return True
    if kind_of(run) & Word.ORDINARY:
        return False
    return (len(name) >= _LEAST and name in run) or (len(run) > _LEAST and name.startswith(run))


def _words_of_name(name: str) -> list[str]:
    """The words of a name in small letters, in each spelling, without such as are a code's."""
    found = []
    may_be_code = any(map(str.isdigit, name))
    for run in PIECE.findall(name):
        if not run.isdigit() and not (may_be_code and len(run) < _LEAST):
            found += [word for word in _spellings(run) if word not in _MACHINE_WORDS]
    return found


def _spellings(run: str) -> list[str]:
    low = run.lower()
    return list(dict.fromkeys((plain(low), plain(low.translate(_UMLAUTS)))))


def _is_our_own(study_id: str) -> bool:
    """Whether an identifier is a pseudonym without a figure, one in 28 of ours, and not a name of as many letters."""
    low = study_id.lower()
    ends = [end for size in range(_LONG, len(low)) for end in (low[:size], low[-size:])]
    return bool(_OURS.fullmatch(study_id)) and not any(kind_of(end) & NAME for end in ends)


def _runs(study_id: str) -> list[str]:
    """The runs of letters of an identifier that chance did not write."""
    runs: list[str] = []
    for token in _TOKEN.findall(study_id):
        pieces = PIECE.findall(token)
        letters = [piece for piece in pieces if not piece.isdigit()]
        if len(pieces) > 1 and (_HEX.fullmatch(token) or _BASE32.fullmatch(token)):
            continue
        if len(pieces) > _CHANGES:
            letters = [run for run in letters if kind_of(plain(run).lower()) & NAME]
        runs += letters
    return runs


def _may_be_a_name(run: str) -> bool:
    """Whether a run of letters is neither a machine's word, nor a mere word, nor a code."""
    low = plain(run).lower()
    if not low.isascii():
        return True  # of another script
    if len(low) < _LEAST or low in _MACHINE_WORDS or _is_of_machine_words(low):
        return False
    kind = kind_of(low)
    if kind:
        return not kind & Word.ORDINARY or bool(kind & (Word.COMMON | Word.LIKELY | Word.TOWN | Word.RARE))
    if not _VOWELS & set(low) or _ROMAN.fullmatch(low):
        return False
    parts = _CAMEL.findall(run)
    return run.isupper() or len(parts) == 1 or len(run) >= 2 * len(parts)


def _is_of_machine_words(low: str) -> bool:
    """Whether a run is several of them written together: "trainimg", "studyid"."""
    return any(
        low[at:] in _MACHINE_WORDS or (len(low) - at > 3 and _is_of_machine_words(low[at:]))
        for at in range(2, len(low) - 1)
        if low[:at] in _MACHINE_WORDS
    )


def _is_of_short_names(study_id: str) -> bool:
    """Whether there is nothing but short names: "LI_NA", "DOE JON"; or one with an initial or a year: "KIM_J", "LEE_1950"."""
    words = [plain(word).lower() for word in PIECE.findall(study_id) if not word.isdigit()]
    words = [word for word in words if word not in _MACHINE_WORDS]
    names = [word for word in words if len(word) > 1 and kind_of(word) & NAME]
    if not names:
        return False
    if len(words) > 1 and len(names) == len(words):
        return True
    kind = kind_of(names[0])
    if len(words) > 1 + len(_ALONE.findall(study_id)) or (kind & Word.ORDINARY and not kind & Word.COMMON):
        return False
    figures = [piece for piece in PIECE.findall(study_id) if piece.isdigit()]
    return len(words) > 1 or (len(names[0]) > 2 and len(figures) == 1 and bool(_YEAR.fullmatch(figures[0])))
