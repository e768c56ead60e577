"""The forms of numbers and addresses on a network that single out a person: 45 CFR 164.514(b)(2)(i)(D) to (P) and (R).

Telephones, fax, e-mail, medical records, accounts, beneficiaries, licences, vehicles, devices, web and network addresses,
names by which people sign in, and whatever else is counted out to one person.
"""

import re

from cases.gate.report.forms import NOT_A_SIZE, Form, Private, by_first_letter
from cases.gate.report.looks import Look, outlines, told

_TOP_LEVEL = r"(?:com|org|net|edu|gov|mil|int|info|io|health|care|hospital|clinic|med|local|us|uk|ca|au|de|fr|es|it|nl|ch|at|in|eu)"
_ON_THE_PHONE = by_first_letter(
    r"(?:phone|telephone|tel|ph|pager|pgr|paged?(?:\s+at)?|fax|facsimile|cell(?:ular)?|mobile|extn?|int(?=\.?\s?\d{3})|extension|beeper|bpr|callback|call\s?back|mob|handy|t[ée]l(?:[ée]ph?on[eo]?)?|telef[oó]no|telefoon|telefone|tfno|gsm|natel|rufnummer|durchwahl|switchboard|poste|sms|whatsapp"
    r"|bleep(?:er)?|vocera|spectralink|ascom|hotline|reached|reachable|dial|text(?:ed)?|call(?:ed)?|contact(?:ed)?|voicemail|home|direct)"
)
_PHONE_WORDS = (
    "phone telephone tel ph pager pgr page paged fax facsimile cell cellular mobile ext extn int extension beeper bpr callback"
    " call mob handy telephon telephono telepon telepone telepono telefono telefoon telefone tfno gsm natel rufnummer durchwahl"
    " switchboard poste sms whatsapp bleep bleeper vocera spectralink ascom hotline reached reachable dial text texted called contact"
    " contacted voicemail home direct"
)
# "By phone at 1832h", "via Vocera at 00.55;": when, not on which line.
_TIME_TOLD = r"(?:[01]?\d|2[0-3])(?:[.:][0-5]\d(?![\d-]|\.\d|[ \t]\d)|[0-5]\d\s*(?:h|hrs?|hours)\b)"
# The words before a number that say whose it is: after the first ones any number is meant, after the others a long one, or
# one with "number", "#" or ":" before it ("exam: 71-year-old" is none).
_LABELS = by_first_letter(
    r"(?:mrns?|m\.r\.n\.|mr\s?(?:number|no|\#)|medical\s+record|med(?:ical)?\s+rec(?:ord)?s?|emrn|empi|urn|umrn|hospital\s+(?:no|number|id|\#)"
    r"|unit\s+(?:no|number|\#)|chart\s+(?:no|number|\#)|accession|accn|acsn|account|acct|har|csn|fin|encounter|requisition|claim"
    r"|patient\s*(?:id|number|no|identifier|\#)|pat(?:ient)?\s+id|pt\s+(?:id|no|\#)|pid|identification|identifier|ssn|ss\#|soc(?:ial)?\s+sec(?:urity)?"
    r"|nhs|nino|medicare|medicaid|mbi|hicn?|insurance|policy|member(?:ship)?|subscriber|beneficiary|guarantor|health\s+(?:plan|card|insurance)"
    r"|certificate|licen[cs]e|lic|permis|matricule|c[ée]dula|docket|npi|dea|upin|gmc|nmc|passport|driver'?s?\s+licen[cs]e|state\s+id|tax\s+id|vin|plate|badge|employee\s+id"
    r"|serial|s/n|sn|ser|udi|lot|imei|exam\s+id|study\s+id|confirmation|tracking|invoice|receipt|dictation|transcription|case\s+(?:no|number|\#)"
    r"|hn|nhi|nhc|(?:health|medicare|tpa|id|identity|insurance|voter)\s+card|ohip|ramq|phn|ppsn?|sin|dva(?:\s+file)?|nric|cnic|mykad|fin|pan|eid|voice\s+file|prov(?:ider)?\s+no|cmq|(?:trans(?:cription(?:ist)?)?|dict(?:ating|ation|ator)?|tech(?:nologist)?|rad(?:iologist|iographer)?|reader|author|editor|typist|operator)\s+(?:id|code|login)|n[ºo°]\s+(?:de\s+)?dossier|dossier|uhid|ip(?:d)?\s+no|op(?:d)?\s+no|ahpra|cpso|cmq|imc|tnmc|acsn|ipp|ahv|avs|dni|nie|curp|rfc|nss|bsn|ihi|aadhaar|abha|cpf|cnp|pesel|amka|fall-?(?:nr|nummer)|pat(?:ienten)?\.?-?(?:nr|nummer)|auftrags-?(?:nr|nummer)|historia(?:\s+cl[ií]nica)?|n[ºo°]\.?\s+(?:de\s+)?historia|numero\s+paziente|request\s+(?:no|number|\#|id)"
    r"|order\s+(?:no|number|\#)|visit\s+(?:no|number|\#|id)|model\s+(?:no|number|\#)|account\s+ending|ending\s+in)"
)
_WEAK_LABELS = by_first_letter(
    r"(?:acc|chart|visit|admission|episode|case|order|req|referral|auth(?:orization)?|reference|ref|job|document|doc|id|chi|group|plan|cert|hmo|ppo"
    r"|payer|coverage|rx(?:bin|grp)?|registration|reg|board|employee|staff|provider|operator|visa|dl|military|service|student|tin|ein|tag|vehicle"
    r"|batch|device|implant|generator|pacemaker|icd|unit|asset|mac|exam|study|specimen|sample|path(?:ology)?|locker|model|user)"
)
_NUMBER_WORD = r"(?:(?:numbers?|nos?|num|nr|id|code)(?![a-z])\.?|\#)"
_VERB = r"(?:is|was|in|with|of)"
# A value: letters and digits in one or several groups.
_ONE = r"(?=[\w/-]*\d)[A-Za-z]{0,5}[\w/-]{2,24}\w(?:(?<=\d{9}) \d(?=[\s.,;)]|\Z))?"
_LONG = r"(?=[\w/-]*\d[\w/-]*\d[\w/-]*\d)[A-Za-z]{0,5}[\w/-]{2,24}\w(?:(?<=\d{5}) \d(?=[\s.,;]|\Z))?"
_GROUPED = r"(?:[A-Za-z]{1,4}[ -]?)?\d{1,6}(?:[ ./-](?:\d{1,6}|(?-i:[A-Z]{1,3}\d{1,5}))){1,4}(?:-[A-Za-z]\b)?"
_UNIT_AFTER = (
    r"(?!\s?(?:mm|cm|ml|cc|mg|mcg|kg|mgy|gy|hu|units?|iu|%|kvp?|mas|ms|sec|seconds|minutes|hz|counts|cells|copies|patients|beats|rad"
    r"|becquerel|bq|kbq|mbq|ci|mci|uci)\b)"
)

# What the outline of a value has that is no figure by itself.
_PARTED_FIGURES = ("00", "0a", "0A", "a0", "A0", "0-", "-0", "/0", "0/", "_0", "0_", "0 0", "0.0")
_VEHICLE = r"(?:car|lorry|truck|van|bus|taxi|cab|(?:motor)?bike|motor[ -]?cycle|scooter|motosikal|kereta|voiture|coche|moped|ute|tractor|(?:auto[ -]?)?rickshaw|ambulance|vehicle)"
_PLATE = r"(?:(?:(?:(?:number|licen[cs]e)[ \t]+)?plates?|registration|rego|reg\b\.?)(?:[ \t]*(?:number|no\b\.?|\#))?|number|no\b\.?|\#)"
_BRITISH_PLATE = r"[a-z]{2}\d\d ?[a-z]{3}\b|[a-z]\d{1,3} [a-z]{3}\b|\d[a-z]{2}-\d[a-z]{2}\b"
_PLATE_WITH_BLANKS = (
    r"(?=(?:[a-z]+[ -])?(?:\d[a-z\d -]*\d))(?=[\d -]*[a-z])(?!(?:at|in|on|vs|and|with|for|from|no)[ \t])"
    r"[a-z\d]{1,4}(?:[ -][a-z\d]{1,5}){1,3}(?<=\d)(?![\w-]|[ \t]?(?:mph|kph|km|mm|cm|hours?|days?|weeks?|months?|years?|am|pm))"
)


def _form(
    kind: Private,
    pattern: str,
    *words: str,
    sign: str | None = None,
    ignore_case: bool = True,
    before: int = 40,
    looks: tuple[Look, ...] = (),
) -> Form:
    flags = re.I if ignore_case else 0
    return Form(kind, re.compile(pattern, flags), words, re.compile(sign, flags) if sign else None, before, looks)


NETWORK_FORMS: tuple[Form, ...] = (
    # A device's identifier with its parts in brackets, "(01)00844588003288(17)141120".
    _form(Private.NUMBER, r"\(\d{2,3}\)(?:[\w-]{4,}(?:\(\d{2,3}\)[\w-]+)+|\d{6,})", "("),
    _form(Private.EMAIL, r"[\w.+'’-]{1,64}\s?@\s?[\w-]+(?:\.[\w-]+)+", "@"),
    _form(
        Private.EMAIL,
        rf"\b[\w.+-]{{1,64}}\s?[\[(]?\s?\bat\b\s?[\])]?\s?[\w-]{{1,40}}\s?[\[(]?\s?\bdot\b\s?[\])]?\s?{_TOP_LEVEL}\b",
        "dot",
    ),
    _form(Private.NUMBER, r"(?<![\w@.])[a-z][\w.-]{2,30}@[a-z][\w-]{1,30}(?![\w@]|\.\w)", "@"),
    _form(Private.LINK, r"\b(?:https?|ftps?|dicom|sftp|file)://\S+|\bwww\.\S+", "://", "www."),
    _form(
        Private.LINK,
        r"(?<![\w.@-])(?:[a-z\d](?:[a-z\d-]{0,40}[a-z\d])?\.){1,4}(?:com|org|net|edu|gov|mil|int|info|io|health|local)(?:\.[a-z]{2})?\b(?:/[\w./?=&%#~-]*)?",
        ".com", ".org", ".net", ".edu", ".gov", ".mil", ".int", ".info", ".io", ".health", ".local",
    ),
    # Of any country: with two dots, or behind what says so ("www: riverside.example.ca").
    _form(Private.LINK, r"(?<![\w@.])(?:[a-z\d][a-z\d-]{1,40}\.){2,4}(?:ca|us|uk|au|de|fr|eu|in|it|es|nl|pk|lk|bd|ae|sa|qa|za|nz)(?![\w.]\w|\w|/)|\b(?:www|web|website|portal|online|visit)\b[ :]{1,2}(?:at[ ])?([a-z\d][a-z\d-]{1,40}(?:\.[a-z\d-]{2,40}){1,4})(?![\w.]\w|\w|/)", sign=r"[a-z\d]\.[a-z]", looks=(outlines("a.aa", "0.aa", "A.AA", "0.AA"),)),
    _form(Private.LINK, r"(?<![\w.])(?:[a-z\d-]{1,40}\.){1,4}(?:co\.uk|nhs\.uk|ac\.uk|[a-z]{2})/[\w./?=&%#~-]+", "/"),
    _form(Private.LINK, r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?::\d{2,5})?(?![\w.]\d)", sign=r"\d\.\d+\.\d", looks=(outlines("0.0.0", "0.00.0", "0.000.0"),)),
    _form(Private.LINK, r"(?<![\w:])(?:[\da-f]{2}[:-]){5}[\da-f]{2}(?![\w:])|(?<![\w:])(?:[\da-f]{1,4}:){3,7}:?[\da-f]{1,4}(?:::?[\da-f]{1,4})*(?![\w:])|(?<![\w:])[\da-f]{1,4}(?::[\da-f]{1,4})*::(?:[\da-f]{1,4}:)*[\da-f]{1,4}(?![\w:])", sign=r":[\da-f]{0,4}:|[:-][\da-f]{2}[:-]"),
)  # fmt: skip
PHONE_FORMS: tuple[Form, ...] = (
    _form(
        Private.PHONE,
        r"(?<![\w.])\(0\d{1,4}\)[\s-]?\d{3,4}[\s.-]?\d{3,4}\b|(?<![\w.])(?:\+?\d{1,3}[\s.-]?)?(?:\(\d{2,4}\)[\s-]?|\d{3}[\s./-]{1,2})\d{3}[\s.-]{1,2}\d{4}\b(?:,?\s?(?:x|ext\.?|extension)\s?\d{1,6}\b)?"
        r"|(?<!\w)\+\d{1,3}(?:(?:[\s.-]|\n[ \t]{1,8})?\(?\d{1,4}\)?){2,6}\b"
        r"|(?<![\w.])0\d{2,4}[\s-]\d{3,4}[\s-]?\d{3,4}\b"
        rf"|(?<![\w./-])\d{{3}}[-.]\d{{4}}\b(?![-/.]?\d){_UNIT_AFTER}(?:,?\s?(?:x|ext\.?|extension)\s?\d{{1,6}}\b)?"
        r"|[☎☏✆📞][ \t]*(\+?\d[\d ()./-]{4,20}\d)",
        sign=r"\d{3}[\s.-]{1,2}\d{4}|\+\d|\d{3}[\s-]\d{3}|\(0", looks=(outlines("+0", "(0", "000 ", "000-", "000.", "000\n"),),
    ),
    _form(
        Private.PHONE,
        rf"(?<![a-z]){_ON_THE_PHONE}\b[.,]?\s*(?:at|on|via|to|is|was)?\s*(?:numbers?|no\.?|\#|id|line)?\s*(?:at|is|was)?\s*[:=(#]*\s*(?:x\s?)?(?!{_TIME_TOLD})(\(?\d[\d\s().-]{{1,18}}\d(?:-(?-i:[A-Z])\b)?)(?![\d:/]){NOT_A_SIZE}",
        *("phone", "tel", "tél", "int", "mob", "handy", "tfno", "gsm", "natel", "rufn", "durchw", "switchb", "sms", "whatsapp", "ph", "pager", "pgr", "page", "fax", "facsimile", "cell", "mobile", "ext", "beeper", "bpr", "callback"),
        *("call", "vocera", "hotline", "reach", "dial", "text", "contact", "voicemail", "home", "direct", "bleep", "spectralink", "ascom"), looks=(told(_PHONE_WORDS, outlines=("0",)),),
    ),
    # Somebody stands between: "call Dr Weber on 4471".
    _form(
        Private.PHONE,
        rf"\b(?:call(?:ed|ing)?|reach(?:ed)?|ring|rang|contact(?:ed)?|phone[d]?|page[d]?|bleep(?:ed)?|dial(?:l?ed)?)\b[^.:;\n\d]{{0,40}}(?:\.[^.:;\n\d]{{1,30}})?\s(?:(?:on|via|to)|at(?!\s+(?:[01]\d|2[0-3])[0-5]\d\b))\s+x?[ \t]?(?!{_TIME_TOLD})(\(?\d[\d \t().-]{{1,18}}\d)(?![\d:/]|[ \t]?(?:h|hrs?|hours|[ap]\.?m)\b){NOT_A_SIZE}"
        r"|\b(?:call|page[ds]?|bleep(?:ed)?|ring|contact)\b[^.:;\n\d(]{1,40}\((\d{3,6})\)",
        "call", "reach", "ring", "rang", "contact", "phone", "page", "bleep", "dial", before=8, looks=(told("call called calling reach reached ring rang contact contacted phone phoned page paged pages bleep bleeped dial dialed dialled", outlines=("0",)),),
    ),
    _form(Private.PHONE, rf"(?<![\w.,/-])\d{{3}} \d{{7}}\b|\b0\d(?:[ .-]\d\d){{4}}\b|\b0\d \d{{4}}(?: |\n[ \t]{{1,8}})\d{{4}}\b|(?<![\w.,/-])0\d{{2,4}}[ ]?/[ ]?\d{{4,8}}(?:-\d{{1,4}})?\b|(?<![\w.-])x\s?\d-\d{{4}}\b{_UNIT_AFTER}", sign=r"\d{3} \d{7}|0\d[ .-]\d\d|0\d \d{4}|0\d{2,4}[ ]?/|x\s?\d-", looks=(outlines("00 0", "00.0", "00-0", "000/", "000 /", "0-0000"),)),
    _form(Private.PHONE, r"(?<![\w.])x\s?\d{4,6}\b|(?<![\w.-])\d-\d{4}\b(?![-/.]?\d)" + _UNIT_AFTER, sign=r"x\s?\d{4}|\d-\d{4}", looks=(outlines("a0000", "A0000", "a 0000", "A 0000", "a\n0000", "A\n0000", "0-0000"),)),
)  # fmt: skip
NUMBER_FORMS: tuple[Form, ...] = (
    _form(Private.NUMBER, r"(?<![\w-])(?:\d{3}|[x*]{3})[- .](?:\d{2}|[x*]{2})[- .]\d{4}\b(?!-\d)", sign=r"[\dx*]{2}[- .]\d{4}", looks=(outlines("-0000", " 0000", ".0000"),)),
    # Of one country and one shape: Medicare's beneficiaries, health cards of Ontario, Aadhaar, Medicare in Australia, French ones.
    _form(
        Private.NUMBER,
        r"(?<![\w-])[1-9][ac-hj-km-np-rt-y][ac-hj-km-np-rt-y\d]\d-?[ac-hj-km-np-rt-y][ac-hj-km-np-rt-y\d]\d-?[ac-hj-km-np-rt-y]{2}\d\d(?![\w-])"
        r"|(?<![\w.,/-])\d{4}[ -]\d{3}[ -]\d{3}(?:[ -](?-i:[A-Z]{2})|[ -]?(?!in|on|at|of|to|is|by|or|an|as|no|pa|ap|ct|mr|us|cm|mm|ml|kg)[a-z]{2})?(?![\w-])|(?<![\w.,/-])(?!(?:19|20)\d\d )\d{4} \d{4} \d{4}(?![\w-])"
        r"|(?<![\w.,/-])[2-6]\d{3} \d{5} \d(?:[ /]\d)?(?![\w-])|(?<![\w.,/-])[12] ?\d\d ?(?:0[1-9]|1[0-2]) ?\d[\dab] ?\d{3} ?\d{3}(?: ?\d\d)?(?![\w-])"
        r"|(?<![\w.,/-])(?!\d\d0 \d\d0 \d\d0)\d{3}[ -]\d{3}[ -]\d{3}(?![\w-])|(?<![\w/-])[a-z]{1,3}/\d{4,}(?:/\d+)*(?![\w/-])",
        sign=r"\d(?:-?[a-z][a-z\d]\d|[ -]\d{3}|[ ]\d\d[ ]?\d\d)|/\d{4}", looks=(outlines("000", "a00", "A00"),),
    ),
    _form(Private.NUMBER, r"\b(?:last\s*(?:four|4)(?:\s+digits)?(?:\s+of\s+\w+(?:\s+security)?)?|ssn?\s+ending(?:\s+in)?)[\s,):#]*(?:(?:is|are|in|of)[\s:]*)?(\d{4})\b", "last", "ending"),
    # A plate or a chassis, where one is spoken of.
    _form(
        Private.NUMBER,
        r"\b(?:licen[cs]e\s+plate|plates?|registration|vin|tag|car|truck|vehicle|van|motorcycle|registered)\b[\w\s,/-]{0,24}?[:#\s]\s*((?=[A-Z\d-]*\d)(?=[A-Z\d-]*[A-Z])[A-Z\d]{1,4}[ -]?[A-Z\d]{2,5}(?:[ -]?[A-Z\d]{2,4})?|[A-HJ-NPR-Z\d]{17})\b",
        "plate", "registration", "vin", "tag", "car", "truck", "vehicle", "van", "motorcycle", "registered", looks=(told("licence license plate plates registration vin tag car truck vehicle van motorcycle registered", outlines=("0", "AAAAAAAAAAAAAAAAA")),),
    ),
    # Vehicles whose plates have blanks: "lorry 191 D 20455", "van (plate KA 05 MH 1234)".
    _form(
        Private.NUMBER,
        rf"\b{_VEHICLE}\b[ \t:#(]*(?:{_PLATE}[ \t:#]*)?({_PLATE_WITH_BLANKS}|{_BRITISH_PLATE}|(?-i:[A-Z]{{1,4}} \d{{1,4}} [A-Z]{{1,3}})(?![\w-]))|\breg(?:istration)?\b\.?[ \t:#]*({_BRITISH_PLATE})|\b(?:(?:number|licen[cs]e)[ \t]+plate|rego)[ \t:#]*({_PLATE_WITH_BLANKS})",
        *("car ", "car:", "lorry", "truck", "van ", "bus ", "taxi", "cab ", "bike", "cycle ", "scooter", "motosikal", "kereta", "voiture", "coche", "moped", " ute ", "tractor"),
        *("rickshaw", "ambulance", "vehicle", "plate ", "registration", "rego", "reg.", "reg ", "reg:"),
    ),
    _form(
        Private.NUMBER,
        rf"(?<![a-z\d]){_LABELS}(?![a-z])\.?\s*(?:\([a-z]{{2,6}}\)\s*)?(?:{_NUMBER_WORD}\s*){{0,2}}(?:{_VERB}\s+){{0,2}}[:#=(]*\s*\#?\s*-?({_GROUPED}(?![\w/-])|(?-i:[A-Z]{{1,3}} )?{_ONE})(?![\w:]|[.,]\d){NOT_A_SIZE}"
        rf"|(?<![a-z\d]){_WEAK_LABELS}(?![a-z\d])\s*(?:\.?\s*(?:{_NUMBER_WORD}\s*)+[:#=.(]*\s*(?:({_GROUPED})(?![\w/-])|({_LONG})(?![\w:]|[.,]\d))|[:#=]?\s*\#?\s*(?!(?:19|20)\d\d(?:-(?:19|20)\d\d)?(?![\w/-]))({_LONG})(?![\w:]|[.,]\d|[\s-]*(?:y/?o|years?|yr))){NOT_A_SIZE}",
        sign=r"\d+", before=70, looks=(outlines(*_PARTED_FIGURES),),
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
    # Not the breaks of HL7, "\.br\".
    _form(Private.NUMBER, r"(?<![\w\\])(?<!\\\.)[a-z][\w.-]{1,20}\\[a-z][\w.-]{2,30}\w", "\\"),
    # Identifiers of DICOM and of India: "1.2.840.113619.2.55", "APJ1.0001823341".
    _form(Private.NUMBER, r"(?<![\w.])[0-2](?:\.\d+){6,}(?!\w|\.\w)|\b(?-i:[A-Z]{2,5})\d{0,2}\.\d{6,}(?![\w.])", sign=r"(?:\.\d+){3}|\.\d{6}", looks=(outlines("0.0.", "0.00.", "0.000", ".000000"),)),
    # Of courts and of programs: "2:19-cv-00448", "R-88f2-0117", "3f9c01d2-77ab-4c01-9e1f-0a1b2c3d4e5f".
    _form(
        Private.NUMBER,
        r"(?<![\w:.-])\d:\d\d-[a-z]{2,3}-\d{2,6}(?:-[a-z]{2,4})*(?![\w-])|(?<![\w.-])(?:[a-z]{1,4}-)?(?=[\da-f-]*\d[a-f]|[\da-f-]*[a-f]\d)(?=(?:[\da-f-]*?\d){4})[\da-f]{4,12}(?:-[\da-f]{4,12}){1,5}(?![\w-])",
        sign=r"\d-[a-z]{2,3}-\d|\d[a-f]|[a-f]\d", looks=(outlines("0:00-"), outlines("0a", "a0", "0A", "A0"),),
    ),
    # By their looks alone: five digits and more, letters mixed with at least four digits, groups of them.
    _form(
        Private.NUMBER,
        rf"(?<![\w.,/])(?<!cpt )(?<!cpt: )(?!0\.)(?:[a-z]{{1,4}}\d{{0,4}}-(?:\d{{2,4}}-)?|\d{{2,4}}-)?[a-z]{{0,4}}-?\d{{5,}}(?:[-/]\d{{1,4}}(?![\d/])|-[a-z])?[a-z]{{0,2}}\b(?: \d(?=[\s.,;<)]|\Z){_UNIT_AFTER})?(?![.,]\d|/\d){_UNIT_AFTER}|\b[a-z]{{2,5}}-?\d{{2,4}}-\d{{3,}}\b|(?<![\w./-])\d{{4,}}-(?-i:[A-Z])\b|#\s?\d{{3,}}(?:[-/][a-z]?\d{{1,4}}|-[a-z])?\b|(?<![\w./-])[a-z]{{2,5}}[-.]\d{{3,6}}/(?:\d{{2,4}}|[a-z])(?![\w/])",
        sign=r"\d{5}|\d-\d{3}|#|\d{4}-[a-z]|[-.]\d{3,6}/", looks=(outlines("00000", "0-000", "#", "0000-a", "0000-A", "000/"),),
    ),
    _form(
        Private.NUMBER,
        r"(?<![\w./-])(?!(?:[01]\d|2[0-3])[0-5]\dH(?![\w-])|[CTLS]\d{1,2}-[CTLS]\d{1,2}(?![\w-])|B[1-5]\d{2,3}\b|G\d+P\d|\d{1,3}(?:X\d{1,3}){1,2}(?![\w-]))(?=(?:[A-Z-]*\d){4})(?=[\d-]*[A-Z])[A-Z\d]+(?:-[A-Z\d]+)*(?![\w/-])(?!\.\d)"
        r"|(?<![\w./-])(?!(?:19|20)\d\d-(?:19|20)\d\d(?![\w-])|\d{3}-\d{3}(?![\w-]))(?=(?:[A-Z-]*\d){6})\d{2,}(?:-\d{2,}){1,5}(?![\w/-]|\.\d)",
        sign=r"\d[A-Z-]*\d[A-Z-]*\d[A-Z-]*\d", ignore_case=False,
    ),
)  # fmt: skip
