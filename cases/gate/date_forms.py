"""The forms a day takes in a report: in figures, in words, in part, by its feast; times of the day and great ages too.

45 CFR 164.514(b)(2)(i)(C): all elements of dates but the year, the year too of a birth, and ages over 89.
"""

import re

from cases.gate.forms import NOT_A_SIZE, YEAR, Form, Private, by_first_letter

# "May" and "MAY" only with a capital: "may 5" is no date.
_MONTH = by_first_letter(
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|(?-i:M(?:ay|AY))|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
# Months of German, French, Spanish, Italian and Dutch: read beside a day or a year only.
_MONTH_ABROAD = by_first_letter(
    r"(?:januar|februar|märz|maerz|mai|juni|juli|oktober|dezember|janvier|février|fevrier|avril|juin|juillet|août|septembre"
    r"|octobre|novembre|décembre|decembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre"
    r"|diciembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|januari|februari|maart|mei"
    r"|augustus)"
)
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_MONTH_NUMBER = r"(?:1[0-2]|0?[1-9])"
_ORDINAL = rf"{_DAY}(?:st|nd|rd|th)"
_UNITS = r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)"
_DAY_IN_WORDS = (
    rf"(?:(?:twenty|thirty)[\s-]{_UNITS}|{_UNITS}|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth"
    r"|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_TENS = r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_ONES = r"(?:one|two|three|four|five|six|seven|eight|nine)"
_TEENS = r"(?:ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
_BELOW_100 = rf"(?:{_TENS}(?:[\s-]{_ONES})?|{_TEENS}|(?:oh[\s-])?{_ONES})"
_YEAR_IN_WORDS = rf"(?:two\s+thousand(?:\s+and)?(?:\s+{_BELOW_100})?|(?:nineteen|twenty)[\s-]+{_BELOW_100})"
_YEAR_AFTER_MONTH = rf"(?:{YEAR}\b|'?\d\d\b(?![-:/%.]\d|[\s-]*y)|{_YEAR_IN_WORDS}\b)"
_YEAR_AFTER_DAY = rf"(?:{YEAR}\b|(?:'|(?<=[/-]))\d\d\b|{_YEAR_IN_WORDS}\b)"
_ANY_MONTH = rf"(?:{_MONTH_ABROAD}|{_MONTH})(?![a-z])"
_DAY_WRITTEN = rf"(?:{_ORDINAL}|{_DAY}|{_DAY_IN_WORDS})"
_MONTHS_ALONE = r"(?:january|february|april|june|july|august|september|october|november|december)"
_WEEKDAYS = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?"
_SHORT_WEEKDAYS = r"(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)"
_BEFORE_A_DAY = by_first_letter(
    r"(?:dated?|on|from|since|until|till|through|thru|before|after|by|between|to|and|of|study|comparison|compared\s+(?:to|with)"
    r"|dob|exam|prior|priors|radiographs?|ct|mri?|x-?ray|films?|ultrasound|seen|admitted|discharged|died|expired|deceased|visit"
    r"|appointment|surgery|scheduled(?:\s+for)?|performed|done|taken)"
)
_BEFORE_A_MONTH = by_first_letter(
    r"(?:in|since|last|this(?:\s+past)?|past|next|early|mid|late|by|until|till|before|after|during|from|of|around|through|late\s+in"
    r"|prior|to|and|for)"
)
# What stands after figures that only look like a day: parts of a whole, levels, grades.
_NO_DAY_AFTER = (
    r"(?!\s?(?:/|of\b|views?\b|doses?\b|lobes?\b|strength|power|images?\b|cores?\b|nodes?\b|cycles?\b|power\b|lead|quadrants?"
    r"|systolic|murmur|pain\b|glasgow))"
)
_HOLIDAY = by_first_letter(
    r"(?:christmas(?:\s+(?:eve|day|morning))?|x-?mas|new\s+year'?s?(?:'s)?\s+(?:eve|day)|new\s+years|thanksgiving(?:\s+day)?"
    r"|easter(?:\s+(?:sunday|monday))?|good\s+friday|halloween|memorial\s+day|labou?r\s+day|independence\s+day"
    r"|(?:fourth|4th)\s+of\s+july|july\s+4th|valentine'?s\s+day|mother'?s\s+day|father'?s\s+day|hanukkah|chanukah|ramadan"
    r"|eid(?:\s+al[- ](?:fitr|adha))?|diwali|passover|yom\s+kippur|rosh\s+hashanah?|boxing\s+day|mardi\s+gras"
    r"|cinco\s+de\s+mayo|juneteenth|columbus\s+day|veterans?'?\s+day|presidents?'?\s+day|martin\s+luther\s+king(?:\s+jr\.?)?\s+day"
    r"|mlk\s+day|(?:st\.?|saint)\s+patrick'?s\s+day|kwanzaa|ash\s+wednesday|palm\s+sunday|pentecost|whit\s+monday|bastille\s+day"
    r"|canada\s+day|australia\s+day|anzac\s+day|guy\s+fawkes(?:\s+night)?|groundhog\s+day|super\s?bowl\s+sunday"
    r"|(?:chinese|lunar)\s+new\s+year|bank\s+holiday|indigenous\s+peoples'?\s+day|earth\s+day|election\s+day"
    r"|all\s+saints'?\s+day)"
)
_MONTH_SIGNS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_GREAT_AGE = r"(?:9\d|1[0-3]\d)"
_GREAT_AGE_IN_WORDS = rf"(?:ninety(?:[\s-]{_ONES})?|(?:one|a)\s+hundred(?:(?:\s+and)?\s+(?:{_TEENS}|{_ONES}))?)"
_YEARS_OLD = r"(?:years?\b|yrs?\b|y\.?/?o\b|y\.o\.|y\b|yo[mf]\b|jahre|ans\b|años)"


def _date(pattern: str, *words: str, sign: str | None = None) -> Form:
    return Form(Private.DATE, re.compile(pattern, re.I), words, re.compile(sign, re.I) if sign else None)


DATE_FORMS: tuple[Form, ...] = (
    # In figures: 2021-03-04, 03/04/2021, 4.3.21, 20210304.
    _date(
        rf"(?<![\d./-])(?:{YEAR}\s?[-/.]\s?\d{{1,2}}\s?[-/.]\s?\d{{1,2}}(?=\D|T\d|\Z)"
        rf"|(?<!rib )(?<!ribs )(?<!level )(?<!levels )\d{{1,2}}(?P<by>\s?[-/.–]\s?)\d{{1,2}}(?P=by)(?:{YEAR}|'?\d\d)"
        rf"|{YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?:(?=T\d)|(?![\d/]|[.-]\d)){NOT_A_SIZE}",
        sign=r"\d\s?[-/.–]\s?\d\d?\s?[-/.–]\s?'?\d|\d{8}",
    ),
    # With the month in words, before or after the day, the year maybe.
    _date(
        rf"(?<![\w/.])(?:the\s+)?{_DAY_WRITTEN}(?:\s+(?:day\s+)?of|\.)?[\s,/.-]*{_ANY_MONTH}\.?(?:(?:,|\s+of)?[\s/-]*{_YEAR_AFTER_MONTH})?"
        rf"{NOT_A_SIZE}"
        rf"|\b{_ANY_MONTH}\.?,?[\s/-]*(?:the\s+)?{_DAY_WRITTEN}\b(?:\s?(?:-|–|to|through|and|&)\s?{_DAY_WRITTEN}\b)?"
        rf"(?:(?:,|\s+of)?[\s/-]*{_YEAR_AFTER_DAY})?(?!\d|\.\d){NOT_A_SIZE}"
        rf"|\b{_ANY_MONTH}\.?,?(?:\s+of)?[\s/-]*(?:{YEAR}\b|'\d\d\b|{_YEAR_IN_WORDS}\b)",
        sign=rf"(?<![a-z]){_ANY_MONTH}",
    ),
    # Month and year in figures.
    _date(rf"(?<![\d/.-])({_MONTH_NUMBER}\s?[/-]\s?{YEAR}|{YEAR}[/-](?:1[0-2]|0[1-9]))(?![\d/-])", sign=r"\d\s?[/-]\s?(?:\d{4}|\d\d)"),
    # A birth year, and the years that tell when something happened.
    _date(
        rf"\b(?:born|dob|d\.o\.b\.|birth(?:\s?(?:date|year|day))?|year\s+of\s+birth|yob|b\.)\s*(?:on|in|is|was|[:=,(-])*\s*(?:in\s+)?\(?'?({YEAR})\b",
        "born", "dob", "d.o.b", "birth", "yob", "b.",
    ),
    _date(rf"\b(?:since|in|from|of|dated|on|year)\s+({YEAR})\b{NOT_A_SIZE}", "19", "20"),
    # Day and month without a year, where a day is spoken of.
    _date(
        rf"\b{_BEFORE_A_DAY}(?:\s+(?:of|from|dated|on))?:?\s+({_MONTH_NUMBER}/{_DAY}|(?:3[01]|[12]\d|1[3-9])/{_MONTH_NUMBER}"
        rf"|(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))\b(?:\s?(?:-|–|to|and|through)\s?({_MONTH_NUMBER}/{_DAY})\b)?{_NO_DAY_AFTER}{NOT_A_SIZE}",
        "/", "-",
    ),
    # A feast, before the month or the day of the week that is part of it.
    _date(
        rf"\b{_HOLIDAY}(?![a-z])",
        "mas", "year", "thanksgiving", "easter", "friday", "halloween", "day", "july", "hanukkah", "chanukah", "ramadan", "eid",
        "diwali", "passover", "kippur", "rosh", "mardi", "cinco", "juneteenth", "kwanzaa", "sunday", "pentecost", "monday",
        "fawkes",
    ),
    # A month alone.
    _date(rf"\b{_MONTHS_ALONE}\b(?:\s?['’]\d\d\b)?", *_MONTHS_ALONE.strip("(?:)").split("|")),
    _date(
        rf"\b{_BEFORE_A_MONTH}[\s-]+((?-i:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?|(?-i:JAN|FEB|MAR|APR|JUN|JUL|AUG|SEPT?|NOV|DEC)\b"
        r"|sept\b|march\b(?!\s+of\b))"
        r"|\b(?:last|this\s+past|early|mid|late|since|next)[\s-]+(may)\b(?!\s+(?:be|have|represent|also|not|reflect|indicate))",
        *_MONTH_SIGNS,
    ),
    # A day of the week, a day of the month, a season or quarter of a year.
    _date(rf"\b{_WEEKDAYS}\b|\b{_SHORT_WEEKDAYS}\b\.?(?=,?\s+(?:\[|\d{{1,2}}[/:.]|\d{{1,2}}\s?[ap]m|{_ANY_MONTH}))", "day", "mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    _date(
        rf"\b(?:on|since|until|by|from|before|after|till)\s+the\s+({_ORDINAL}|{_DAY_IN_WORDS})\b"
        r"(?=\s*(?:[.,;)]|\Z|\n)|\s+(?:of\s+(?:this|last|the|next)\s+month|at|and\s+(?:then|was|is|again|has)|when|with|for|but|because|due)\b)"
        r"(?![^.\n]{0,50}\b(?:ribs?|metacarpal|metatarsal|digit|finger|toe|vertebra|ventric|interspace|intercostal|nerve|percentile))",
        "on the", "since the", "until the", "by the", "from the", "before the", "after the", "till the", sign=r"\s+the\s+",
    ),
    _date(
        rf"\b((?:(?:early|mid|late)[\s-]+)?(?:spring|summer|fall|autumn|winter)(?:\s+of)?,?\s+(?:{YEAR}|'\d\d)|q[1-4][\s-]?(?:{YEAR}|'\d\d)|[1-4]q{YEAR})\b",
        "spring", "summer", "fall", "autumn", "winter", "q1", "q2", "q3", "q4", "1q", "2q", "3q", "4q",
    ),
)  # fmt: skip
TIME_FORMS: tuple[Form, ...] = (
    Form(
        Private.TIME,
        re.compile(
            r"(?<![\d:.])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:\s?[ap]\.?m?\b\.?)?(?:\s?(?-i:[ECMP][SD]T|UTC|GMT)\b)?"
            r"|\b(?:1[0-2]|0?[1-9])\s?[ap]\.?m\b\.?"
            r"|\b(?:at|time:?|approximately|@)\s+([01]\d[0-5]\d|2[0-3][0-5]\d)\s?(?:h|hrs|hours)\b",
            re.I,
        ),
        sign=re.compile(r"\d(?::\d|\s?[aphAPH])"),
    ),
)
AGE_FORMS: tuple[Form, ...] = (
    Form(
        Private.AGE,
        re.compile(
            rf"\b0?({_GREAT_AGE})(?=[\s-]*(?:{_YEARS_OLD}|(?-i:[MF])\b))"
            rf"|\b(?:age|aged|age/sex|patient\s+age)\s*(?:of|is)?\s*[:=]?\s*0?({_GREAT_AGE})\b(?!\s?%|/\d|-\d)"
            rf"|\b(?:over|above|nearly|almost)\s+(?:the\s+age\s+of\s+)?({_GREAT_AGE})(?=\s+years)"
            rf"|\b({_GREAT_AGE_IN_WORDS})(?=[\s-]+{_YEARS_OLD}|[\s-]+year)"
            rf"|\b(?:age|aged)\s+(?:of\s+)?({_GREAT_AGE_IN_WORDS})\b"
            r"|\bin\s+(?:her|his|their)\s+(?:early\s+|mid\s+|late\s+|early-|mid-|late-)?((?:9|10)0'?s|nineties|hundreds)\b"
            r"|\b((?:nona|cente|supercente)(?:ge)?narian)\b",
            re.I,
        ),
        words=("9", "1", "ninet", "hundred", "nona", "cente", "ninety"),
    ),
)
