"""The forms of numbers and addresses on a network that single out a person: 45 CFR 164.514(b)(2)(i)(D) to (P) and (R).

Telephones, fax, e-mail, medical records, accounts, beneficiaries, licences, vehicles, devices, web and network addresses,
names by which people sign in, and whatever else is counted out to one person.
"""

import re

from cases.gate.forms import NOT_A_SIZE, Form, Private, by_first_letter

_TOP_LEVEL = r"(?:com|org|net|edu|gov|mil|int|info|io|health|care|hospital|clinic|med|local|us|uk|ca|au|de|fr|es|it|nl|ch|at|in|eu)"
_ON_THE_PHONE = by_first_letter(
    r"(?:phone|telephone|tel|ph|pager|pgr|paged?(?:\s+at)?|fax|facsimile|cell(?:ular)?|mobile|ext|extension|beeper|bpr|callback|call\s?back"
    r"|bleep(?:er)?|vocera|spectralink|ascom|hotline|reached|reachable|dial|text(?:ed)?|call(?:ed)?|contact(?:ed)?|voicemail|home|direct)"
)
# The words before a number that say whose it is: after the first ones any number is meant, after the others a long one, or
# one with "number", "#" or ":" before it ("exam: 71-year-old" is none).
_LABELS = by_first_letter(
    r"(?:mrns?|m\.r\.n\.|mr\s?(?:number|no|\#)|medical\s+record|med(?:ical)?\s+rec(?:ord)?s?|emrn|empi|urn|umrn|hospital\s+(?:no|number|id|\#)"
    r"|unit\s+(?:no|number|\#)|chart\s+(?:no|number|\#)|accession|accn|acsn|account|acct|har|csn|fin|encounter|requisition|claim"
    r"|patient\s+(?:id|number|no|identifier)|pat(?:ient)?\s+id|pt\s+(?:id|no|\#)|pid|identification|identifier|ssn|ss\#|soc(?:ial)?\s+sec(?:urity)?"
    r"|nhs|nino|medicare|medicaid|mbi|hicn?|insurance|policy|member(?:ship)?|subscriber|beneficiary|guarantor|health\s+(?:plan|card|insurance)"
    r"|certificate|licen[cs]e|lic|npi|dea|upin|gmc|nmc|passport|driver'?s?\s+licen[cs]e|state\s+id|tax\s+id|vin|plate|badge|employee\s+id"
    r"|serial|s/n|sn|ser|udi|lot|imei|exam\s+id|study\s+id|confirmation|tracking|invoice|receipt|dictation|transcription|case\s+(?:no|number|\#)"
    r"|order\s+(?:no|number|\#)|visit\s+(?:no|number|\#|id)|model\s+(?:no|number|\#)|account\s+ending|ending\s+in)"
)
_WEAK_LABELS = by_first_letter(
    r"(?:acc|chart|visit|admission|episode|case|order|req|referral|auth(?:orization)?|reference|ref|job|document|doc|id|chi|group|plan|cert|hmo|ppo"
    r"|payer|coverage|rx(?:bin|grp)?|registration|reg|board|employee|staff|provider|operator|visa|dl|military|service|student|tin|ein|tag|vehicle"
    r"|batch|device|implant|generator|pacemaker|icd|unit|asset|mac|exam|study|specimen|sample|path(?:ology)?|locker|model|user)"
)
_NUMBER_WORD = r"(?:numbers?|nos?\.?|num\.?|nr\.?|\#|id|code)"
_VERB = r"(?:is|was|in|with|of)"
# A value: letters and digits in one or several groups.
_ONE = r"(?=[\w/-]*\d)[A-Za-z]{0,5}[\w/-]{2,24}\w"
_LONG = r"(?=[\w/-]*\d[\w/-]*\d[\w/-]*\d)[A-Za-z]{0,5}[\w/-]{2,24}\w"
_GROUPED = r"(?:[A-Za-z]{1,4}[ -])?\d{1,6}(?:[ -](?:\d{1,6}|(?-i:[A-Z]{1,3}\d{1,5}))){1,4}(?:-[A-Za-z]\b)?"
_UNIT_AFTER = (
    r"(?!\s?(?:mm|cm|ml|cc|mg|mcg|kg|mgy|gy|hu|units?|iu|%|kvp?|mas|ms|sec|seconds|minutes|hz|counts|cells|copies|patients|beats|rad"
    r"|becquerel|bq|kbq|mbq|ci|mci|uci)\b)"
)


def _form(
    kind: Private, pattern: str, *words: str, sign: str | None = None, ignore_case: bool = True, before: int = 40
) -> Form:
    flags = re.I if ignore_case else 0
    return Form(kind, re.compile(pattern, flags), words, re.compile(sign, flags) if sign else None, before)


NETWORK_FORMS: tuple[Form, ...] = (
    # A device's identifier with its parts in brackets, "(01)00844588003288(17)141120".
    _form(Private.NUMBER, r"\(\d{2,3}\)[\w-]{4,}(?:\(\d{2,3}\)[\w-]+)+", "("),
    _form(Private.EMAIL, r"[\w.+-]{1,64}\s?@\s?[\w-]+(?:\.[\w-]+)+", "@"),
    _form(
        Private.EMAIL,
        rf"\b[\w.+-]{{1,64}}\s?[\[(]?\s?\bat\b\s?[\])]?\s?[\w-]{{1,40}}\s?[\[(]?\s?\bdot\b\s?[\])]?\s?{_TOP_LEVEL}\b",
        "dot",
    ),
    _form(Private.LINK, r"\b(?:https?|ftps?|dicom|sftp|file)://\S+|\bwww\.\S+", "://", "www."),
    _form(
        Private.LINK,
        r"(?<![\w.@-])(?:[a-z\d](?:[a-z\d-]{0,40}[a-z\d])?\.){1,4}(?:com|org|net|edu|gov|mil|int|info|io|health|local)\b(?:/[\w./?=&%#~-]*)?",
        ".com", ".org", ".net", ".edu", ".gov", ".mil", ".int", ".info", ".io", ".health", ".local",
    ),
    _form(Private.LINK, r"(?<![\w.])(?:[a-z\d-]{1,40}\.){1,4}(?:co\.uk|nhs\.uk|ac\.uk|[a-z]{2})/[\w./?=&%#~-]+", "/"),
    _form(Private.LINK, r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?::\d{2,5})?(?![\w.]\d)", sign=r"\d\.\d+\.\d"),
    _form(Private.LINK, r"(?<![\w:])(?:[\da-f]{2}[:-]){5}[\da-f]{2}(?![\w:])|(?<![\w:])(?:[\da-f]{1,4}:){3,7}:?[\da-f]{1,4}(?:::?[\da-f]{1,4})*(?![\w:])|(?<![\w:])[\da-f]{1,4}(?::[\da-f]{1,4})*::(?:[\da-f]{1,4}:)*[\da-f]{1,4}(?![\w:])", ":", "-"),
)  # fmt: skip
PHONE_FORMS: tuple[Form, ...] = (
    _form(
        Private.PHONE,
        r"(?<![\w.])(?:\+?\d{1,3}[\s.-]?)?(?:\(\d{2,4}\)[\s-]?|\d{3}[\s./-]{1,2})\d{3}[\s.-]{1,2}\d{4}\b(?:,?\s?(?:x|ext\.?|extension)\s?\d{1,6}\b)?"
        r"|(?<!\w)\+\d{1,3}(?:[\s.-]?\(?\d{1,4}\)?){2,6}\b"
        r"|(?<![\w.])0\d{2,4}[\s-]\d{3,4}[\s-]?\d{3,4}\b"
        rf"|(?<![\w./-])\d{{3}}[-.]\d{{4}}\b(?![-/.]?\d){_UNIT_AFTER}",
        sign=r"\d{3}[\s.-]{1,2}\d{4}|\+\d|\d{3}[\s-]\d{3}",
    ),
    _form(
        Private.PHONE,
        rf"(?<![a-z]){_ON_THE_PHONE}\b[.,]?\s*(?:at|on|via|to|is|was)?\s*(?:numbers?|no\.?|\#|id|line)?\s*(?:at|is|was)?\s*[:=(#]*\s*(?:x\s?)?(\(?\d[\d\s().-]{{1,18}}\d(?:-(?-i:[A-Z])\b)?)(?![\d:/]){NOT_A_SIZE}",
        *("phone", "tel", "ph", "pager", "pgr", "page", "fax", "facsimile", "cell", "mobile", "ext", "beeper", "bpr", "callback"),
        *("call", "vocera", "hotline", "reach", "dial", "text", "contact", "voicemail", "home", "direct", "bleep", "spectralink", "ascom"),
    ),
    _form(Private.PHONE, r"(?<![\w.])x\s?\d{4,6}\b|(?<![\w.-])\d-\d{4}\b(?![-/.]?\d)" + _UNIT_AFTER, sign=r"x\s?\d{4}|\d-\d{4}"),
)  # fmt: skip
NUMBER_FORMS: tuple[Form, ...] = (
    _form(Private.NUMBER, r"(?<![\w-])(?:\d{3}|[x*]{3})[- .](?:\d{2}|[x*]{2})[- .]\d{4}\b(?!-\d)", sign=r"[\dx*]{2}[- .]\d{4}"),
    _form(Private.NUMBER, r"\b(?:last\s+(?:four|4)(?:\s+digits)?(?:\s+of\s+\w+)?|ssn?\s+ending(?:\s+in)?)\s*(?:is|are|in|of|:)*\s*(\d{4})\b", "last", "ending"),
    _form(
        Private.NUMBER,
        rf"(?<![a-z\d]){_LABELS}(?![a-z])\.?\s*(?:{_NUMBER_WORD}\s*){{0,2}}(?:{_VERB}\s+){{0,2}}[:#=(]*\s*\#?\s*({_GROUPED}(?![\w/-])|(?-i:[A-Z]{{1,3}} )?{_ONE})(?![\w:]|[.,]\d){NOT_A_SIZE}"
        rf"|(?<![a-z\d]){_WEAK_LABELS}(?![a-z])\s*(?:(?:{_NUMBER_WORD}\s*)+[:#=.(]*|[:#=]?)\s*\#?\s*({_LONG})(?![\w:]|[.,]\d|[\s-]*(?:y/?o|years?|yr)){NOT_A_SIZE}",
        sign=r"\d+", before=70,
    ),
    _form(
        Private.NUMBER,
        r"\b(?:user\s?(?:name|id)?|log-?in|logged\s+in\s+as|login\s+id|screen\s+name|handle|netid|account\s+name)\s*(?:is|was|as)?\s*[:=]?\s*['\"]?((?=[\w.-]*[\d._-])[a-z][\w.-]{2,30}\w)(?<!\.)",
        "user", "log", "handle", "netid", "screen",
    ),
    _form(
        Private.NUMBER,
        r"\b(?:user\s?(?:name|id)|log-?in|logged\s+in\s+as|netid|screen\s+name)\s*(?:is|was)?\s*[:=]\s*['\"]?([a-z][\w.-]{2,30}\w)|\blogged\s+in\s+as\s+['\"]?([a-z][\w.-]{2,30}\w)|(?<![\w@.])(@[a-z][\w.]{2,30}\w)",
        "user", "log", "netid", "screen", "@",
    ),
    # A plate or a chassis, where one is spoken of.
    _form(
        Private.NUMBER,
        r"\b(?:licen[cs]e\s+plate|plates?|registration|vin|tag|car|truck|vehicle|van|motorcycle|registered)\b[\w\s,/-]{0,24}?[:#\s]\s*((?=[A-Z\d-]*\d)(?=[A-Z\d-]*[A-Z])[A-Z\d]{1,4}[ -]?[A-Z\d]{2,5}(?:[ -]?[A-Z\d]{2,4})?|[A-HJ-NPR-Z\d]{17})\b",
        "plate", "registration", "vin", "tag", "car", "truck", "vehicle", "van", "motorcycle", "registered",
    ),
    # By their looks alone: five digits and more, letters mixed with at least four digits, groups of them.
    _form(
        Private.NUMBER,
        rf"(?<![\w.,/])(?<!cpt )(?<!cpt: )(?!0\.)[a-z]{{0,4}}-?\d{{5,}}(?:-\d{{4}}|-[a-z])?[a-z]{{0,2}}\b(?![.,]\d|/\d){_UNIT_AFTER}|\b[a-z]{{2,5}}-?\d{{2,4}}-\d{{3,}}\b|(?<![\w./-])\d{{4,}}-(?-i:[A-Z])\b|#\s?\d{{3,}}\b",
        sign=r"\d{5}|\d-\d{3}|#|\d{4}-[a-z]",
    ),
    _form(
        Private.NUMBER,
        r"(?<![\w./-])(?=(?:[A-Z-]*\d){4})(?=[\d-]*[A-Z])[A-Z\d]+(?:-[A-Z\d]+)*(?![\w/-])(?!\.\d)"
        r"|(?<![\w./-])(?=(?:[A-Z-]*\d){6})\d{2,}(?:-\d{2,}){1,5}(?![\w/-]|\.\d)",
        sign=r"\d[A-Z-]*\d[A-Z-]*\d[A-Z-]*\d", ignore_case=False,
    ),
)  # fmt: skip
