"""The words of the planted reports: people, places, numbers and dates made by chance, and templates that hold them.

Written from HIPAA's Safe Harbor (45 CFR 164.514(b)(2)) and from how radiology reports read, without a look at the rules
of the gate. The rules must not be tuned to these templates: a list that knows them measures nothing.

A template names slots as `{patient}`; `SLOTS` fills them. What must not survive stands between marks, `⟦kind|text⟧`.
All people, numbers and addresses are invented; telephone numbers mostly use the exchange 555.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Callable


def listed(text: str, by: str | None = None) -> tuple[str, ...]:
    """The words of a text, parted by blanks or by this character."""
    return tuple(text.split(by))


GIVEN = listed(
    "John Mary Robert Patricia Wei Xiu-Ying José María Søren Łukasz Zoë Renée Björn Siobhán Aoife Nguyệt Tomáš Jiří Gülşen "
    "Olena Yusuf Fatima Abdul-Rahman Priya Venkatesh Kwame Chiamaka Hiroshi Yuki Dmitri Anastasia Jean-Luc François Ingrid "
    "Tyrone Latoya DeShawn Guadalupe Xóchitl Ángel Mohammed Eun-Ji Thi Giancarlo Beatriz Noor Rose Grace Mark Bill Frank "
    "May June April Will Art Drew Dawn Hope Faith Chase Ray Sandy Penny Melody Walter Agnes Harold Edith Mildred Clarence"
)
FAMILY = listed(
    "Smith Johnson O'Brien McAllister MacDonald Nguyễn Kowalczyk Østergaard Müller García-López Ibrahimović Çelik Okonkwo "
    "Dvořák Papadopoulos Fitzgerald-Hayes Al-Rashid D'Angelo Sørensen Ng Li Oh Wu Takahashi Venkataraman Mbeki Świątek "
    "Lefèvre Peña Núñez Håkansson Ó-Súilleabháin Zhang Hernández Whitfield Brandt Castellanos Olufemi Rasmussen Pemberton "
    "Young White Long Hill Wall Hand Bone Brown Green Small Field Major Rose Little Short Sharp Head Price Cross Park "
    "Banks Rivers Lake Stone Bell Mass Page Stent Marks Walker Hodge Kerr Parker Marsh Cline Weiss Baum Abernathy Yazzie"
)
PARTICLED = ("van der Berg", "de la Cruz", "von Trapp", "Dos Santos", "Ben Yehuda", "St. John", "El Sayed", "Le Blanc")
CITIES = listed(
    "Springfield,Duluth,Santa Rosa,Council Bluffs,Walla Walla,Kalamazoo,Chattanooga,Terre Haute,Eau Claire,Las Cruces,"
    "Poughkeepsie,Sioux Falls,Yakima,St. Cloud,Ypsilanti,Orange,Mobile,Reading",
    ",",
)
STATES = ("IL", "MN", "CA", "Iowa", "WA", "MI", "TN", "NY", "SD", "PA")
STREETS = listed(
    "Elm Street,Maple Ave,W. 42nd St.,Old Mill Road,Martin Luther King Jr. Blvd,County Road 12,Lakeview Dr,Birch Ln,"
    "Calle Ocho,Peachtree Court NE,Rte 9,Chestnut Hill Terrace,N Broadway",
    ",",
)
FACILITIES = listed(
    "Mercy General Hospital,St. Elsewhere Medical Center,Lakeside Imaging Associates,Northfield VA Clinic,"
    "Good Samaritan Regional,Pine Ridge Nursing Home,Hollis & Wray Orthopedics,County General",
    ",",
)
EMPLOYERS = ("Ohlsson Tool & Die", "Brightwater Cannery", "Dunmore Unified School District", "Halvorsen Trucking")
DOMAINS = ("mercygeneral.org", "northclinic.net", "gmail.com", "radassoc.example.com", "st-elsewhere.edu", "nhs.uk")
MONTHS = listed("January February March April May June July August September October November December")
ABBREVIATED = listed("Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec")
HOLIDAYS = ("Christmas Eve", "Thanksgiving", "New Year's Day", "the Fourth of July", "Easter Sunday", "Labor Day")
RELATIONS = (
    "daughter",
    "son",
    "wife",
    "husband",
    "mother",
    "sister",
    "brother",
    "niece",
    "grandson",
    "partner",
    "father",
)

Draw = random.Random


def marked(kind: str, text: str) -> str:
    """The text between marks: what must not survive, and of which kind it is."""
    return f"⟦{kind}|{text}⟧"


def digits(draw: Draw, count: int) -> str:
    """So many digits, by chance."""
    return "".join(draw.choice("0123456789") for _ in range(count))


def pattern(draw: Draw, shape: str) -> str:
    """A number by its shape: # is a digit, @ a capital letter, all else stands for itself."""
    made = re.sub("#", lambda _: draw.choice("0123456789"), shape)
    return re.sub("@", lambda _: draw.choice("ABCDEFGHJKLMNPRSTUVWXYZ"), made)


def one_of(kind: str, *shapes: str) -> Callable[[Draw], str]:
    """A slot that picks one of these; what stands in <> is filled by its shape and marked."""

    def fill(draw: Draw) -> str:
        return re.sub("<(.*?)>", lambda found: marked(kind, pattern(draw, found[1])), draw.choice(shapes))

    return fill


def family(draw: Draw) -> str:
    """A family name, one in twelve with a particle."""
    return draw.choice(PARTICLED) if draw.random() < 0.08 else draw.choice(FAMILY)


def full_name(draw: Draw) -> str:
    """A name in one of the orders and cases that reports hold."""
    given, last, middle = draw.choice(GIVEN), family(draw), draw.choice("ABCDEFGHJKLMRSTW")
    return draw.choice(
        [
            f"{given} {last}",
            f"{given} {middle}. {last}",
            f"{given} {draw.choice(GIVEN)} {last}",
            f"{last}, {given}",
            f"{last}, {given} {middle}",
            f"{last}, {given} {middle}.".upper(),
            f"{last}, {given}".upper(),
            f"{last.upper()} {given}",
            f"{last}^{given}^{middle}".upper(),
            f"{given} {last}".lower(),
            f"{given[0]}. {last}",
        ]
    )


def straight_name(draw: Draw) -> str:
    """A name as a sentence has it: given name first, its own case."""
    given, last, middle = draw.choice(GIVEN), family(draw), draw.choice("ABCDEFGHJKLMRSTW")
    return draw.choice([f"{given} {last}", f"{given} {last}", f"{given} {middle}. {last}", f"{given[0]}. {last}"])


def patient(draw: Draw) -> str:
    """The patient in a header: any order and case."""
    return marked("patient name", full_name(draw))


def patient_said(draw: Draw) -> str:
    """The patient within a sentence, with and without a title."""
    title, last = draw.choice(["Mr.", "Mrs.", "Ms.", "Mr", "Ms", "Miss", "Master", "Señora", "Herr"]), family(draw)
    plain = marked("patient name", straight_name(draw))
    return draw.choice([f"{title} {marked('patient name', last)}", f"{title} {plain}", plain, plain])


def clinician(draw: Draw) -> str:
    """A clinician, with and without a title or degree."""
    last, whole = marked("clinician name", family(draw)), marked("clinician name", straight_name(draw))
    degree = draw.choice(["MD", "M.D.", "DO", "MD, PhD", "RN", "NP", "PA-C", "FRCR", "RT(R)"])
    return draw.choice(
        [
            f"Dr. {last}",
            f"Dr {whole}",
            f"Dr.{last}",
            f"Drs. {last} and {marked('clinician name', family(draw))}",
            f"{whole}, {degree}",
            f"{whole} {degree}",
            f"Doctor {last}",
            f"Prof. {whole}",
            whole,
            f"Nurse {last}",
        ]
    )


def signer(draw: Draw) -> str:
    """A name under a report: full, in any case, mostly with a degree."""
    degree = draw.choice([", MD", ", M.D.", " MD", " DO", ", MD, FACR", "", ""])
    return marked("clinician name", full_name(draw)) + degree


def relative(draw: Draw) -> str:
    """A relative by name."""
    relation, given = draw.choice(RELATIONS), draw.choice(GIVEN)
    whole = marked("relative name", f"{given} {family(draw)}")
    first = marked("relative name", given)
    return draw.choice(
        [
            f"{relation} {first}",
            f"{relation}, {first},",
            f"{relation} ({whole})",
            f"{relation}, {whole},",
            f"{relation} {whole}",
            f"{relation}, Mrs. {marked('relative name', family(draw))},",
        ]
    )


def initials(draw: Draw) -> str:
    """Initials of a patient, in the ways notes have them."""
    first, second, third = (draw.choice("ABCDEFGHJKLMNPRSTVW") for _ in range(3))
    made = draw.choice([f"{first}.{second}.", f"{first}{second}", f"{first}. {second}.", f"{first}.{second}.{third}."])
    return marked("initials", made)


def typist(draw: Draw) -> str:
    """The initials of who dictated and who typed."""
    pair = pattern(draw, "@@@/@@")
    made = draw.choice([pair, pair.lower(), f"{pair[:3]}:{pair[4:].lower()}", f"{pair[:2]}/{pair[4:].lower()}"])
    return marked("initials of staff", made)


def some_day(draw: Draw, first: int = 2001, last: int = 2024) -> dt.date:
    """A day within these years."""
    start = dt.date(first, 1, 1)
    return start + dt.timedelta(days=draw.randrange((dt.date(last, 12, 31) - start).days))


def ordinal_of(day: dt.date) -> str:
    """The day of the month as it is said: 3rd, 12th."""
    last = "th" if 10 < day.day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    return f"{day.day}{last}"


def date_styles(day: dt.date, draw: Draw) -> list[str]:
    """The styles of a whole date."""
    month, short, year = MONTHS[day.month - 1], ABBREVIATED[day.month - 1], day.year
    ordinal = ordinal_of(day)
    return [
        f"{day.month}/{day.day}/{year % 100:02d}",
        f"{day:%m/%d/%Y}",
        f"{day:%m-%d-%Y}",
        f"{day:%m-%d-%y}",
        f"{day:%Y-%m-%d}",
        f"{day:%Y/%m/%d}",
        f"{day:%Y%m%d}",
        f"{day:%d.%m.%y}",
        f"{day.day}.{day.month}.{year}",
        f"{month} {day.day}, {year}",
        f"{month} {day.day} {year}",
        f"{short} {ordinal}, {year}",
        f"{short}. {day.day}, {year}",
        f"{ordinal} of {month}, {year}",
        f"{day.day} {month} {year}",
        f"{day.day}-{short[:3]}-{year}",
        f"{day.day:02d}{short[:3].upper()}{year}",
        f"{day.day} {short[:3]} {year % 100:02d}",
        f"{month} the {ordinal}, {year}",
    ]


def date(draw: Draw) -> str:
    """A whole date."""
    return marked("date", draw.choice(date_styles(some_day(draw), draw)))


def partial_date(draw: Draw) -> str:
    """A date without its year or without its day, as comparisons have them."""
    day = some_day(draw)
    month, short = MONTHS[day.month - 1], ABBREVIATED[day.month - 1]
    styles = [f"{month} {day.day}", f"{day.month}/{day.day}", f"{month} {day.year}", f"{month} of {day.year}"]
    styles += [
        f"{day:%m/%Y}",
        f"{short} '{day.year % 100:02d}",
        f"the {ordinal_of(day)} of {month}",
        f"{day.day} {short}",
    ]
    return marked("partial date", draw.choice(styles))


def timestamp(draw: Draw) -> str:
    """A date with a time behind it; the time alone names nobody, so only the date is marked."""
    day, hour, minute = some_day(draw), draw.randrange(24), draw.randrange(60)
    if draw.random() < 0.4:
        return f"{marked('date', f'{day:%Y-%m-%d}')}T{hour:02d}:{minute:02d}"
    return f"{marked('date', draw.choice(date_styles(day, draw)))} {draw.choice(['', 'at '])}{hour:02d}:{minute:02d}"


def birth(draw: Draw) -> str:
    """A date of birth."""
    return marked("date of birth", draw.choice(date_styles(some_day(draw, 1915, 2015), draw)))


def holiday(draw: Draw) -> str:
    """A day named by its feast, which is a date all the same."""
    return marked("holiday", draw.choice(HOLIDAYS))


def old(draw: Draw) -> str:
    """An age over 89."""
    age = draw.randrange(90, 106)
    words = {91: "ninety-one", 94: "ninety-four", 97: "ninety seven", 102: "one hundred and two"}
    number, said = marked("age over 89", str(age)), marked("age over 89", draw.choice(list(words.values())))
    return draw.choice(
        [
            f"{number}-year-old",
            f"{number} year old",
            f"{number} y/o",
            f"{number}yo",
            f"{number}F",
            f"{number} yr old",
            f"{said}-year-old",
            f"{number} y.o.",
            f"{number}-yr-old",
        ]
    )


def adult(draw: Draw) -> str:
    """An age under 90, which may stay."""
    age = draw.randrange(18, 90)
    return draw.choice([f"{age}-year-old", f"{age} y/o", f"{age}yo", f"{age} year old", f"{age}-yr-old"])


def telephone(draw: Draw) -> str:
    """A telephone number, bare."""
    shapes: tuple[str, ...] = (
        "(###) 555-####",
        "###-555-####",
        "###.555.####",
        "+1 ### 555 ####",
        "1-###-555-####",
        "###555####",
    )
    shapes += ("555-####", "+49 30 ######", "020 7946 ####", "(###)555-####", "### 555 ####")
    return pattern(draw, draw.choice(shapes))


def phone(draw: Draw) -> str:
    """A telephone number behind its word, or an extension."""
    said = ["at", "tel:", "Phone:", "ph", "by phone at", "call back", "Tel.", "cell", "T:"]
    whole = f"{draw.choice(said)} {marked('phone', telephone(draw))}"
    extension = marked("phone", pattern(draw, draw.choice(["####", "#-####", "#####"])))
    return draw.choice([whole, whole, whole, f"{draw.choice(['ext.', 'x', 'extension', 'ext'])} {extension}"])


def fax(draw: Draw) -> str:
    """A fax number behind its word."""
    return f"{draw.choice(['Fax:', 'fax', 'Fax #', 'F:', 'FAX', 'facsimile'])} {marked('fax', telephone(draw))}"


def street(draw: Draw) -> str:
    """An address; the state may stay."""
    number = pattern(draw, draw.choice(["##", "###", "####", "##-##"]))
    road = marked("street", f"{number} {draw.choice(STREETS)}")
    unit = draw.choice(
        ["", "", f", Apt {marked('street', pattern(draw, '#@'))}", f" Unit {marked('street', digits(draw, 3))}"]
    )
    code = marked("zip code", pattern(draw, draw.choice(["#####", "#####-####"])))
    return f"{road}{unit}, {marked('city', draw.choice(CITIES))}, {draw.choice(STATES)} {code}"


def email(draw: Draw) -> str:
    """An e-mail address."""
    given = re.sub("[^a-z]", "", draw.choice(GIVEN).lower()) or "kim"
    last = re.sub("[^a-z]", "", draw.choice(FAMILY).lower())
    local = draw.choice([f"{given}.{last}", f"{given[0]}{last}", f"{last}_{given[0]}{digits(draw, 2)}", f"{given}+rad"])
    return marked("e-mail", f"{local}@{draw.choice(DOMAINS)}")


def facility(draw: Draw) -> str:
    """A hospital or a practice: Safe Harbor does not name it, so it is told apart and never counts as wrongly masked."""
    return marked("facility", draw.choice(FACILITIES))


SLOTS: dict[str, Callable[[Draw], str]] = {
    "patient": patient,
    "patient_said": patient_said,
    "clinician": clinician,
    "signer": signer,
    "relative": relative,
    "initials": initials,
    "typist": typist,
    "date": date,
    "partial_date": partial_date,
    "timestamp": timestamp,
    "birth": birth,
    "holiday": holiday,
    "old": old,
    "adult": adult,
    "phone": phone,
    "fax": fax,
    "street": street,
    "email": email,
    "facility": facility,
    "straight": lambda draw: marked("clinician name", straight_name(draw)),
    "city": lambda draw: marked("city", draw.choice(CITIES)),
    "employer": lambda draw: marked("employer", draw.choice(EMPLOYERS)),
    "pager": one_of(
        "pager",
        "pager <#####>",
        "beeper #<####>",
        "pgr <###-555-####>",
        "p. <##-####>",
        "bleep <####>",
        "Beeper: <#####>",
        "pager # <####>",
    ),
    "mrn": one_of(
        "mrn",
        *(
            "MRN: <00######>",
            "MRN <###-##-##>",
            "MR# <#######>",
            "Med Rec No. <@#######>",
            "Medical record number <########>",
        ),
        *(
            "Unit # <00##-##-#>",
            "Hospital number: <H00#####>",
            "NHS No <### ### ####>",
            "Patient ID <#######>",
            "mrn#<######>",
        ),
        *("MRN:<E########>", "Pt ID: <@@######>", "UR no. <######>"),
    ),
    "accession": one_of(
        "accession",
        *(
            "Accession: <##-00#####>",
            "ACC# <CR########-00##>",
            "Acc No. <E########>",
            "Order # <#########>",
            "Exam no <#######>",
        ),
        *(
            "FIN: <9000#####>",
            "Accession Number <RAD-####-######>",
            "Visit #<V########>",
            "CSN <#########>",
            "Account No: <#########>",
        ),
    ),
    "ssn": one_of(
        "ssn",
        "SSN <###-##-####>",
        "SSN: <#########>",
        "SS# <###-##-####>",
        "social security number <### ## ####>",
        "SSN last four <####>",
    ),
    "plan": one_of(
        "health plan",
        "Medicare No. <#@@#-@@#-@@##>",
        "Member ID <@@@#########>",
        "Policy # <@@-######>",
        "Insurance: BCBS <@@@###@#####>",
    ),
    "licence": one_of(
        "licence",
        "DEA <@@#######>",
        "NPI <1#########>",
        "Lic. # <MD-#####>",
        "driver's license <@###-####-####>",
        "License No. <@#####>",
    ),
    "vehicle": one_of("vehicle", "VIN <1HGCM826##A######>", "license plate <#@@@###>", "plate no. <@@@-####>"),
    "serial": one_of(
        "device serial",
        *(
            "S/N <RNB######S>",
            "serial number <PJN######>",
            "Serial No. <####-@#####>",
            "SN: <########>",
            "serial # <@@@######>",
        ),
        *("UDI <(01)00844588######(17)141120(21)########>", "lot <#####@>"),
    ),
    "url": one_of(
        "url",
        *(
            "<https://pacs.mercygeneral.org/study?id=######>",
            "<www.caringbridge.org/visit/@@@@####>",
            "<portal.northclinic.net/p/#####>",
        ),
        *("<http://10.##.4.###/viewer/####>",),
    ),
    "ip": one_of("ip address", "<10.2#.4.1##>", "<192.168.1#.2#>"),
    "other": one_of(
        "other number",
        "Study subject <0##-0###>",
        "inmate # <####-@>",
        "badge <#####>",
        "Trial ID <@@@-##-####>",
        "case # <####-###>",
    ),
}

# Each line is one way that a report opens, names people in its midst, or closes.
HEADERS = (
    "PATIENT NAME: {patient}\n{mrn}\nDOB: {birth}\n{accession}\nEXAM DATE: {timestamp}\nREFERRING PHYSICIAN: {clinician}\n",
    (
        "{facility}\nDepartment of Radiology\n{street}\n{phone}   {fax}\n\nName: {patient}    {mrn}\n"
        "D.O.B. {birth}   Sex: F\nDate of service: {date}\n{accession}\n"
    ),
    "Patient: {patient} | {mrn} | DOB {birth} | Exam: {date} | Ordering: {clinician}\n",
    "{patient}\n{mrn}  {birth}\n{accession}\n",
    "RE: {patient}\n    {street}\n    DOB: {birth}; {ssn}\n    {plan}\n",
    "{patient}  DOB: {birth}  Age: 64 years  {mrn}\nOrdering provider: {signer}  {licence}\nStudy date/time: {timestamp}\n",
    "Pt: {initials}  {mrn}  exam {date}\n",
    "Study performed {timestamp}\nRequested by {clinician}, {facility}\n",
    "Location: ED   Tech: {signer}\nPatient name {patient}, born {birth}, {accession}\n",
)
MIDST = (
    "{patient_said} is a {old} with fever.",
    "This {old} woman was seen at {facility} on {date}.",
    "{patient_said} presented on {partial_date} with worsening dyspnea.",
    "Per the patient's {relative} symptoms began on {partial_date}.",
    "History obtained from {relative} who lives in {city}.",
    "{patient_said}, who works at {employer}, fell from a ladder on {holiday}.",
    "Pt. {initials} tolerated the procedure well.",
    "Findings were discussed with {clinician} {phone} on {date} at 14:35.",
    "Critical result called to {clinician} ({pager}) at 1620 hours.",
    "The images were reviewed with {clinician} in the reading room.",
    "Outside study from {facility} dated {date} was loaded for comparison; {accession}.",
    "Pacemaker generator, {serial}, interrogated {partial_date}.",
    "Implanted port, {serial}, placed by {clinician} {date}.",
    "Images pushed to {url} for {clinician}.",
    "Please reply to {email} or {phone}.",
    "Patient resides at {street}.",
    "Contact: {relative} {phone}.",
    "{other} enrolled {date}.",
    "Involved in a motor vehicle collision ({vehicle}) near {city} on {date}.",
    "Exam acquired on workstation {ip}.",
    "Follow up with {clinician} in 2 weeks, {phone}, {fax}.",
    "Dr. {straight} was paged ({pager}) and returned the call at 03:10.",
    "{plan} authorisation obtained by {relative}",
    "The patient, {patient_said}, was transferred from {city} by ambulance.",
    "Identity confirmed by name ({patient}), {ssn}, and date of birth ({birth}).",
    "{patient_said}'s prior film of {date} is not available.",
    "NOTE: wrong patient label corrected from {patient} to {patient}; {mrn}.",
)
COMPARISONS = (
    "{date}.",
    "CT chest {date} and radiograph {partial_date}",
    "Chest x-ray from {partial_date}.",
    "{date}, {date}, and {partial_date}.",
    "Prior exam {date} ({accession}) from {facility}.",
    "None.",
    "None available.",
)
SIGNATURES = (
    "Electronically signed by {signer} on {timestamp}",
    "Electronically Signed By: {signer}  {date}",
    "Dictated by: {signer}\nTranscribed by: {typist}\nD: {date}  T: {date}",
    "{signer}\nAttending Radiologist\n{phone} {pager}",
    "I, {signer}, have personally reviewed the images and agree with the resident's interpretation.\nResident: {signer}",
    "Signed: {signer} {licence}\n\ncc: {clinician}; {clinician}",
    "cc: {clinician} {fax}\n    {clinician}",
    "D/T: {date} {typist}\nVERIFIED BY {signer}",
    "Reported by {signer}, verified by {signer} {timestamp}.",
    "{typist}\n{email}",
    "Interpreting physician {signer}. Results faxed to {clinician} {fax}.",
    "This report was sent to {clinician} via {email} on {date}.",
)
LETTERS = (
    "{facility}\n{date}\n\nDear {clinician},\n\nThank you for referring {patient_said} ({birth}, {mrn}) for imaging. ",
    "Dear {clinician}:\n\nRe: {patient}, {birth}, {street}\n\nI had the pleasure of seeing {patient_said} on {date}. ",
)
LINES = (
    "MSH|^~\\&|RIS|{facility}|||{date}||ORU^R01\nPID|1||{bare_id}||{hl7_name}||{hl7_birth}|F|||{hl7_street}||{hl7_phone}\nOBX|1|TX|||",
)


def hl7_street(draw: Draw) -> str:
    """An address in the parts that HL7 has for it."""
    road, city = marked("street", f"{digits(draw, 3)} {draw.choice(STREETS)}"), marked("city", draw.choice(CITIES))
    return f"{road}^^{city}^IL^{marked('zip code', digits(draw, 5))}"


SLOTS |= {
    "bare_id": lambda draw: marked("mrn", digits(draw, 8)),
    "hl7_name": lambda draw: marked(
        "patient name", f"{family(draw)}^{draw.choice(GIVEN)}^{draw.choice('ABCDE')}".upper()
    ),
    "hl7_birth": lambda draw: marked("date of birth", f"{some_day(draw, 1915, 2015):%Y%m%d}"),
    "hl7_street": hl7_street,
    "hl7_phone": lambda draw: marked("phone", telephone(draw)),
}

# What names nobody and looks as if it might: each masked span in these is a false one.
INDICATIONS = (
    "{adult} male with cough and 5/10 pain.",
    "{adult} female, shortness of breath, rule out pneumonia.",
    "2 days post op, evaluate line placement.",
    "Hodgkin lymphoma, restaging after cycle 4 of 6 of ABVD.",
    "Fall from 10 ft, GCS 14, midline tenderness at C5-6.",
    "Status post Whipple 3 weeks ago, fevers to 101.5 F.",
    "Known Chiari I malformation with headache, 8/10 severity.",
    "Follow-up of a 6 mm nodule per Fleischner criteria.",
    "Chest pain, troponin 0.04, BP 142/88, HR 110, SpO2 93% on 2 L.",
    "Wilms tumor at age 4, now in remission.",
    "Strength 4/5 in the left leg, Babinski positive.",
    "Crohn disease, on 40 mg prednisone daily.",
)
BODIES: dict[str, tuple[str, ...]] = {
    "CHEST RADIOGRAPH, 2 VIEWS": (
        "Kerley B lines at both bases are consistent with interstitial edema.",
        "A Swan-Ganz catheter terminates in the right main pulmonary artery.",
        "Dobhoff tube tip projects over the second portion of the duodenum.",
        "Right internal jugular Port-A-Cath with tip at the cavoatrial junction.",
        "Tunneled Hickman catheter is unchanged; the tip is 2.5 cm below the carina.",
        "The cardiothoracic ratio is 15/28, upper limits of normal.",
        "Apical opacity raises concern for a Pancoast tumor.",
        "There is a Bochdalek hernia on the left. Chilaiditi sign on the right.",
        "Old healed fractures of the left 5th through 7th ribs.",
        "No. 3 view was repeated because of motion.",
        "The lungs are clear. No pleural effusion or pneumothorax.",
        "Endotracheal tube is 4.2 cm above the carina. NG tube below the diaphragm.",
        "Approximately 1/2 of the left hemithorax is opacified.",
        "Westermark sign is absent; Hampton hump is not seen.",
        "Compression deformity of T12, unchanged since the prior study.",
        "Ghon complex and Ranke complex from prior granulomatous disease.",
    ),
    "CT HEAD WITHOUT CONTRAST": (
        "Cerebellar tonsils extend 7 mm below the foramen magnum, a Chiari I configuration.",
        "The circle of Willis is not evaluated without contrast.",
        "Volume loss in the Sylvian fissure and the Broca area.",
        "ASPECTS score is 9/10 on the left.",
        "Midline shift of 3 mm, previously 5 mm 12 hours ago.",
        "Virchow-Robin spaces are prominent in the basal ganglia.",
        "A Torkildsen shunt is not seen; Codman Hakim valve set at 120 mm H2O.",
        "Meckel cave and Dorello canal are unremarkable.",
        "Series 3, image 45 shows a 1.2 x 0.8 cm hyperdensity.",
        "No acute intracranial hemorrhage or mass effect.",
    ),
    "CT ABDOMEN AND PELVIS WITH CONTRAST": (
        "A 3.2 x 4 cm simple cyst in segment IVb of the liver, 12 HU.",
        "Bosniak II cyst in the left kidney, measuring 2.1 x 1.9 x 2.0 cm.",
        "Couinaud segment 7 hemangioma. Riedel lobe is noted.",
        "Meckel diverticulum without inflammation. Morison pouch is clear.",
        "Foley catheter within a decompressed bladder; Jackson-Pratt drain in the pelvis.",
        "Grade 2 anterolisthesis of L5 on S1, Schmorl node at L2-3.",
        "Spigelian hernia containing fat. Gerota fascia is thickened.",
        "100 mL of Omnipaque 350 was given at 3 mL/s. DLP 845 mGy-cm.",
        "Greenfield filter below the renal veins. Amplatzer plug in the left gonadal vein.",
        "Lymph nodes of 8 mm or less in the porta hepatis, image 112/340.",
        "Billroth II anatomy. No obstruction at the ligament of Treitz.",
    ),
    "MRI LUMBAR SPINE": (
        "Modic type 2 changes at L4-5. Tarlov cyst at S2 of 14 mm.",
        "At C5-6 a 3 mm central protrusion narrows the canal to 8 mm.",
        "The conus ends at T12-L1. Scheuermann changes in the lower thoracic spine.",
        "Pfirrmann grade 4 of the discs from L3-4 to L5-S1.",
        "Harrington rods from T4 to L2 with intact hardware.",
        "Baastrup phenomenon at L3 to L5. Bertolotti configuration on the left.",
        "TR 4500, TE 102, slice 4 mm, FOV 280 x 280, 1.5 T magnet.",
    ),
    "ULTRASOUND RIGHT UPPER QUADRANT": (
        "Sonographic Murphy sign is negative. Common duct 4 mm.",
        "Mirizzi syndrome is not excluded. Hartmann pouch is distended.",
        "Doppler waveform is normal, resistive index 0.65, ratio 1:1.2.",
        "Budd-Chiari is unlikely given patent hepatic veins.",
        "Right kidney 10.4 cm, left kidney 11.2 cm, 1/2 cm larger than before.",
        "Baker cyst of 2.4 x 1.1 cm in the popliteal fossa, seen on the 3rd view.",
    ),
    "MAMMOGRAM, SCREENING": (
        "BI-RADS category 2, benign. ACR density C.",
        "Cooper ligaments are intact. Montgomery glands are prominent.",
        "At 10 o'clock, 4 cm from the nipple, a 5 mm oval mass.",
        "Paget disease is not suspected. Recall rate is 9 to 10 per 100.",
        "Annual screening is advised; next exam in 12 months.",
    ),
}
IMPRESSIONS = (
    "1. No acute cardiopulmonary process.\n2. Stable line placement.",
    "1. Small left apical pneumothorax, 1/3 the size of the prior.\n2. Follow up in 6-8 weeks.",
    "Findings suggest mild CHF with Kerley B lines. Recommend clinical correlation.",
    "Stable since the examination 2 years ago. BI-RADS 2.",
    "1. Stage IIIA by Ann Arbor criteria.\n2. Lugano 3/5 Deauville score.",
    "Salter-Harris II fracture with 15 degrees of angulation. No Colles fracture.",
    "Gleason 3+4=7 by history. No osseous metastasis from T1 to S1.",
    "Unremarkable study. 10 of 12 nodes unchanged, 3-4 mm.",
)
