"""The terms that a code string may be: what the standard lists for the attribute, and what machines write there.

A code string that is none of them may be anything a person typed, a name or the answer to the benchmark's question, and is
as if it had not been given. PS3.3 and PS3.16 list the terms; ``lexicon/`` says for each list from where.
"""

import re

from cases.gate.header.descriptions import ACQUISITION_WORDS
from cases.gate.header.technique import TECHNIQUE, has_numbers_of_machines, is_disguised, is_of_the_dictionary
from cases.gate.words import listed

# Defined terms of Modality, with those that the standard retired (PS3.3 C.7.3.1.1.1).
_MODALITIES = """
    ANN AR ASMT AU BDUS BI BMD CAD CD CF CFM CP CR CS CT CTPROTOCOL DD DF DG DM DMS DOC DS DX EC ECG EEG EMG EOG EPS ES FA
    FID FS GM HC HD IO IOL IVOCT IVUS KER KO LEN LP LS M3D MA MG MR MS NM OAM OCT OP OPM OPR OPT OPTBSV OPTENF OPV OSS OT
    PA PLAN POS PR PT PX REG RESP RF RG RTDOSE RTIMAGE RTINTENT RTPLAN RTRAD RTRECORD RTSEGANN RTSTRUCT RWV SC SEG SM SMR
    SR SRF ST STAIN TEXTUREMAP TG US VA VF XA XAPROTOCOL XC
"""
MODALITIES = frozenset(_MODALITIES.split())
BODY_PARTS, VIEWS = listed("body_parts"), listed("view_positions")
CODE_STRINGS = listed("code_strings") | TECHNIQUE | ACQUISITION_WORDS
_SPECIES_SIDES = r"[LRAPHF]{1,3}"  # PS3.3 C.7.6.1.1.1
_PATIENT_SEX, _BODY_PART, _VIEW = 0x00100040, 0x00180015, 0x00185101
# Terms that PS3.3 enumerates, or all that it defines, by tag: anything else there is none.
_FORMS = {
    _PATIENT_SEX: r"[MFO]",
    0x00185100: r"(?:HF|FF|LF|RF|AF|PF)(?:P|S|DR|DL)|ERECT|SEMIERECT|SUPINE|PRONE|SITTING",
    0x00200020: _SPECIES_SIDES,
    0x00200060: r"[RLUB]",
    0x00200062: r"[RLUB]",
    0x20500020: r"IDENTITY|INVERSE",
    0x00281054: r"OD|HU|US|MGML|Z_EFF|ED|EDW|HU_MOD|PCT|LOG_E REL|P-VALUES|P REL|OD REL|SIGNAL INTENSITY \(UNITLESS\)",
    0x00080064: r"DV|DI|DF|WSD|SD|SI|DRW|SYN",
    0x00282114: r"ISO_10918_1|ISO_14495_1|ISO_15444_1|ISO_15444_15|ISO_13818_2|ISO_14496_10|ISO_23008_2|ISO_18181_1",
    0x00080060: "|".join(MODALITIES),
    0x00080005: r"(?:ISO_IR|ISO 2022 IR) \d{1,3}|GB18030|GBK",
}
# Words that an attribute's values are made of, beside those of acquisition: "AP AXIAL", "CHEST_ABDOMEN".
_WORDS = {_BODY_PART: BODY_PARTS, _VIEW: VIEWS}
_WORD = re.compile(r"[A-Za-z]+")
_TOKEN = re.compile(r"[A-Za-z0-9]+")
_MOST_LETTERS = 2  # standing alone: more may be spelled out
_MOST = 64  # characters: no term is longer


def is_term(tag: int, text: str) -> bool:
    """Whether a value may stand in the attribute: nothing, or one of the terms that the attribute is there for."""
    text = text.strip()
    if not text:
        return True
    if not text.isascii() or len(text) > _MOST:
        return False
    form = _FORMS.get(tag)
    if form:
        return bool(re.fullmatch(form, text))
    words = [word.lower() for word in _WORD.findall(text)]
    if not words:
        return tag not in _WORDS and bool(re.fullmatch(r"[0-9]{1,4}", text))
    if not has_numbers_of_machines(text):
        return False
    if tag in _WORDS:
        return all(word in _WORDS[tag] or word in ACQUISITION_WORDS for word in words)
    if sum(len(word) == 1 for word in words) > _MOST_LETTERS or any(map(is_disguised, _TOKEN.findall(text))):
        return False
    return all(len(word) == 1 or _is_code(word) for word in words)


def is_view(text: str) -> bool:
    """Whether a text is a view as ViewPosition has it, or nothing."""
    return is_term(_VIEW, text)


def is_body_part(text: str) -> bool:
    """Whether a text is a part of the body as BodyPartExamined has it, or nothing."""
    return is_term(_BODY_PART, text)


def _is_code(word: str) -> bool:
    return word in CODE_STRINGS or is_of_the_dictionary(word)
