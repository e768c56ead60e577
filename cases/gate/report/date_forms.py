"""The forms a day takes in a report: in figures, in words, in part, by its feast; great ages too.

45 CFR 164.514(b)(2)(i)(C): all elements of dates but the year, and ages over 89 with the years that tell them. So a year
by itself stays ("stable since 2017") but for that of a birth, and a time of day stays where no day is named with it ("called
at 14:30"): it names nobody. Written with its day it is one stamp, by which an archive finds the examination, and goes with it.
"""

import re

from cases.gate.report.forms import NOT_A_SIZE, YEAR, Form, Private, by_first_letter
from cases.gate.report.looks import Look, outlines, signs, told

# "May" and "MAY" only with a capital: "may 5" is no date.
_MONTH = by_first_letter(
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|(?-i:M(?:ay|AY))|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
# Months of German, French, Spanish, Italian and Dutch: read beside a day or a year only.
_MONTHS_ABROAD = (
    r"(?:januar|februar|märz|maerz|mai|juni|juli|oktober|dezember|mars|marts|maj|augusti|janvier|février|fevrier|avril|juin|juillet|août|septembre"
    r"|octobre|novembre|décembre|decembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre"
    r"|diciembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|januari|februari|maart|mei"
    r"|augustus|janv|févr|fevr|avr|juil|déc|dez|okt|mrt|mär|ene|abr|fev|gen(?=\.)|mag(?=\.)|giu|lug|dic|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro"
    r"|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia|ocak|şubat|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık"
    r"|muharram|safar|rajab|shaban|ramadan|shawwal)"
)
_MONTH_ABROAD = by_first_letter(_MONTHS_ABROAD)
_MONTH_WORDS = _MONTHS_ABROAD.strip("(?:)").replace(r"(?=\.)", "").replace("|", " ") + (
    " jan january feb february mar march apr april may jun june jul july aug august sep sept september sepember oct october"
    " nov november dec december"
)
_ROMAN = r"(?:i{1,3}|iv|vi{0,3}|ix|xi{0,2})"
_WEEKDAY_ABROAD = (
    r"(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves"
    r"|viernes|sábado|domingo|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag)"
)
_MONTH_SCANNED = r"(?:0ct(?:[o0]ber)?|oct0ber|n0v(?:ember)?|ju[1|]y?|apri[1|]|5ept?(?:ember)?|au9(?:ust)?)"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_MONTH_NUMBER = r"(?:1[0-2]|0?[1-9])"
# Three groups of figures behind these are no day but a version ("software v 5.1.23"); behind a bare "v" a day is compared with.
_NO_VERSION = (
    r"(?!(?:(?<=\bv)|(?<=version )|(?<=version: )|(?<=\bver )|(?<=\bver\. )|(?<=release )|(?<=\brev )|(?<=\brev\. )|(?<=\bbuild )"
    r"|(?<=software )|(?<=firmware )|(?<=(?:software|firmware) v )|(?<=(?:software|firmware) v\. ))\d{1,2}\.\d{1,2}\.\d{1,2}(?!\d))"
)
_ORDINAL = rf"{_DAY}(?:st|nd|rd|th|er)"
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
_YEAR_AFTER_MONTH = rf"(?:{YEAR}\b|'?\d\d\b(?![-:/%.]\d|[ \t-]*y(?:ea|r|o|/|\b))|{_YEAR_IN_WORDS}\b)"
_YEAR_AFTER_DAY = rf"(?:{YEAR}\b|(?:'|(?<=[/-]))\d\d\b|{_YEAR_IN_WORDS}\b)"
_ANY_MONTH = rf"(?:{_MONTH_ABROAD}|{_MONTH})(?![a-z])"
_DAY_WRITTEN = rf"(?:{_ORDINAL}|{_DAY}|{_DAY_IN_WORDS})"
_MONTHS_ALONE = r"(?:january|february|april|june|july|august|september|october|november|december)"
_WEEKDAYS = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?"
_SHORT_WEEKDAYS = r"(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)"
_BEFORE_A_DAY = by_first_letter(
    r"(?:dated?|on|from|since|until|till|through|thru|before|after|by|between|to|and|of|study|comparison|compared\s+(?:to|with)"
    r"|dob|exams?|studies|prior|priors|radiographs?|ct|mri?|x-?ray|films?|ultrasound|seen|admitted|discharged|died|expired|deceased|visit"
    r"|appointment|surgery|scheduled(?:\s+for)?|performed|done|taken|began|begun|onset|around|about|circa|approximately|fell|fall|injury|mva|mvc|rta|accident"
    r"|rescan|re-scan|addendum|draw|repeat|images?|scan|echo|labs?|bloods?|operation|biopsy|lmp|edd|edc|due|starting|monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tues?|wed|thu(?:rs)?|fri|sat|sun"
    r"|(?!graded|scored|rated|staged|measured|estimated|reduced|decreased|increased|need|involved|classified)[a-z]{2,12}ed)"
)
_DAY_OF_MONTH = rf"(?:{_MONTH_NUMBER}/{_DAY}|(?:3[01]|[12]\d|1[3-9])/{_MONTH_NUMBER})\b"
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
    r"|all\s+saints'?\s+day|(?:oster|pfingst)(?:n|montag|sonntag)|karfreitag|heiligabend|silvester|weihnachten|no[ëe]l|p[âa]ques|navidad|semana\s+santa|ferragosto"
    r"|(?:\w+\s+)?new\s+year(?=[).,;])|deepavali|dussehra|navratri|pongal|onam|vesak|nowruz|songkran|chuseok|purim|sukkot|shavuot|midsommar|koningsdag|michaelmas|epiphany"
    r"|maundy\s+thursday|shrove\s+tuesday|st\.?\s+andrew'?s\s+day|burns\s+night|hogmanay|waitangi\s+day|queen'?s\s+birthday|king'?s\s+birthday|victoria\s+day|bonfire\s+night)"
)
_MONTH_SIGNS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_GREAT_AGE = r"(?:9\d|1[0-3]\d)"
_GREAT_AGE_IN_WORDS = rf"(?:ninety(?:[\s-]{_ONES})?|(?:one|a)[\s-]hundred(?:(?:[\s-]and)?[\s-](?:{_TEENS}|{_ONES}))?)"
_KIN_OF_AGE = r"(?:mother|father|mum|mom|dad|parents?|aunt|uncle|grand(?:mother|father|ma|pa)|brother|sister|husband|wife|spouse|partner|widow|widower)"
_YEARS_OLD = r"(?:years?\b|yrs?\b|y\.?/?o\b|y\.o\.|y\b|yo[mf]\b|jahre|jährig|ans\b|años|anni\b|anos\b|jarige|[åa]rig|-vuotia|letni)"


_WEEKDAY_WORDS = (
    "monday mondays tuesday tuesdays wednesday wednesdays thursday thursdays friday fridays saturday saturdays sunday sundays"
    " mon tue tues wed thu thur thurs fri sat sun"
)
_DAY_WORDS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth"
    " seventeenth eighteenth nineteenth twentieth thirtieth"
)

_HOLIDAY_WORDS = (
    "christmas xmas mas new thanksgiving easter friday halloween memorial labor labour independence july valentine valentines mother mothers"
    " father fathers hanukkah chanukah ramadan eid diwali passover kippur rosh boxing mardi cinco juneteenth columbus veteran veterans president"
    " presidents luther mlk patrick patricks kwanzaa wednesday sunday pentecost monday bastille canada australia anzac fawkes groundhog holiday"
    " indigenous earth election saint saints ostern ostermontag ostersonntag pfingstn pfingstmontag pfingstsonntag karfreitag heiligabend silvester"
    " weihnachten noel paques navidad semana ferragosto deepavali dussehra navratri pongal onam vesak nowruz songkran chuseok purim sukkot shavuot"
    " midsommar koningsdag michaelmas epiphany thursday tuesday andrew andrews burns hogmanay waitangi queen queens king kings victoria bonfire"
)
_NUMBER_WORDS = _ONES.strip("(?:)").replace("|", " ") + " " + _TEENS.strip("(?:)").replace("|", " ")


def _date(pattern: str, *words: str, sign: str | None = None, looks: tuple[Look, ...] = ()) -> Form:
    return Form(Private.DATE, re.compile(pattern, re.I), words, re.compile(sign, re.I) if sign else None, looks=looks)


# Months of the calendar of the Hijra, and years of it, of the Buddhist and the Jewish calendar.
_HIJRI_MONTH = r"(?:muharram|safar|rab[iī]['’]?[ -]*(?:al|ul|ath|as)?[ -]?(?:awwal|aw+al|th?ani|akhir|akhar|i{1,2})|jum[aā]da[ -]*(?:al|ul|as|ath)?[ -]?(?:awwal|ula|th?ani(?:yah?)?|akhirah?|i{1,2})|rajab|sha['’]?ban|ramadh?an|shawwal|dh?[uū][ '’]*(?:al|l)[ -]?(?:qi['’]?dah?|hij+ah?)|zul(?:hij+ah?|qa['’]?dah?))"
_OTHER_YEAR = r"(?:1[34]\d\d|25[4-7]\d|57[6-9]\d)"
DATE_FORMS: tuple[Form, ...] = (
    # By another calendar: "9 Safar 1437", "03/11/1441 AH", "12/08/2562".
    _date(rf"(?<![\w./-]){_DAY}(?:st|nd|rd|th)?[ -]{_HIJRI_MONTH}(?:,?[ -]{_OTHER_YEAR}(?:[ ]?a?h\b)?)?|\b{_HIJRI_MONTH},?[ ](?:{_DAY},[ ])?{_OTHER_YEAR}(?:[ ]?a?h\b)?|(?<![\w./-])\d{{1,2}}(?P<by>[/-])\d{{1,2}}(?P=by){_OTHER_YEAR}(?:[ ]?a?h\b)?(?![\w/-])|(?<![\w./-]){_OTHER_YEAR}(?P<on>[/-])\d\d(?P=on)\d\d(?:[ ]?a?h\b)?(?![\w/-])", sign=rf"{_HIJRI_MONTH}|[/-]{_OTHER_YEAR}|{_OTHER_YEAR}[/-]", looks=(told("muharram safar rabi rab jumada rajab shaban sha ramadan ramadhan shawwal dhu dhul du dul zulhijjah zulhijja zulqadah zulqada"), outlines("/0000", "-0000", "0000/00/00", "0000-00-00"),)),
    # Of who dictated and who typed, either side of a stroke: "D/T: 03-15-04/03-16-04".
    _date(rf"(?<![\w./-])\d{{1,2}}(?P<by>[.-])\d{{1,2}}(?P=by)(?:{YEAR}|\d\d)[ ]?/[ ]?\d{{1,2}}(?P=by)\d{{1,2}}(?P=by)(?:{YEAR}|\d\d)(?![\w/-])", sign=r"\d[ ]?/[ ]?\d", looks=(outlines("-00/", "-0000/", ".00/", ".0000/", "-00 /", "-0000 /"),)),
    # A day that was read from paper, with letters for figures: "23/O3/2019".
    _date(r"(?<![\w./-])(?=[\d./-]*[lio])(?=(?:[lio./-]*\d){3})[\dlio]{1,2}(?P<by>[/.-])[\dlio]{1,2}(?P=by)(?:[12l][\dlio]{3}|[\dlio]{2})(?![\w/-])", sign=r"\d[\dlio]?[./-]|[./-][\dlio]?\d"),
    # In figures: 2021-03-04, 03/04/2021, 4.3.21, 20210304.
    _date(
        rf"(?<![\d./])(?<![\w)]-){_NO_VERSION}(?:{YEAR}\s?[-/.]\s?\d{{1,2}}\s?[-/.]\s?\d{{1,2}}(?=\D|T\d|\Z)"
        rf"|(?<!rib )(?<!ribs )(?<!level )(?<!levels )\d{{1,2}}(?P<by>\s?[-/.–]\s?)\d{{1,2}}(?P=by)(?:{YEAR}(?P<whole>)|'?\d\d)"
        rf"|\d{{2}} \d{{2}} {YEAR}|{YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?:(?=T\d)|(?![\d/]|[.-]\d))(?(whole)|(?:(?=[ ](?-i:[A-Z]\.[ ]?[A-Z]))|{NOT_A_SIZE}))",
        sign=r"\d\s?[-/.–]\s?\d\d?\s?[-/.–]\s?'?\d|\d{8}|\d\d \d\d \d{4}", looks=(outlines("00000000", "00 00 0000", "0-", "0/", " -", " /", " .", "\n-", "\n/", "\n.", "0.0", "0. 0", "0.\n0"),),
    ),
    _date(rf"(?<![\w.])(?:{_DAY}(?P<sign>[./-])[ ]?{_ROMAN}(?P=sign)[ ]?{YEAR})\b", sign=r"\d[./-][ ]?[ivx]"),
    # A month in any language, between signs: "22.out.2019", "15/ago/1970", "Nov/05/2014"; a month of figures with a dot: "MRI 07.2021".
    _date(rf"(?<![\w.])(?:{_DAY}(?P<mark>[./-])[^\W\d_]{{3,10}}(?P=mark)(?:{YEAR}|\d\d)|[^\W\d_]{{3,10}}(?P<stroke>[./-]){_DAY}(?P=stroke){YEAR})(?![\w-])", sign=r"\d[./-][^\W\d_]{3}|[^\W\d_]{3}[./-]\d", looks=(outlines("a.0", "A.0", "a/0", "A/0", "a-0", "A-0"),)),
    _date(rf"(?<![\d.,])((?:0[1-9]|1[0-2])\.{YEAR})(?!\w|[.,]\d){NOT_A_SIZE}", sign=r"\d\.\d{4}", looks=(outlines("0.0000"),)),
    # Torn apart by a scanner: "0 6/ 1 4/ 2 0 1 8".
    _date(r"(?<![\d.,])(?=[\d/ ]{0,12}\d \d)[0-3] ?\d ?/ ?[0-3] ?\d ?/ ?(?:[12] ?\d ?)?\d ?\d(?![\d/])", sign=r"\d ?/ ?\d ?\d ?/ ?\d"),
    # A word that no other form knows between a day and a year: a month of a language that is not listed ("13 Hulyo 2022").
    _date(rf"(?<![\w./-]){_DAY}(?:hb|\.)?[ ](?-i:[A-ZÀ-Þ][^\W\d_]{{2,11}})[ ]{YEAR}(?![\w-])", sign=r"\d(?:hb|\.)?[ ][^\W\d_]{3,12}[ ]\d{4}", looks=(outlines("a 0000", "A 0000"),)),
    _date(rf"\b{_WEEKDAY_ABROAD}\b(?:,?[ ](?:(?:den|le|el|de)[ ])?{_DAY}\.?(?:[ ](?:de[ ])?{_ANY_MONTH})?(?:[ ](?:de[ ])?{YEAR})?)?", *_WEEKDAY_ABROAD.strip("(?:)").split("|"), looks=(told(_WEEKDAY_ABROAD.strip("(?:)").replace("|", " ")),)),
    # With the month in words, before or after the day, the year maybe.
    _date(
        rf"(?<![\w/.-])(?<!\d:)(?!{_DAY},\s+{_ANY_MONTH}\.?\s+{_DAY},?\s+{YEAR}\b)(?:the\s+)?(?:{_DAY_WRITTEN}\s?[-–]\s?)?{_DAY_WRITTEN}(?:\s+(?:day\s+)?of|\s+de|\.)?(?:[,/.-]|\s(?!\s)|(?<=\w)(?:[ ]{{2,3}}|\n[ ]{{1,8}})(?=\S))*(?!may(?:-(?=[a-z])|\s+(?:be|have|represent|reflect|indicate|also|not|need|consider|require)\b)){_ANY_MONTH}\.?(?:(?:,|\s+of|\s+del?)?[\s/-]*{_YEAR_AFTER_MONTH})?"
        rf"{NOT_A_SIZE}"
        rf"|\b{_ANY_MONTH}\.?,?[\s/-]*(?:the\s+)?{_DAY_WRITTEN}\b(?:\s?(?:-|–|to|through|and|&)\s?{_DAY_WRITTEN}\b)?(?:(?:,|,?\s+and|\s+&)\s+{_ORDINAL}\b){{0,3}}"
        rf"(?:(?:,|\s+of)?[\s/-]*{_YEAR_AFTER_DAY})?(?!\d|\.\d){NOT_A_SIZE}"
        rf"|\b{_ANY_MONTH}\.?,?(?:\s+(?:of|del?))?[\s/-]*(?:{YEAR}\b|'\d\d\b|{_YEAR_IN_WORDS}\b)",
        sign=rf"(?<![a-z]){_ANY_MONTH}", looks=(told(_MONTH_WORDS),),
    ),
    # A day told in number words behind what says so: "date of birth six fourteen seventy-one".
    _date(
        rf"\b(?:date\s+of\s+birth|dob|birth\s?(?:date|day)|born(?:\s+on)?|dated?|exam\s+date)(?:\s+is)?[\s:,]+((?:{_BELOW_100}|{_YEAR_IN_WORDS}|hundred|thousand)(?:[\s-]+(?:{_BELOW_100}|{_YEAR_IN_WORDS}|hundred|thousand|and)){{2,8}})\b",
        "birth", "dob", "born", "date", looks=(told(_NUMBER_WORDS),),
    ),
    # Month and year in figures.
    _date(rf"(?<![\d/.-])({_MONTH_NUMBER}\s?[/-]\s?{YEAR}|{YEAR}[/-](?:1[0-2]|0[1-9]))(?![\d/-])", sign=r"\d\s?[/-]\s?(?:\d{4}|\d\d)", looks=(outlines("0/", "0-", "0 /", "0 -", "0\n/", "0\n-"),)),
    # A birth year.
    _date(
        rf"\b(?:born|dob|d\.o\.b\.|birth(?:\s?(?:date|year|day))?|year\s+of\s+birth|yob|b\.)\s*(?:on|in|is|was|[:=,(-])*\s*(?:in\s+)?\(?'?({YEAR})\b",
        "born", "dob", "d.o.b", "birth", "yob", "b.", looks=(told("born dob d birth birthdate birthyear birthday yob b"),),
    ),
    # "may" in small letters, which is a month beside a year, an ordinal, or where a day is spoken of.
    _date(
        rf"(?<![\w/.])(?:the\s+)?(?:{_DAY_WRITTEN}[\s/.-]*may[\s,/.-]*(?:{YEAR}|'?\d\d)\b(?![-:/%.]\d)|(?:{_ORDINAL}|{_DAY_IN_WORDS})(?:\s+of)\s+may\b(?:,?\s+{YEAR}\b)?)"
        rf"|\bmay\.?[\s/-]*(?:the\s+)?(?:{_DAY_WRITTEN}\b[\s,/-]*{YEAR}\b|{_ORDINAL}\b|{_DAY_IN_WORDS}\b|(?:of\s+)?{YEAR}\b{NOT_A_SIZE})"
        rf"|\b{_BEFORE_A_DAY}:?\s+(may\s+{_DAY})\b(?=\s*(?:[.,;)\n]|\Z))",
        "may",
    ),
    # Day and month without a year, where a day is spoken of, or where one stands at either end of a stay.
    _date(
        rf"(?:\b{_BEFORE_A_DAY}(?:\s+(?:of|from|dated|on|around|about))?|\b[dt]{{1,2}}(?=:)|~):?\s*({_DAY_OF_MONTH}(?:\s?(?:-|–|to|and|through|,|&)\s?{_DAY_OF_MONTH})*"
        rf"|(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b){_NO_DAY_AFTER}{NOT_A_SIZE}"
        rf"|(?<![\w/.-]){_DAY_OF_MONTH}\s?[-–]\s?{_DAY_OF_MONTH}(?![\w/.-])"
        rf"|(?<![\d:.])(?:(?:[01]?\d|2[0-3])[:.][0-5]\d(?:[ ]?(?:[ap]m|h|hrs))?|(?:[01]\d|2[0-3])[0-5]\d[ ]?(?:h|hrs?|hours)),?[ ]+({_DAY_OF_MONTH})(?![\w/-])",
        sign=r"\d[/-]\d", looks=(outlines("0/0", "0-0"),),
    ),
    # Day and month behind who signed or what was done: "Checked by WK 02/06", "s/p CABG 6/11", "(9/8)" after an operation.
    _date(
        rf"\b(?:by|check(?:ed)?|reviewed|verified|signed|approved|read|clinic|s/p|status\s+post|post-?\s?op(?:erative)?|op|surgery|stent|cabg|tavr|trauma|intervention|arthroplasty|replacement|resection|transplant|delivery)\b[:\s]+(?:[A-Za-z][\w.]{{0,12}}\s){{0,3}}\(?({_DAY_OF_MONTH})(?![\w/-]|\.\d){_NO_DAY_AFTER}{NOT_A_SIZE}",
        sign=r"\d/\d", looks=(outlines("0/0"),),
    ),
    _date(rf"\b(?:appointment|appt|scheduled|booked|planned|listed)\b[^.;\n]{{0,30}}\bfor[ ]({_DAY_OF_MONTH})(?![\w/-])|(?<![\w/.-])({_DAY_OF_MONTH})(?=[ ](?:@[ ]?|at[ ])?(?:[01]\d|2[0-3])(?::?[0-5]\d)\b)", sign=r"\d/\d"),
    # Day and month with a dot behind each, as in German: "vom 12.8. und 3.9.", "KW 12, 21.3.".
    _date(
        rf"\b(?:vom|am|seit|bis|zum|dem|von|im\s+Vergleich\s+zum|KW\s+\d\d?,)\s+({_DAY}\.{_MONTH_NUMBER}\.(?:(?:,|\s+und|\s?[-–])\s?{_DAY}\.{_MONTH_NUMBER}\.)*)(?![ ]?\d)",
        sign=r"\d\.\d\d?\.", looks=(told("vom am seit bis zum dem von kw"),),
    ),
    # Of this month, the last or the next, as letters have it: "your letter of the 7th inst".
    _date(rf"\b(?:the\s+)?{_ORDINAL}\s+(?:inst|ult|prox)\b", "inst", "ult", "prox"),
    # Of East Asia: "1980年5月3日", "昭和23年4月7日", "1974년 8월 2일생".
    _date(
        r"(?:昭和|平成|令和|大正|明治|民國|民国)?\s?(?:\d{1,4}|元)\s?年\s?\d{1,2}\s?月\s?(?:\d{1,2}\s?[日号號])?生?|(?<!\d)\d{1,2}\s?月\s?\d{1,2}\s?[日号號]"
        r"|\d{2,4}\s?년\s?\d{1,2}\s?월(?:\s?\d{1,2}\s?일)?생?|(?<!\d)\d{1,2}\s?월\s?\d{1,2}\s?일",
        "月", "월",
    ),
    # Day and month behind who dictated and who typed: "T: KP 13/04".
    _date(rf"\b[dt]{{1,2}}:[ \t]*[^\W\d_][\w'’.-]{{0,24}}[ \t]+({_DAY_OF_MONTH})(?![\w/-])", "d:", "t:"),
    # A feast, before the month or the day of the week that is part of it.
    _date(
        rf"\b{_HOLIDAY}(?![a-z])",
        "xmas", "x-mas", "christmas", "new year", "thanksgiving", "easter", "friday", "halloween", "day", "july", "hanukkah", "chanukah", "ramadan", "eid",
        "diwali", "passover", "kippur", "rosh", "mardi", "cinco", "juneteenth", "kwanzaa", "sunday", "pentecost", "monday",
        "fawkes", "oster", "pfingst", "karfrei", "heilig", "silvester", "weihn", "noël", "noel", "pâques", "paques", "navidad", "semana", "ferrag", "deepa", "dusse", "navra", "pongal", "onam",
        "vesak", "nowruz", "songkran", "chuseok", "purim", "sukkot", "shavuot", "midsom", "konings", "michaelm", "epiphany", "burns", "hogmanay",
        looks=(told(_HOLIDAY_WORDS),),
    ),
    # A month alone.
    _date(rf"\b{_MONTHS_ALONE}\b(?:\s?['’]\d\d\b)?", *_MONTHS_ALONE.strip("(?:)").split("|")),
    _date(
        rf"\b{_BEFORE_A_MONTH}[\s-]+((?-i:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?|(?-i:JAN|FEB|MAR|APR|JUN|JUL|AUG|SEPT?|NOV|DEC)\b"
        r"|sept\b|march\b(?!\s+of\b(?!\s+(?:this|last|that|the)\b)))"
        r"|\b(may|march)(?=\s+(?:of\s+)?(?:this|last|that\s+same)\s+year\b)"
        r"|\b(?:last|this\s+past|early|mid|late|since|next)[\s-]+(may)\b(?!\s+(?:be|have|represent|also|not|reflect|indicate))",
        *_MONTH_SIGNS,
    ),
    # A day of the week, a day of the month, a season or quarter of a year.
    _date(rf"\b{_WEEKDAYS}\b(?:,?[ \t]+(?:the[ \t]+)?{_ORDINAL}\b)?|\b{_SHORT_WEEKDAYS}\b\.?(?=,?\s+(?:\[|\d{{1,2}}(?:st|nd|rd|th)?\s+{_ANY_MONTH}|\d{{1,2}}(?:st|nd|rd|th)\b|\d{{1,2}}[/:.]|\d{{1,2}}\s?[ap]m|{_ANY_MONTH}))(?:,?[ ]\d{{1,2}}(?:st|nd|rd|th)\b)?", "day", "mon", "tue", "wed", "thu", "fri", "sat", "sun", looks=(told(_WEEKDAY_WORDS),)),
    _date(
        rf"\b(?:on|since|until|by|from|before|after|till)\s+the\s+({_ORDINAL}|{_DAY_IN_WORDS})\b"
        r"(?=\s*(?:[.,;)]|\Z|\n)|\s+(?:of\s+(?:this|last|the|next)\s+month|at|and\s+(?:then|was|is|again|has)|when|with|for|but|because|due|so|if|by|in|here|there|after|before|to|from|under)\b)"
        r"(?![^.\n]{0,50}\b(?:ribs?|metacarpal|metatarsal|digit|finger|toe|vertebra|ventric|interspace|intercostal|nerve|percentile))",
        sign=rf"the\s+\d|the\s+{_DAY_IN_WORDS}",
        looks=(told("st nd rd th er"), told(_DAY_WORDS)),
    ),
    _date(
        rf"\b(?:(?:re)?booked|(?:re)?scheduled|planned|listed|due|appointment|appt|arranged)\s+(?:is\s+)?(?:for|on)\s+the\s+({_ORDINAL})\b(?!\s+(?:ribs?|metacarpal|metatarsal|digit|finger|toe|cycle|dose|time)\b)",
        sign=r"\bthe\s+\d", looks=(told("st nd rd th"),),
    ),
    _date(
        rf"\b(?:this\s+(?:morning|afternoon|evening)|today|tonight|yesterday|tomorrow|last\s+night|(?:mon|tues|wednes|thurs|fri|satur|sun)day),?\s+the\s+({_ORDINAL}|{_DAY_IN_WORDS})\b",
        sign=rf"the\s+\d|the\s+{_DAY_IN_WORDS}", looks=(told("st nd rd th"), told(_DAY_WORDS)),
    ),
    _date(
        rf"\b(?:until|till|since|from|on|by|before|after)\s+({_ORDINAL})(?=[ ]*(?:[,;)]|\.(?!\d)|\n|\Z))(?![^.\n]{{0,50}}\b(?:ribs?|metacarpals?|metatarsals?|digits?|fingers?|toes?|times?))",
        sign=r"[ ]\d", looks=(told("st nd rd th"),),
    ),
    _date(
        rf"\bfor\s+the\s+({_ORDINAL})(?=\s*(?:[.,;)]|\Z|\n\n))(?![^.\n]{{0,50}}\b(?:ribs?|metacarpals?|metatarsals?|digits?|fingers?|toes?|times?))",
        sign=r"\bfor\s+the\s+\d", looks=(told("st nd rd th"),),
    ),
    _date(rf"\b(?:l\.?n?m\.?p|edd|edc|lcb)\b\.?[ ]?:?[ ]?({_DAY}[./-]{_MONTH_NUMBER})(?![\w/-]|[.]\d)", "lmp", "lnmp", "l.m.p", "edd", "edc", "lcb"),
    # A month and its year in figures, behind what tells a day: "no change since 6-88", "films of 11/84".
    _date(
        rf"\b(?:since|dated|until|(?:films?|ct|mri?|study|exam|x-?rays?|scan|cxr|chest|radiographs?|mammograms?)[ ](?:of|from|dated))[ ]({_MONTH_NUMBER}[-/](?:3[2-9]|[4-9]\d)|{_MONTH_NUMBER}-\d\d)(?![\w/-]|\.\d){NOT_A_SIZE}",
        sign=r"\d[-/]\d\d", looks=(outlines("0-00", "0/00"),),
    ),
    # Day and month with a dot between, where a day is compared with: "compared 15.02", "since 03.11".
    _date(
        rf"\b(?:compared(?:\s+(?:to|with))?|comparison|since|dated|vs\.?|film(?:s|\s+of)?|cxr(?:\s+of)?):?\s+((?:0[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])(?:\.(?!\d))?)(?![\w%]|[.,/-]\d){NOT_A_SIZE}",
        sign=r"\d\.\d", looks=(outlines("00.00"),),
    ),
    # A month as a scanner reads it: "0ct 4, 1996", "12 N0v 2003".
    _date(rf"(?<![\w/.-])(?:{_MONTH_SCANNED}\.?[ ]{_DAY}\b(?:,?[ ]{YEAR}\b)?|{_DAY}[ -]{_MONTH_SCANNED}\b(?:,?[ -](?:{YEAR}|\d\d)\b)?|{_MONTH_SCANNED}\.?,?[ ]{YEAR}\b)", sign=_MONTH_SCANNED, looks=(outlines("0aa", "a0", "0Aa", "A0"),)),
    _date(
        rf"\b(?:ct|mri?|x-?rays?|films?|radiographs?|ultrasound|us|scans?|study|exam(?:ination)?|echo|doppler|duplex|mammograms?|pet)\s+(?:of|from|on|dated)\s+the\s+({_ORDINAL})\b"
        r"(?=\s*(?:[.,;)]|\Z|\n)|\s+(?:at|and|but|was|is|showed|shows|with|for)\b)"
        r"(?![^.\n]{0,50}\b(?:ribs?|metacarpals?|metatarsals?|digits?|fingers?|toes?|vertebrae?|ventric\w*|interspace|intercostal|nerves?|ray|rays|mcp|mtp))",
        sign=r"\bthe\s+\d", looks=(told("st nd rd th er"),),
    ),
    _date(
        rf"\b((?:(?:early|mid|late)[\s-]+)?(?:spring|summer|fall|autumn|winter)(?:\s+of)?,?\s+(?:{YEAR}|'\d\d)|q[1-4][\s-]?(?:{YEAR}|'\d\d)|[1-4]q{YEAR})\b",
        "spring", "summer", "fall", "autumn", "winter", "q1", "q2", "q3", "q4", "1q", "2q", "3q", "4q",
    ),
)  # fmt: skip
# A time that is written with its day: "2021-03-04T14:35:22", "03/04/2021 at 2:35 pm".
TIME_OF_A_DAY = re.compile(
    r"(?:T|[ \t]*(?:,|-|@|\bat\b|\bum\b|\bà\b)?[ \t]*)(?<!\d)(?:(?:[01]?\d|2[0-3])[:.h][0-5]\d(?:[:.][0-5]\d(?:[.,]\d+)?)?(?![\d/])(?:[ \t]?[ap]\.?m\b\.?)?"
    r"|(?:1[0-2]|0?[1-9])[ \t]?[ap]\.?m\b\.?|(?:[01]\d|2[0-3])[0-5]\d(?=[ \t]?(?:h|hrs?|hours|uhr)\b)|(?<=T)\d{4,6}(?:\.\d+)?|(?<=@ )(?:[01]\d|2[0-3])[0-5]\d\b)(?:[ \t]?(?:(?-i:[ECMP][SD]T|UTC|GMT)\b|Z\b|[+-]\d\d:?\d\d\b))?",
    re.I,
)
AGE_FORMS: tuple[Form, ...] = (
    Form(
        Private.AGE,
        re.compile(
            rf"(?<!tc)(?<!tc[ -])\b0?({_GREAT_AGE})(?=[\s-]*(?:{_YEARS_OLD}|(?-i:[MF])\b)|[ ]?/[ ]?[mf]\b(?!/)|[mf]\b)"
            rf"|\b(?:mother|father|parents?|aunt|uncle|grandmother|grandfather|grandma|grandpa|brother|sister|husband|wife|spouse|partner|friend)\b[^.;\n\d%]{{0,40}}[ \t](?:is|was|now|at|to|turned|turns|,)[ \t]+({_GREAT_AGE})\b(?!\s?%|[/.:-]?\d|\s*(?:mm|cm|kg|lb|bpm|beats))"
            # A sex, maybe a race with it, before or behind: "B/F 96", "W/M, 93", "M/91", "94 WF".
            rf"|(?-i:\b[WBHALO]/?[MF]|(?<![\w/])[MF]/|\b[MF](?=[ ]9))[ ,]{{0,2}}({_GREAT_AGE})\b(?!\s?%|[/.:-]?\d|\s*(?:mm|cm|kg|lb|bpm))"
            rf"|\b0?({_GREAT_AGE})[ ](?=(?-i:[WBHALO]/?[MF])\b)"
            rf"|\b(?:lived|living|survived)[ \t]+(?:on[ \t]+)?(?:to|until|past)[ \t]+(?:be[ \t]+)?({_GREAT_AGE})\b(?!\s?%)|\b(?:died|passed[ \t]+away|turned|turns|turning)[ \t]+(?:at[ \t]+)?({_GREAT_AGE})\b(?!\s?%|[/.:-]\d)"
            rf"|(?<=\d)[ \t]\(({_GREAT_AGE})\)(?![ \t]?(?:mm|cm|%))"
            rf"|\b(?:age|aged|age/sex|patient\s+age)\s*(?:of|is|\.{{2,}})?\s*[:=]?\s*0?({_GREAT_AGE})\b(?!\s?%|/\d|-\d)"
            rf"|\b(?:over|above|nearly|almost)\s+(?:the\s+age\s+of\s+)?({_GREAT_AGE})(?=\s+years)"
            rf"|\b({_GREAT_AGE_IN_WORDS})(?=[\s-]+{_YEARS_OLD}|[\s-]+year)"
            rf"|\b(?:age|aged)\s+(?:of\s+)?({_GREAT_AGE_IN_WORDS})\b"
            rf"|\b((?:ninety[\s-]{_ONES}|(?:one|a)[\s-]hundred[\s-](?:and[\s-])?(?:{_TEENS}|{_ONES}))(?:st|nd|rd|th)?)\b(?![\s-]+(?:degrees?|percent|per\s+cent|mm|millimet|cm|centimet|ml|millilit|mg|milli|micro|seconds?|minutes?|hours?|days?|images?|slices?|beats|hounsfield|cells|feet|pounds|kilo))"
            r"|\bin\s+(?:her|his|their)\s+(?:early\s+|mid\s+|late\s+|early-|mid-|late-)?((?:9|10)0'?s|nineties|hundreds)\b"
            r"|\b((?:nona|cente|supercente)(?:ge)?narians?)\b"
            # An age that stands for itself: told of somebody, after a name in capitals, in brackets after somebody's kin.
            rf"|\b(?:age|aged|alter|edad|âge|età)\b(?:[ ](?:at|on|of|in|the|this|her|his|last|next|exam|admission|death|file|presentation|diagnosis|sister|brother|mother|father|patient|file)){{1,4}}[ ]*[:=]?[ ]*({_GREAT_AGE})\b(?!\s?%|[/.:-]\d)"
            rf"|\b(?:she|he|patient|pt|who|twin|neighbou?r|friend|resident|lady|gentleman|woman|man|{_KIN_OF_AGE})\b[^.;\n\d%]{{0,24}}[ ](?:is|was|been|be|turns?|turned|turning|now|nearly|almost|already|aged?|,)[ ](?:also[ ]|now[ ]|nearly[ ]|almost[ ]|already[ ])?({_GREAT_AGE})\b(?![ ]?(?:%|/|mm|cm|kg|lbs?|bpm|beats|degrees?|mg|ml|hu|percent|units?|min|sec|hours?|days?)|[.,:-]\d)"
            rf"|\b(?:make|makes|made|making)[ ](?:her|him|them)[ ]({_GREAT_AGE})\b(?![ ]?%)"
            rf"|\b(?:turn(?:s|ed|ing)?|celebrat\w+|reach(?:es|ed|ing)?)[ ](?:(?:her|his)[ ])?({_GREAT_AGE}(?:st|nd|rd|th)?)(?=[ ]*(?:[.,;)\n]|\Z|(?:on|in|this|next|last|tomorrow|today|yesterday|birthday|years?)\b))"
            rf"|\b({_GREAT_AGE}(?:st|nd|rd|th))[ ](?:birthday|year)\b"
            rf"|\b(?:{_KIN_OF_AGE}|[A-Z][\w'’-]+)[ ]\(({_GREAT_AGE})\)"
            rf"|(?-i:\b[A-Z]{{3,}}),[ ]({_GREAT_AGE})(?=[ ]?(?:[-–,;.(]|\Z)(?!\d))"
            rf"|(?<=,[ ])({_GREAT_AGE})(?=,[ ](?:on[ ]|of[ ]|lives?|living|resident|from|known|retired|found|fell|warfarin|apixaban|rivaroxaban|anticoagulated|widow|dementia|frail|bedbound|ambulatory|independent))",
            re.I,
        ),
        words=("9", "10", "11", "12", "13", "ninet", "hundred", "nona", "cente", "ninety"),
        looks=(outlines("00"), signs("ninet", "hundred", "nona", "cente")),
    ),
)
