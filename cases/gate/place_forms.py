"""The forms of places smaller than a state, and of what people belong to: 45 CFR 164.514(b)(2)(i)(B), employers with it."""

import re

from cases.gate.forms import Form, Private

_STREET = (
    r"(?:street|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|circle|cir|highway|hwy|parkway|pkwy|place|pl"
    r"|square|sq|terrace|ter|trail|trl|way|alley|crescent|loop|run|close|row|mews|gardens|plaza|pike|turnpike|expressway|crossing"
    r"|ridge|path|walk|point|heights|hollow|bend|cove|grove|view|creek|park|pass|landing|commons|broadway)"
)
# Not the words that also mean parts of the body or of an examination: those need the capital letters of a name.
_STREET_BEYOND_DOUBT = r"(?:street|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|court|highway|hwy|parkway|pkwy|terrace|trail|turnpike|crescent)"
_STATES = r"(?:A[LKZR]|C[AOT]|DE|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY]|DC|PR)"
_STATE_NAMES = (
    r"(?:Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa"
    r"|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada"
    r"|New[ \t]+(?:Hampshire|Jersey|Mexico|York)|(?:North|South)[ \t]+(?:Carolina|Dakota)|Ohio|Oklahoma|Oregon|Pennsylvania"
    r"|Rhode[ \t]+Island|Tennessee|Texas|Utah|Vermont|(?:West[ \t]+)?Virginia|Washington|Wisconsin|Wyoming|Ontario|Quebec|Alberta"
    r"|British[ \t]+Columbia|Manitoba|Nova[ \t]+Scotia)"
)
# Two letters that mean something else in a report ("Chest, PA", "Smith, MD") are a state before a ZIP code only.
_STATES_ALONE = r"(?:A[KZR]|CA|DE|FL|GA|IL|IA|K[SY]|M[AINOT]|N[EVHJMYC]|OH|RI|S[CD]|T[NX]|UT|VT|W[AVIY]|DC)"
_NO_HOUSE = r"(?!(?:The|This|That|An?|Our|Her|His|At|In|From|To|For|By|Of|Outside|Emergency|Local|Prior|Same|Ambulatory|Acute|Inpatient|Outpatient|Home|Your|Please|Dictated|Transferred)[ \t])"
_ZIP = r"\d{5}(?:-\d{4})?\b"
_UNIT_OF_A_HOUSE = (
    r"(?:,?[ \t]+(?:(?i:apt|apartment|suite|ste|unit|room|rm|floor|bldg|building|lot|trlr)\.?|#)[ \t]*#?[ \t]*[\w-]+)"
)
_CAPITAL_WORDS = r"(?:(?:[A-Z][a-z'-]+(?:[A-Z][a-z]+)?|[A-Z][a-z]{0,2}\.)[ \t]+){1,5}"
_TOWN = r"[A-Z][a-zA-Z'.]+(?:[ \t-][A-Z][a-zA-Z'.]+){0,2}"
_HOUSE_KIND = (
    r"(?:Hospital|Hospitals|Medical[ \t]+(?:Center|Centre|Group|Campus|Associates|College)|Health(?:care)?[ \t]+(?:System|Center|Centre|Network|Partners|Group|Services)"
    r"|Clinic|Clinics|Infirmary|Hospice|Sanatorium|Imaging(?:[ \t]+(?:Center|Associates|Partners|Group))?|Radiology[ \t]+(?:Associates|Group|Partners|Consultants|Center)|Diagnostic[ \t]+(?:Center|Imaging)"
    r"|Nursing[ \t]+(?:Home|Center|Facility)|Care[ \t]+Center|Rehab(?:ilitation)?(?:[ \t]+(?:Center|Hospital))?|Retirement[ \t]+(?:Home|Community)|Assisted[ \t]+Living|Memorial|Manor"
    r"|Cancer[ \t]+(?:Center|Institute)|Heart[ \t]+Institute|Surgery[ \t]+Center|Surgical[ \t]+Center|Urgent[ \t]+Care|University|College|(?:High|Elementary|Middle|Primary|Grammar)[ \t]+School|Academy"
    r"|Correctional[ \t]+(?:Facility|Center|Institution)|Penitentiary|Church|Klinikum|Krankenhaus|Hôpital|Ospedale|Ziekenhuis|Trust)"
)
_NAMED = r"(?:St\.?|Saint|Mt\.?|Mount|Our[ \t]+Lady|[A-Z][\w'’.&-]*)"
_JOINED = r"(?:[ \t]+(?:of|the|and|at|for|de|du|la|&)){1,2}[ \t]+"
_COMPANY = r"(?:Inc|LLC|L\.L\.C|Ltd|Corp|Corporation|Co|Company|PLLC|LLP|GmbH|PLC|Bros|Brothers|Industries|Enterprises|Logistics|Foods|Motors|Manufacturing|Airlines|Steelworks|Construction|Trucking|Holdings|&[ \t]+Sons|Factory|Warehouse|(?:Police|Fire)[ \t]+Department|School[ \t]+District)"
_CAPITALISED = r"[A-Z][\w'’&.-]*"


def _form(kind: Private, pattern: str, *words: str, sign: str | None = None, before: int = 100) -> Form:
    return Form(kind, re.compile(pattern), words, re.compile(sign) if sign else None, before)


ADDRESS_FORMS: tuple[Form, ...] = (
    _form(
        Private.ADDRESS,
        rf"\b\d{{1,6}}(?:-\d{{1,4}})?[A-Za-z]?(?:[ \t]+1/2)?[ \t]+(?:(?:[NSEW]|NE|NW|SE|SW|North|South|East|West)\.?[ \t]+)?(?:{_CAPITAL_WORDS}|\d{{1,3}}(?:st|nd|rd|th|ST|ND|RD|TH)[ \t]+)(?!(?<=\.[ \t])Dr\b|Dr\b\.?\s+[A-Z])(?:{_STREET.title()})\b\.?"
        rf"(?:[ \t]+(?:[NSEW]|NE|NW|SE|SW)\b\.?)?{_UNIT_OF_A_HOUSE}?(?:,[ \t]*{_TOWN},?[ \t]+(?:{_STATES}|{_STATE_NAMES})\b(?:,?[ \t]+{_ZIP})?)?",
        sign=r"\d[A-Za-z]?[ \t]+(?:1/2[ \t]+)?[A-Z\d]",
    ),
    _form(
        Private.ADDRESS,
        rf"(?i:\b\d{{1,6}}(?:-\d{{1,4}})?[ \t]+(?:(?:[nsew]|north|south|east|west)\.?[ \t]+)?(?:[a-z']{{3,}}[ \t]+|(?:st|jr|mt|ft|dr)\.[ \t]+|\d{{1,3}}(?:st|nd|rd|th)[ \t]+){{1,4}}{_STREET_BEYOND_DOUBT}\b\.?{_UNIT_OF_A_HOUSE}?)",
        sign=r"\d[ \t]+(?i:[a-z\d])",
    ),
    # No kind of street: after "lives at", beside a direction, along a highway.
    _form(
        Private.ADDRESS,
        r"\b(?i:lives?|living|resid(?:es?|ing)|address|home|house|found|dropped[ \t]+off|delivered|mail(?:ed|ing)?|sent)(?i:[ \t]+(?:at|is|in|to|address|down|on))*[ \t]*:?[ \t]*(\d{1,6}(?:-\d{1,4})?[ \t]+[A-Z][\w'.-]*(?:[ \t]+(?:[A-Z][\w'.-]*|\d{1,4})){0,4})"
        r"|\b\d{1,6}(?:-\d{1,4})?[ \t]+(?:[NSEW]|NE|NW|SE|SW)\.?[ \t]+[A-Z][a-zA-Z]+(?:[ \t]+[A-Z][a-z]+)?\b"
        r"|\b\d{1,6}(?:-\d{1,4})?[ \t]+(?i:(?:old[ \t]+)?(?:state|county|us|u\.s\.)?[ \t]*(?:highway|hwy|route|rte|road|rd|fm|interstate))[ \t]+\d{1,4}[A-Z]?\b"
        r"|\b\d{1,6}(?:-\d{1,4})?[ \t]+(?:[A-Z][a-z]+[ \t]+)?(?:Broadway|Bowery|Esplanade|Strand|Promenade|Embankment)\b",
        sign=r"\d",
    ),
    _form(Private.ADDRESS, r"(?i:\b(?:p\.?[ \t]?o\.?[ \t]*box|rural[ \t]+route|rr|hc|state[ \t]+route|county[ \t]+road|route|highway|hwy|interstate)[ \t]+#?\d+(?:[ \t]+box[ \t]+\d+)?\b)", sign=r"[ \t]#?\d"),
    _form(Private.ADDRESS, r"\b[A-ZÄÖÜ][a-zäöüß]{2,20}(?:straße|strasse|str\.|gasse|weg|platz|allee|laan|straat)[ \t]+\d{1,4}[a-z]?\b|\b\d{1,4},?[ \t]+(?:rue|avenue|place|calle|via|boulevard)[ \t]+(?:d[eu'][ \t]?|de[ \t]+la[ \t]+|des[ \t]+)?[A-Z][\w'-]+|\b(?:[Cc]alle|[Rr]ue|[Vv]ia|[Aa]venida)[ \t]+(?:d[eu][ \t]+|de[ \t]+la[ \t]+)?[A-Z][\w'-]+,?[ \t]+\d{1,4}\b"),
    _form(Private.ADDRESS, rf"\b({_TOWN},[ \t]+(?:{_STATES}|{_STATE_NAMES})[ \t,]+{_ZIP})", sign=r"\d{5}"),
    _form(Private.ADDRESS, rf"\b({_TOWN}),[ \t]+(?:{_STATES_ALONE}|{_STATE_NAMES})\b", sign=r",[ \t]+[A-Z]"),
    _form(Private.ADDRESS, rf"\b(?:{_STATES}|{_STATE_NAMES}),?[ \t]+({_ZIP})", sign=r"\d{5}"),
    _form(Private.ADDRESS, rf"(?i:\b(?:zip|postal)(?:[ \t]*code)?[ \t]*(?:is|of|:|\#)*[ \t]*({_ZIP}|\d{{3}}\b|[a-z]\d[a-z][ \t]?\d[a-z]\d\b|[a-z]{{1,2}}\d[a-z\d]?[ \t]?\d[a-z]{{2}}\b))", "zip", "ZIP", "Zip", "postal"),
    _form(Private.ADDRESS, r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b|\b[A-CEGHJ-NPR-TVXY]\d[A-Z] \d[A-Z]\d\b", sign=r"\d [A-Z\d]"),
    _form(Private.ADDRESS, r"\b([A-Z][a-z]+(?:[ \t][A-Z][a-z]+)?)[ \t]+(?:County|Parish|Borough|Township|Shire)\b", "county", "parish", "borough", "township", "shire"),
    _form(Private.ADDRESS, rf"\b(?i:lives?|living|resid(?:es?|ing)|resident|hails|originally|native|moved|visit(?:ed|ing)|travel(?:l?ed|s|l?ing)?|flew|relocated|commutes|home|based|raised|grew[ \t]+up)[ \t]+(?:(?:in|at|from|to|near|outside|of|by|is|down|over|back|recently|alone|with[ \t]+\w+[ \t]+\w+)[ \t]+){{1,3}}(?:the[ \t]+(?:town|city|village)[ \t]+of[ \t]+)?({_TOWN})", "liv", "resid", "hail", "orig", "nativ", "mov", "visit", "trav", "flew", "relo", "commut", "home", "based", "raised", "grew"),
)  # fmt: skip
PLACE_FORMS: tuple[Form, ...] = (
    _form(
        Private.PLACE,
        rf"\b{_NO_HOUSE}((?:{_NAMED}(?:[ \t]+|{_JOINED})){{1,5}}{_HOUSE_KIND}\b(?:[ \t]+of[ \t]+{_CAPITALISED}(?:[ \t]+{_CAPITALISED})?)?(?:[ \t]+(?:Hospital|Center|System|Clinic))?|(?:University|Hospital|Hospitals|College)[ \t]+of[ \t]+(?:the[ \t]+)?{_CAPITALISED}(?:[ \t]+{_CAPITALISED}){{0,2}})",
        *("hosp", "medical", "health", "clinic", "infirmary", "sanatorium", "imaging", "radiology", "diagnostic", "nursing", "care", "rehab"),
        *("retirement", "assisted", "memorial", "manor", "cancer", "heart", "surg", "urgent", "universit", "college", "school", "academy"),
        *("correctional", "penitentiary", "church", "klinik", "krankenhaus", "ospedale", "ziekenhuis", "trust"),
    ),
    _form(Private.PLACE, r"(?i:\b(?:room|rm|bed|ward|bay|cubicle|suite|floor|unit|trailer|apt|apartment)[ \t]*(?:number|no\.?|#|:)?[ \t]*(?:is|=)?[ \t]*(?-i:([A-Z]?-?\d{1,4}-?[A-Za-z]?\d{0,2})))\b(?![ \t]*(?:mm|cm|ml|units|of|hours?|days?|%)|[.,:/]\d)", sign=r"\d"),
    _form(Private.PLACE, rf"(?i:\b(?:works?(?:ed|ing)?|employed|employment|job|employee|teach(?:es|er|ing)?|nurse|driver|manager|clerk|cashier|engineer|accountant|retired|foreman|mechanic|supervisor|officer|welder|miner)[ \t]+(?:(?:at|for|by|with|from|of|as[ \t]+an?[ \t]+\w+(?:[ \t]\w+)?)[ \t]+){{1,2}}(?:the[ \t]+)?)({_CAPITALISED}(?:[ \t]+(?:of[ \t]+|and[ \t]+|&[ \t]+|the[ \t]+)?{_CAPITALISED}){{0,4}})", "work", "employ", "job", "teach", "nurse", "driver", "manager", "clerk", "cashier", "engineer", "accountant", "retired", "foreman", "mechanic", "supervisor", "officer", "welder", "miner"),
    _form(Private.PLACE, rf"(?i:\b(?:employer|occupation|company|workplace|school)[ \t]*(?:name)?[ \t]*(?:[:=]|is|was)[ \t]*)({_CAPITALISED}(?:[ \t]+(?:of[ \t]+|and[ \t]+|&[ \t]+)?{_CAPITALISED}){{0,4}})", "employer", "occupation", "company", "workplace", "school"),
    _form(Private.PLACE, rf"\b{_NO_HOUSE}((?:{_CAPITALISED}[ \t]+){{1,4}}{_COMPANY})\b\.?", sign=r"[ \t](?:In|LL|L\.|Lt|Co|PL|Gm|Br|En|Lo|Fo|Mo|Ma|Ai|St|Tr|Ho|&|Fa|Wa|Po|Fi|Sc)"),
)  # fmt: skip
