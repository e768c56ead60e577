"""The forms of places smaller than a state, and of what people belong to: 45 CFR 164.514(b)(2)(i)(B), employers with it."""

import re

from cases.gate.report.forms import Form, Private
from cases.gate.report.looks import Look, outlines, signs, told

_STREET = (
    r"(?:street|st|parade|pde|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|circle|cir|highway|hwy|parkway|pkwy|place|pl"
    r"|square|sq|terrace|ter|trail|trl|way|alley|crescent|loop|run|close|row|mews|gardens|plaza|pike|turnpike|expressway|crossing"
    r"|ridge|path|walk|point|heights|hollow|bend|cove|grove|view|creek|park|pass|landing|commons|broadway|marg|salai|nagar|colony|chowk|layout|quay|wharf|green|hill|rise|vale|mead|yard|cottages)"
)
# A street that no house's number need stand before.
_STREET_WITHOUT_DOUBT = (
    r"(?:Street|Avenue|Road|Rd|Boulevard|Lane|Highway|Crescent|Terrace|Parkway|Marg|Salai|Nagar|Cross|Chowk)"
)
# The last word of a house's name, where an address begins with it: "Rose Cottage, Mill Lane".
_HOUSE_NAMED = r"(?:House|Cottage|Lodge|Farm|Farmhouse|Villas?|Court|Barn|Grange|Rectory|Vicarage|Hall|Forge|Stables|Mill|Schoolhouse|Mansions?|Residency|Residences|Apartments|Towers?|Heights|Enclave|Bungalow|Flats)"
_PROVINCES = r"(?:NB|NS|QC|ON|MB|SK|AB|BC|NL|PE|PEI|YT|NSW|VIC|QLD|TAS)"
# The first figures of a postcode tell the state of Australia.
_AUSTRALIAN = r"(?:(?:NSW|ACT)[ ,^]+[12]\d{3}|VIC[ ,^]+[38]\d{3}|QLD[ ,^]+[49]\d{3}|SA[ ,^]+5\d{3}|WA[ ,^]+6\d{3}|TAS[ ,^]+7\d{3}|NT[ ,^]+0[89]\d\d)"
# The last letters of a British postcode: never one that is a unit's.
_INWARD = r"\d(?:[abd-hjlnp-uw-z]{2})(?<!st)(?<!nd)(?<!rd)(?<!th)(?<!hr)(?<!ft)(?<!lb)(?<!yr)(?<!gy)"
# Not the words that also mean parts of the body or of an examination: those need the capital letters of a name.
_STREET_BEYOND_DOUBT = r"(?:street|grove|gardens|parade|pde|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|court|highway|hwy|parkway|pkwy|terrace|trail|turnpike|crescent|mews|marg|nagar|colony|salai|chowk)"
# Streets of other languages, their number before ("27 rue des Lilas") or after ("Via Garibaldi, 8", "Lindenweg 3a").
_OF = r"(?:(?:d[eiao']|del|dell[ao'e]|des|du|das|dos|de[ \t]+l[ao]s?|le|la|les|l['’]|am|an|der|den|dem|van|von|zum|zur|of|[a-z]\.)[ \t]*)"
_KIND_ABROAD = (
    r"(?:rue|avenue|av\.|boulevard|bd|place|chemin|allée|impasse|quai|route[ \t]+de|calle|c/|avenida|avda\.?|paseo|plaza|carrera|camino|ronda|via|viale|corso|piazza"
    r"|largo|rua|travessa|praça|praca|rruga|ulica|ul\.|aleja|strada|bulevardul)"
)
_ABROAD_BEFORE = rf"\b\d{{1,5}}(?:-\d{{1,4}})?(?:[ \t]?(?:bis|ter|[a-d]))?,?[ \t]+{_KIND_ABROAD}[ \t]+{_OF}{{0,3}}[^\W\d_][\w'’-]+(?:[ \t]+{_OF}{{0,2}}(?-i:[A-ZÀ-Þ])[\w'’-]+)?"
_ABROAD_AFTER = (
    rf"\b{_KIND_ABROAD}[ \t]+{_OF}{{0,3}}[^\W\d_][\w'’-]{{2,}}(?:[ \t]+(?!(?:at|on|in|to|by|for|chat|call|with|and|vpn)\b){_OF}{{0,3}}[^\W\d_][\w'’-]+){{0,3}},?[ \t]+(?:n[.º°]?[ \t]*)?\d{{1,4}}[a-z]?\b(?:,?[ \t]+\d{{1,2}}[º°ª][ \t]*[a-z]{{0,3}}\b)?"
    r"|\b(?:[^\W\d_]+-){0,3}[^\W\d_][^\W\d_-]{2,24}(?:-str\.|straße|strasse|str\.|gasse|weg|allee|laan|straat|gracht|kade|gatan|vägen|veien|gata|vej|gade|damm|ufer|steig|chaussee|utca|platz|plein|singel)[ \t]+\d{1,4}[ \t]?[a-z]?\b(?![.,]\d|[ \t]*(?:mm|cm|ml|%))"
    r"|\b(?-i:(?:Am|An|Im|Auf|Zum|Zur|Unter|Hinter)(?:[ \t]+(?:der|den|dem))?(?:[ \t]+[A-ZÄÖÜ][a-zäöüß]+){1,2}[ \t]+\d{1,3}[a-z]?)\b"
)
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
_NO_HOUSE = r"(?!(?:Department|Division|Section|Faculty|Dr\.?|Prof\.?|Mrs?\.?|Ms\.?|The|This|That|An?|Our|Her|His|At|In|From|To|For|By|Of|Outside|Emergency|Local|Prior|Same|Ambulatory|Acute|Inpatient|Outpatient|Home|Your|Please|Dictated|Transferred)[ \t])"
_ZIP = r"\d{5}(?:-\d{4})?\b"
_UNIT_OF_A_HOUSE = r"(?:,?[ \t]+(?:(?i:apt|apartment|suite|ste|unit|room|rm|floor|bldg|building|lot|trlr|flat)\.?|#)[ \t]*#?[ \t]*[\w-]+)"
# Before a house: "Flat 2, ", "Apt 4B, ", "Block C, 5th floor, ".
_FLAT_BEFORE = (
    r"(?:(?i:\b(?:flat|apt|apartment|unit|suite|block|building|house|tower|villa|plot|lot|appt|wohnung|piso)\.?[ \t]*#?[ \t]*(?:\d{1,4}[a-z]?|[a-z]\d{0,3})\b,?[ \t]+)"
    r"(?i:(?:\d{1,2}(?:st|nd|rd|th)[ \t]+floor|floor[ \t]+\d{1,2}),?[ \t]+)?)"
)
_CAPITAL_WORDS = r"(?:(?:[A-Z][a-z'-]+(?:[A-Z][a-z]+)?|[A-Z][a-z]{0,2}\.)(?:[ \t]+|\n[ ]{0,8}(?=(?:Street|Road|Avenue|Lane|Drive|Close|Crescent|Terrace|Way|Gardens|Place|Grove)\b))){1,5}"
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
_COMPANY = r"(?:Inc|LLC|L\.L\.C|Ltd|Corp|Corporation|Co|Company|PLLC|LLP|GmbH|PLC|Bros|Brothers|Industries|Enterprises|AFB|Air[ \t]+Force[ \t]+Base|Logistics|Foods|Motors|Manufacturing|Airlines|Steelworks|Construction|Trucking|Holdings|&[ \t]+Sons|Factory|Warehouse|Glassworks|Ironworks|Brickworks|Gasworks|Aerospace|Timber|Mills|Foundry|Bakery|Brewery|Railways?|Airways|Quarries|Dairy|Pharmaceuticals|Textiles|Mining|Shipyard|Electronics|Supermarkets?|Postal[ \t]+Service|Post[ \t]+Office|City[ \t]+Council|County[ \t]+Council|Care[ \t]+Home|(?:Police|Fire)[ \t]+(?:Department|Dept\.?)|(?:Fire|EMS)[ \t]+(?:&|and)[ \t]+Rescue|V\.?F\.?D|Co-?[Oo]p|Cooperative|Squadron|Regiment|Battalion|Brigade|School[ \t]+District|Casino|Ranch|Farms|Credit[ \t]+Union)"
_CAPITALISED = r"[A-Z][\w'’&.-]*"
_EMPLOYER = rf"((?!(?:Dr|Prof|Mr|Mrs|Ms|Miss)\b)(?:[A-Z][\w'’&.-]*[a-z][\w'’&-]*|(?<=[a-z][ (])[A-Z&]{{2,6}}\b)(?:[ \t]+(?:of[ \t]+|and[ \t]+|&[ \t]+)?{_CAPITALISED}){{0,4}})(?<!\.)"


# The words of which one stands in each of the forms above, small: a text without any is not searched for it.
_STREET_WORDS = _STREET.strip("(?:)").replace("|", " ") + " cross"
_ROADS = "highway hwy route rte road rd fm interstate"
_ROAD_WORDS = " ".join(f"{whose}{road}" for whose in ("", "state", "county", "us") for road in _ROADS.split())
_NAMED_HOUSE_WORDS = (
    "house cottage lodge farm farmhouse villa villas court barn grange rectory vicarage hall forge stables mill schoolhouse"
    " mansion mansions residency residences apartments tower towers heights enclave bungalow flats"
)
_HOUSE_WORDS = (
    "hospital hospitals medical health healthcare clinic clinics infirmary hospice sanatorium imaging radiology diagnostic"
    " nursing care rehab rehabilitation retirement living memorial manor center institute university college school academy"
    " facility institution penitentiary church klinikum krankenhaus ospedale ziekenhuis trust"
)
_STATE_WORDS = (
    "ak az ar ca de fl ga il ia ks ky ma mi mn mo mt ne nv nh nj nm ny nc oh ri sc sd tn tx ut vt wa wv wi wy dc alabama alaska"
    " arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois indiana iowa kansas"
    " kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada hampshire"
    " jersey mexico york carolina dakota ohio oklahoma oregon pennsylvania island tennessee texas utah vermont virginia"
    " washington wisconsin wyoming ontario quebec alberta columbia manitoba scotia"
)
_COMPANY_WORDS = (
    "inc llc l ltd corp corporation co company afb base pllc llp gmbh plc bros brothers industries enterprises logistics foods motors"
    " manufacturing airlines steelworks construction trucking holdings sons factory warehouse glassworks ironworks brickworks"
    " gasworks aerospace timber mills foundry bakery brewery railway railways airways quarries dairy pharmaceuticals textiles"
    " mining shipyard electronics supermarket supermarkets service office council home department district dept rescue vfd v d coop op"
    " cooperative squadron regiment battalion brigade casino ranch farms union"
)
_ABROAD_LOOKS = (
    told(
        "rue avenue av boulevard bd place chemin impasse quai route calle c avenida avda paseo plaza carrera camino ronda via"
        " viale corso piazza largo rua travessa praca rruga ulica ul aleja strada bulevardul"
    ),
    signs(
        "str.", "strasse", "gasse", "weg", "allee", "laan", "straat", "gracht", "kade", "gatan", "veien", "gata", "vej"
    ),
    signs("gade", "damm", "ufer", "steig", "chaussee", "utca", "platz", "plein", "singel"),
    told("am an im auf zum zur unter hinter", outlines=("a Aa",)),
)


def _form(
    kind: Private,
    pattern: str,
    *words: str,
    sign: str | None = None,
    before: int = 100,
    looks: tuple[Look, ...] = (),
) -> Form:
    return Form(kind, re.compile(pattern), words, re.compile(sign) if sign else None, before, looks)


ADDRESS_FORMS: tuple[Form, ...] = (
    _form(
        Private.ADDRESS,
        rf"{_FLAT_BEFORE}?\b(?:(?i:lot|unit|flat|apt)\.?[ \t]+)?(?:\d{{1,4}}/)?\d{{1,6}}(?:-\d{{1,4}})?[A-Za-z]?(?:[ \t]+1/2)?(?:,?[ \t]+|\n[ ]{{1,8}})(?:(?:[NSEW]|NE|NW|SE|SW|North|South|East|West)\.?[ \t]+)?(?:{_CAPITAL_WORDS}|\d{{1,3}}(?:st|nd|rd|th|ST|ND|RD|TH)[ \t]+)(?!(?<=\.[ \t])Dr\b|Dr\b\.?\s+[A-Z])(?:{_STREET.title()})\b\.?"
        rf"(?:[ \t]+(?:[NSEW]|NE|NW|SE|SW)\b\.?)?{_UNIT_OF_A_HOUSE}?(?:,[ \t]*{_TOWN},?[ \t]+(?:{_STATES}|{_STATE_NAMES})\b(?:,?[ \t]+{_ZIP})?)?",
        sign=r"\d[A-Za-z]?(?:,?[ \t]+|\n[ ]{1,8})(?:1/2[ \t]+)?[A-Z\d]", looks=(told(_STREET_WORDS),),
    ),
    _form(
        Private.ADDRESS,
        rf"(?i:{_FLAT_BEFORE}?\b(?:(?:lot|unit|flat|apt)\.?[ \t]+)?(?:\d{{1,4}}/)?\d{{1,6}}(?:-\d{{1,4}})?[a-z]?,?[ \t]+(?:(?:[nsew]|north|south|east|west)\.?[ \t]+)?(?:[a-z']{{3,}}[ \t]+|(?:st|jr|mt|ft|dr)\.[ \t]+|\d{{1,3}}(?:st|nd|rd|th)[ \t]+){{1,4}}{_STREET_BEYOND_DOUBT}\b\.?(?:[ \t]+(?:[nsew]|ne|nw|se|sw)\b\.?)?{_UNIT_OF_A_HOUSE}?)",
        sign=r"\d(?i:[a-z]?),?[ \t]+(?i:[a-z\d])", looks=(told(_STREET_WORDS),),
    ),
    _form(Private.ADDRESS, r"(?i:\b(?:house|door|plot|flat|haus)[ \t]*(?:no\.?|number|nr\.?|#)[ \t]*:?[ \t]*([\w/-]*\d[\w/-]*))", "house", "door", "plot", "flat", "haus"),
    # "12 lakeview dr" in small letters, before what goes on as an address does.
    _form(
        Private.ADDRESS,
        rf"(?i:(?<![\d.,-])\d{{2,6}}(?:-\d{{1,4}})?[ \t]+(?:[nsew]\.?[ \t]+)?(?:[a-z]{{4,}}[ \t]+|\d{{1,3}}(?:st|nd|rd|th)[ \t]+)(?:st|dr|ct|pl|cir|sq|way|close|gardens)\b\.?(?:{_UNIT_OF_A_HOUSE}|(?=,[ \t]+[a-z]|\^|[ \t]*\n|\.?\Z)))",
        sign=r"\d[ \t]+(?i:[a-z\d])", looks=(told("st dr ct pl cir sq way close gardens", outlines=("0 a", "0 A", "0 0")),),
    ),
    # No kind of street: after "lives at", beside a direction, along a highway.
    _form(
        Private.ADDRESS,
        r"\b(?i:lives?|living|resid(?:es?|ing)|address|home|house|found|dropped[ \t]+off|delivered|mail(?:ed|ing)?|sent)(?i:[ \t]+(?:at|is|in|to|address|down|on))*[ \t]*:?[ \t]*(\d{1,6}(?:-\d{1,4})?[ \t]+[A-Z][\w'.-]*(?:[ \t]+(?:[A-Z][\w'.-]*|\d{1,4})){0,4})"
        r"|(?<![\d.,-])\d{2,6}[ \t]+(?:[NSEW]|NE|NW|SE|SW)\.?[ \t]+[A-Z][a-z]+(?:[ \t]+[A-Z][a-z]+)?\b"
        r"|\b\d{1,6}(?:-\d{1,4})?[ \t]+(?i:(?:old[ \t]+)?(?:state|county|us|u\.s\.)?[ \t]*(?:highway|hwy|route|rte|road|rd|fm|interstate))[ \t]+\d{1,4}[A-Z]?\b"
        + _UNIT_OF_A_HOUSE + r"?"
        r"|(?<![\d.,-])\d{2,6}(?:-\d{1,4})?[ \t]+[NSEW]\.?[ \t]+[A-Z]{4,}(?=,[ \t]+[A-Z])"
        r"|\b\d{1,6}(?:-\d{1,4})?[ \t]+(?i:(?:[nsew]\.?|[a-z]{3,})[ \t]+)?(?i:broadway|bowery|esplanade|strand|promenade|embankment)\b"
        + _UNIT_OF_A_HOUSE + r"?",
        sign=r"\d",
        looks=(outlines("0 A"), told(_ROAD_WORDS), told("broadway bowery esplanade strand promenade embankment")),
    ),
    _form(Private.ADDRESS, r"(?i:\b(?:p\.?[ \t]?o\.?[ \t]*box|gpo[ \t]+box|locked[ \t]+bag|rural[ \t]+route|rr|(?:farm|ranch|forest|township|parish)(?:[ \t-]to[ \t-]market)?[ \t]+r(?:oa)?d|hc(?=[ \t]+#?\d+[ \t]+box)|state[ \t]+route|county[ \t]+road|route|highway|hwy|interstate)[ \t]+#?\d+(?:[ \t]+box[ \t]+\d+)?\b)", sign=r"[ \t]#?\d", looks=(told("box pobox obox bag route rr hc road rd highway hwy interstate"),)),
    _form(Private.ADDRESS, r"(?:(?<=,[ ])|(?<=\n))(?:RT|Rt|RTE|Rte)\.?[ ]?\d{1,3}(?=,[ ]*[A-Z]|[ ]+B(?:OX|ox)\b)", sign=r"\d", looks=(told("rt rte", outlines=("0,", "0 ")),)),
    _form(Private.ADDRESS, rf"(?i:(?:{_ABROAD_BEFORE}|{_ABROAD_AFTER}){_UNIT_OF_A_HOUSE}?)", sign=r"[ \t]\d|\d,?[ \t]", looks=_ABROAD_LOOKS),
    _form(Private.ADDRESS, rf"\b({_TOWN},[ \t]+(?:{_STATES}|{_STATE_NAMES})[ \t,]+{_ZIP})", sign=r"\d{5}", looks=(outlines("00000"),)),
    _form(Private.ADDRESS, rf"\b((?!MM,|CM,){_TOWN},[ \t]+(?:{_STATES_ALONE}|{_STATE_NAMES}))\b(?!(?<=FL)[ \t]+\d)", sign=r",[ \t]+[A-Z]", looks=(told(_STATE_WORDS),)),
    _form(Private.ADDRESS, rf"\b(?:{_STATES}|{_STATE_NAMES}),?[ \t]+({_ZIP})", sign=r"\d{5}", looks=(outlines("00000"),)),
    _form(Private.ADDRESS, rf"(?i:\b(?:(?:post|pin|eir)[ \t]*code|(?:zip|postal)(?:[ \t]*code)?)(?:/zip)?[ \t]*(?:is|of|:|\#)*[ \t]*({_ZIP}|\d{{3}}[ ]?\d{{3}}\b|\d{{3,4}}\b|[a-z]\d[\dw][ \t]?[a-z\d]{{4}}\b|[a-z]\d[a-z][ \t]?\d[a-z]\d\b|[a-z]{{1,2}}\d[a-z\d]?[ \t]{{0,3}}\d[a-z]{{2}}\b))", "zip", "post", "pin", "eir"),
    _form(Private.ADDRESS, rf"\b{_AUSTRALIAN}\b|(?i:\b(?:[a-z]{{2}}\d[a-z\d]?|(?<=,[ ])[a-z]\d[a-z\d]?)[ ]{{1,3}}{_INWARD}\b)|(?i:\b[ac-fhknprtv-y]\d[\dw][ ](?=[a-z\d]{{0,3}}\d)(?=\d{{0,3}}[ac-fhknprtv-y])[ac-fhknprtv-y\d]{{4}}\b)", sign=r"\d(?:[A-Za-z]{2}\b|\d{3}\b|[\dwW] [A-Za-z\d]{4})", before=20),
    _form(Private.ADDRESS, r"\b[A-Z]{1,2}\d[A-Z\d]?[ ]{1,3}\d[A-Z]{2}\b|\b[A-CEGHJ-NPR-TVXY]\d[A-Z] \d[A-Z]\d\b|\b\d{4} [A-Z]{2}\b(?=,?[ \t]+[A-Z][a-z])|(?<=[\s^,])[A-Z]{2}\d[A-Z\d]?\d[ABD-HJLNP-UW-Z]{2}\b", sign=r"[A-Z\d][ ]{1,3}\d?[A-Z]|\d[A-Z]{2}", looks=(outlines(" 0AA", "A0A 0A0", "0000 AA", "00AA", "A0AA"),)),
    # A house with a name, and the street it stands in; a street without a house's number, where something happened.
    _form(Private.ADDRESS, rf"\b((?:[A-Z][\w'’-]+[ \t]+){{1,3}}{_HOUSE_NAMED},[ \t]+(?:[A-Z][\w'’-]+[ \t]+){{1,4}}(?:{_STREET.title()}|Marg|Salai|Nagar|Cross)\b\.?)", sign=r"[a-z],[ \t]+[A-Z]", looks=(told(_NAMED_HOUSE_WORDS),)),
    _form(Private.ADDRESS, rf"(?:\b(?i:on|at|near|along|off|by)|,)(?:[ \t]+|[ \t]*\n[ \t]*)((?:[A-Z][a-z'’-]{{2,}}[ \t]+){{1,3}}(?:{_STREET_WITHOUT_DOUBT}|Drive|Parade|Pde|Close|St|Way|Place|Mews|Gardens|Grove|Colony|Quay))\b\.?(?![ \t]+(?i:sign|score|clinic|hospital))", sign=r"[a-z][ \t]+(?:St|Dr|Pde|Pl|Clo|Way|Ave|R|Boul|La|High|Cres|Terr|Par|Mar|Mew|Sal|Nag|Cr|Ch|Ga|Gr|Co|Qu)", looks=(told(_STREET_WORDS),)),
    _form(Private.ADDRESS, r"\b(?:ON|AT|NEAR|OFF|FROM)[ ]((?!THE\b|PRIOR\b|LEFT\b|RIGHT\b)[A-Z'’-]{4,}(?:[ ][A-Z'’-]{3,})?[ ](?:ST|AVE|BLVD|LN|HWY|PKWY|DRIVE|CLOSE))\b(?=[ ]*[.,;\n]|[ ]*\Z|[ ](?:AND|WHEN|IN|AT|WITH|WHERE)\b)", sign=r"[A-Z][ ](?:ST|AVE|BLVD|LN|HWY|PKWY|DRIVE|CLOSE)\b", looks=(told("st ave blvd ln hwy pkwy drive close"),)),
    _form(Private.ADDRESS, r"\b(?:ON|AT|NEAR|ALONG|OFF|on|at|near|along|off)[ \t]+(?i:((?!the\b|a\b|left\b|right\b)[a-z'’-]{4,}(?:[ \t]+[a-z'’-]{3,})?[ \t]+(?:street|avenue|road|rd|lane|highway|crescent|parkway|boulevard|mews|parade|colony|nagar|terrace)))\b", sign=r"(?i:[a-z][ \t]+(?:str|ave|ro?a?d\b|la|high|cres|par|boul|mew|col|nag|ter))", looks=(told("street avenue road rd lane highway crescent parkway boulevard mews parade colony nagar terrace"),)),
    _form(Private.ADDRESS, r"\b(?:House|Plot|Flat|Villa|Shop|Blk|Block|H\.?[ ]?No\.?)[ ]?#?[ ]?\d+[A-Za-z]?,[ ]+(?:(?:[A-Z][a-z]+[ ])?(?:Road|Street|St|Lane|Block|Sector|Phase|Cross|Main)[ ]?#?[ ]?\d+[A-Za-z]?(?:,[ ]+(?=[A-Z]))?){1,2}(?:[A-Z][a-z]{3,})?|\b(?:Blk|Block)[ ]\d+[A-Z]?[ ](?:[A-Z][a-z]+[ ]){1,3}(?:Street|Ave|Avenue|Road|Drive|Lane|Crescent)(?:[ ]\d+)?(?:,?[ ]#\d\d-\d+)?", "house ", "plot ", "flat ", "villa ", "shop ", "blk ", "block ", "no ", looks=(told("house plot flat villa shop blk block h hno"),)),
    _form(Private.ADDRESS, r"\bcorner[ \t]+of[ \t]+([A-Z\d][\w'’]*(?:[ \t][A-Z][\w'’]*){0,2}[ \t]+(?:and|&)[ \t]+[A-Z\d][\w'’]*(?:[ \t][A-Z][\w'’]*){0,2})", "corner"),
    # A block or a building and its house's name: "Flat 3B, Rosewood Court".
    _form(Private.ADDRESS, rf"\b{_FLAT_BEFORE}((?:[A-Z][\w'’-]+[ \t]+){{1,3}}{_HOUSE_NAMED})\b", sign=r"\d[A-Za-z]?,?[ \t]+[A-Z]", looks=(told(_NAMED_HOUSE_WORDS),)),
    _form(Private.ADDRESS, r"(?<![\d.-])\d{1,3}(?:-\d{1,4}){1,2},?[ \t]+[A-Z][a-z]+(?:-[A-Z]?[a-z]+)*(?:-(?:ku|shi|cho|machi|gun|dong|gu|ro|gil))?(?=,[ \t]+[A-Z])", sign=r"\d-\d"),
    # "No. 17, 4th Cross, Palm Salai", "Flat 12, Lotus Residency, Temple Main Road".
    _form(Private.ADDRESS, r"(?i:(?:(?<!house )(?<!haus )(?<!door )(?<!plot )(?<!flat )\b(?:[hd]\.?[ ]?)?no\.?|\bdoor(?:[ ]no\.?)?|\bflat|\bplot|\bapt\.?)[ \t]*\d{1,4}[a-z]?(?:[/-]\d{1,4}[a-z]?){0,2},[ \t]+(?:(?:\d{1,3}(?:st|nd|rd|th)[ \t]+)?[a-z.'’-]+(?:[ \t]+[a-z.'’-]+){0,3},\s+){0,2}(?:\d{1,3}(?:st|nd|rd|th)[ \t]+)?(?:[a-z.'’-]+\s+){1,4}(?:road|street|lane|avenue|marg|salai|nagar|cross|colony|layout|chowk|main|gali|bagh|vihar|puram)\b)", sign=r"[oOtTrR]\.?[ \t]*\d{1,4}[A-Za-z/,-]", before=20, looks=(outlines("0, ", "0a, ", "0A, "),)),
    _form(Private.ADDRESS, rf"\b(\d{{1,3}}(?:st|nd|rd|th)[ \t]+(?:Cross|Main|Phase|Block|Sector)(?:,[ \t]+(?:[A-Z][\w'’-]+[ \t]+){{1,3}}(?:{_STREET_WITHOUT_DOUBT}|Layout|Colony))?)\b", "cross", "main", "phase", "block", "sector"),
    _form(Private.ADDRESS, rf"\b([A-Z][a-z]{{2,}}(?:[ \t-][A-Z][a-z]+){{0,2}}),[ \t]+{_PROVINCES}\b", sign=r",[ \t]+[A-Z]{2}", looks=(told("nb ns qc on mb sk ab bc nl pe pei yt nsw vic qld tas", outlines=(", AA",)),)),
    _form(Private.ADDRESS, r"\b([A-Z][a-z]{2,}(?:[ \t][A-Z][a-z]+)?[ \t]+(?:District|Taluk|Tehsil|Mandal))\b|\b((?:Co\.|County)[ \t]+[A-Z][a-z]{2,})\b(?![ \t]+(?i:hospital|clinic|medical|general))", "district", "taluk", "tehsil", "mandal", "co.", "county"),
    _form(Private.ADDRESS, r"\b((?:St\.[ \t])?[A-Z][a-z]+(?:[ \t][A-Z][a-z]+)?[ \t]+(?:County|Parish|Borough|Township|Shire))\b", "county", "parish", "borough", "township", "shire"),
    _form(Private.ADDRESS, r"\b((?!THE|THIS|OUR|EACH|ANY)[A-Z]{4,}(?:[ ][A-Z]{3,})?[ ](?:COUNTY|PARISH|TOWNSHIP|BOROUGH))\b(?![ ]+(?:HOSPITAL|CLINIC|MEDICAL|GENERAL|HEALTH|MEMORIAL|REGIONAL|NURSE|JAIL))", "county", "parish", "township", "borough", looks=(told("county parish township borough"),)),
    _form(Private.ADDRESS, rf"\b(?i:lives?|living|resid(?:es?|ing)|resident|hails|originally|native|moved|visit(?:ed|ing)|travel(?:l?ed|s|l?ing)?|flew|relocated|commutes|home|based|raised|grew[ \t]+up)[ \t]+(?:(?:in|at|from|to|near|outside|of|by|is|down|over|back|recently|alone|with[ \t]+\w+[ \t]+\w+)[ \t]+){{1,3}}(?:the[ \t]+(?:town|city|village)[ \t]+of[ \t]+)?({_TOWN})", "liv", "resid", "hail", "orig", "nativ", "mov", "visit", "trav", "flew", "relo", "commut", "home", "based", "raised", "grew"),
)  # fmt: skip
PLACE_FORMS: tuple[Form, ...] = (
    _form(
        Private.PLACE,
        rf"\b{_NO_HOUSE}((?:{_NAMED}(?:[ \t]+|{_JOINED})){{1,5}}{_HOUSE_KIND}\b(?![ \t]+(?i:no|number|id|record)\b)(?:[ \t]+of[ \t]+{_CAPITALISED}(?:[ \t]+{_CAPITALISED})?)?(?:[ \t]+(?:Hospital|Center|System|Clinic))?|(?:University|Hospital|Hospitals|College)[ \t]+of[ \t]+(?:the[ \t]+)?{_CAPITALISED}(?:[ \t]+{_CAPITALISED}){{0,2}})",
        *("hosp", "medical", "health", "clinic", "infirmary", "sanatorium", "imaging", "radiology", "diagnostic", "nursing", "care", "rehab"),
        *("retirement", "assisted", "memorial", "manor", "cancer", "heart", "surg", "urgent", "universit", "college", "school", "academy"),
        *("correctional", "penitentiary", "church", "klinik", "krankenhaus", "ospedale", "ziekenhuis", "trust"), looks=(told(_HOUSE_WORDS),),
    ),
    _form(Private.PLACE, r"(?i:\b(?:room(?![ \t]*\d\b)|rm|bed|ward|bay|cubicle|suite|floor|unit|trailer|apt|apartment)[ \t]*(?:number|no\.?|#|:)?[ \t]*(?:is|=)?[ \t]*(?-i:([A-Z]?-?\d{1,4}-?[A-Za-z]?\d{0,2})))\b(?![ \t]*(?:mm|cm|ml|units|of|hours?|days?|%)|[.,:/]\d)", sign=r"\d"),
    _form(Private.PLACE, rf"(?i:\b(?:works?(?:ed|ing)?|employed|employment|job|employee|teach(?:es|er|ing)?|nurse|driver|manager|clerk|cashier|engineer|accountant|retired|foreman|mechanic|supervisor|officer|welder|miner|operative|roofer|builder|plumber|electrician|carpenter|painter|cook|chef|technician|operator|lineman|machinist|farmhand|guard|analyst|assistant|labou?rer|courier|pilot|inmate|prisoner|student|pupil|apprentice|laborer|employer|insured[ \t]+through|claim|injured(?:[ \t]+at)?[ \t]+work)[ \t\n]+(?:(?:at|for|by|with|from|of|as[ \t]+an?[ \t]+\w+(?:[ \t]\w+)?)[ \t]+){{1,2}}(?:the[ \t]+)?)({_CAPITALISED}(?:[ \t]+(?:of[ \t]+|and[ \t]+|&[ \t]+|the[ \t]+)?{_CAPITALISED}){{0,4}})", "work", "employ", "job", "teach", "nurse", "driver", "manager", "clerk", "cashier", "engineer", "accountant", "retired", "foreman", "mechanic", "supervisor", "officer", "welder", "miner", "operative", "roofer", "builder", "plumber", "electric", "carpent", "painter", "cook", "chef", "technician", "operator", "lineman", "machinist", "farmhand", "guard", "analyst", "assistant", "labo", "courier", "pilot", "inmate", "prisoner", "student", "pupil", "apprentice", "insured", "claim", "injured"),
    # Where somebody was hurt or exposed at work: "lifting at …", "asbestos exposure while at …", "injured at work (…)".
    _form(
        Private.PLACE,
        rf"(?i:\b(?:occupational[ \t]+health|lifting|exposure|exposed|shift|apprentice(?:ship)?|trainee|contractor|labou?rer|nurse|doctor|colleagues?|duties|redundant|crush(?:ed|ing)?|burn(?:ed|t)?|accident|incident)[ \t]+(?:(?:while|whilst|when)[ \t]+)?(?:at|for)[ \t]+(?:the[ \t]+)?)(?!(?i:home|work|school|university|level|rest|a|an)\b){_EMPLOYER}"
        rf"|(?i:\b(?:at|from)[ \t]+work|\bworkplace|\boccupational[ \t]+(?:injury|exposure|accident))[ \t]+\({_EMPLOYER}\)",
        *("occupational", "lifting", "expos", "shift", "apprentice", "trainee", "contractor", "labo", "nurse", "doctor", "colleague", "duties", "redundant", "work"),
    ),
    _form(
        Private.PLACE,
        r"\b(?:at|in|from)[ \t]+(?:the[ \t]+)?((?!(?:The|A|An|Our|His|Her)\b)(?:[A-Z][\w'’&.-]*[ \t]+(?:&[ \t]+)?){0,3}[A-Z][\w'’&.-]*)[ \t]+(?:warehouse|factory|plant|depot|mine|quarry|mill|foundry|shipyard|distribution[ \t]+cent(?:er|re)|power[ \t]+station|colliery|refinery|steelworks|smelter|dockyard|docks|sawmill|abattoir|brewery|bakery|barracks)\b"
        r"|\b((?:[A-Z][\w'’.-]*[a-z][ \t]+(?:&[ \t]+)?){0,2}[A-Z][\w'’.-]*[a-z])[ \t]+(?:(?:line|assembly|plant|dock|farm|mill|warehouse|yard|shop)[ \t]+worker|employee|apprentice|worker's[ \t]+comp|staff[ \t]+member)\b",
        "warehouse", "factory", "plant", "depot", "mine", "quarry", "mill", "foundry", "shipyard", "distribution", "power", "colliery", "refinery", "steelworks", "smelter",
        "dock", "sawmill", "abattoir", "brewery", "bakery", "barracks", "employee", "apprentice", "worker",
    ),
    _form(
        Private.PLACE,
        r"(?i:\b(?:occupational[ \t]+health|lifting|exposure[ \t]+while|exposure[ \t]+whilst|shift|apprentice|trainee)[ \t]+at[ \t]+(?:the[ \t]+)?((?!home\b|work\b|school\b|rest\b|the\b|a\b|an\b)[a-z][a-z'’&-]+(?:[ \t]+(?!asks?\b|and\b|in\b|on\b|for\b|with\b|when\b|last\b)[a-z'’&-]+){0,3})(?=[ \t]*[,.(]|[ \t]+asks?\b))",
        "occupational", "lifting", "exposure", "shift", "apprentice", "trainee",
    ),
    _form(Private.PLACE, rf"(?i:\b(?:employer|occupation|company|co\.|workplace|school|squadron|regiment|battalion)[ \t]*(?:name)?[ \t]*(?:[:=]|is|was|(?<=employer)(?=[ \t](?-i:[A-Z][a-z])))[ \t]*)(?!(?i:retired|unemployed|none|nil|self|student|unknown|homemaker|housewife|disabled|n/a)\b)({_CAPITALISED}(?:[ \t]+(?:of[ \t]+|and[ \t]+|&[ \t]+)?{_CAPITALISED}){{0,4}})", "employer", "occupation", "company", "co.", "workplace", "school", "squadron", "regiment", "battalion"),
    _form(Private.PLACE, rf"\b{_NO_HOUSE}((?:{_CAPITALISED}[ \t]{{1,2}}){{1,4}}{_COMPANY})\b(?!\.?:)\.?", sign=r"[ \t](?:In|LL|L\.|Lt|Co|PL|Gm|Br|En|Lo|Fo|Mo|Ma|Ai|St|Tr|Ho|&|Fa|Wa|Po|Fi|Sc|Gl|Ir|Ga|Ae|Ti|Mi|Ba|Ra|Qu|Da|Ph|Te|Sh|El|Su|Ci|Ca|VF|V\.|Sq|Re|Cr|EM)", looks=(told(_COMPANY_WORDS),)),
    # Of soldiers, by number; a church; in capitals what none of it is a word of reports: "71st Munitions Squadron", "AT FARMERS CO-OP OF ELY".
    _form(Private.PLACE, r"\b(\d{1,4}(?:st|nd|rd|th|d|ST|ND|RD|TH)[ ](?:[A-Z][\w'’-]+[ ]){0,3}(?i:squadron|regiment|battalion|brigade|division|company|platoon|wing|fleet|infantry|cavalry|airborne))\b", "squadron", "regiment", "battalion", "brigade", "division", "company", "platoon", "wing", "fleet", "infantry", "cavalry", "airborne"),
    _form(Private.PLACE, r"\b((?:Our|OUR)[ ](?:Lady|LADY)[ ](?:of|OF)[ ](?:(?:the|THE)[ ])?[A-Z][\w'’-]+(?:[ ][A-Z][\w'’-]+)?)", "our lady"),
    _form(Private.PLACE, r"\b(?:AT|BY|FOR|WITH|FROM)[ ](?:THE[ ])?((?!THE\b)(?:(?!XX|(?:AT|BY|FOR|WITH|FROM|AN|A|THE|IN|ON)[ ])[A-Z][A-Z'’&.-]+[ ]){1,4}(?:CO-?OP|COOPERATIVE|INC|LLC|LTD|CORP|COMPANY|FACTORY|WAREHOUSE|FOUNDRY|SAWMILL|MILLS?|QUARRY|RANCH|FARMS?|DAIRY|BAKERY|BREWERY|CANNERY|WORKS|VFD|CASINO)(?:[ ]OF[ ][A-Z]{3,}(?:[ ][A-Z]{4,})?)?)\b", sign=r"[A-Z][ ](?:CO|IN|LL|LT|FA|WA|FO|SA|MI|QU|RA|DA|BA|BR|CA|WO|VF)", looks=(told("coop op cooperative inc llc ltd corp company factory warehouse foundry sawmill mill mills quarry ranch farm farms dairy bakery brewery cannery works vfd casino"),)),
)  # fmt: skip
