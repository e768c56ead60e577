"""Invented people, places, dates and numbers for the second corpus of planted reports, as its slots name them.

A slot returns its text with the part that must not survive marked as ⟦kind|text⟧. Titles, credentials, states and words
that introduce a number stay outside of the mark.
"""

from __future__ import annotations

import datetime
import random
import string
from collections.abc import Callable

from perf.gate.corpora.second_names import Person, person, spaced

TOWNS = spaced(
    "Duluth Ames Chillicothe Yakima Natchez Beaufort Bemidji Waxahachie Kalispell Truro Grimsby Szeged Gdynia Tampere "
    "Aarhus Lugano Coimbra Maribor Thessaloniki Ibadan Kisumu Multan Nashik Cebu Daegu Matsuyama Chicago Boston Reading "
    "Bath Mobile Orange Superior Enid"
)
TOWNS += ["Great Falls", "Port Angeles", "Castle Rock", "New Ulm", "Las Cruces", "Saint-Malo", "Bad Homburg", "La Paz"]
TOWNS += ["Cedar Fork", "North Ellery", "Hartsmere", "Lower Brixley", "Wexcombe", "Pine Hollow", "Tolland Mills"]
STATES = spaced("MN IA OH WA MS SC TX MT Ohio Minnesota Texas")
STREETS = spaced("Birchwood Delancey Cobden Sycamore Old Mill Quarry Lakeshore Jefferson 14th Elm Harbor View")
STREET_KINDS = spaced("St Street Ave Avenue Ln Lane Rd Road Blvd Drive Court Terrace")
HOSPITALS = (
    "St. Brigid's Hospital",
    "Harlan County Memorial",
    "Nordhaven Clinic",
    "Mercy West Medical Center",
    "Lakeshore Regional",
    "Good Shepherd Infirmary",
    "Kessler Institute",
    "Wexcombe Royal Infirmary",
    "Prairie View Imaging",
    "Sankt Elisabeth Krankenhaus",
    "Hospital San Rafael",
    "Tolland Mills VA",
)
RELATIONS = ("daughter f", "son m", "wife f", "husband m", "mother f", "father m", "sister f", "brother m", "niece f")
CREDENTIALS = ("MD", "M.D.", "DO", "MD, PhD", "MBBS, FRCR", "FRANZCR", "M.D., FACR")
TECH_CREDENTIALS = ("RT(R)", "RT(R)(M)", "RDMS", "R.T.", "RT(R)(CT)", "ARRT")
MONTHS = spaced("January February March April May June July August September October November December")
ORDINALS = spaced(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth "
    "twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
)
OLD_IN_WORDS = ("ninety", "ninety-one", "ninety-two", "ninety-four", "ninety-seven", "one hundred and one")


def mark(kind: str, text: str) -> str:
    """The text as a plant of this kind."""
    return f"⟦{kind}|{text}⟧"


class Scene:
    """The people and places of one report; every slot of its templates asks here."""

    def __init__(self, draw: random.Random) -> None:
        """Draws who is in it."""
        self.draw = draw
        self.patient, self.referrer, self.reader = person(draw), person(draw), person(draw)
        self.resident, self.technologist, self.typist = person(draw), person(draw), person(draw)
        self.relation, sex = draw.choice(RELATIONS).split()
        kin = person(draw, sex)
        family = self.patient.family if draw.random() < 0.5 else kin.family
        self.relative = Person(kin.given, kin.middle, family, kin.is_woman)
        self.day = datetime.date(2008, 1, 1) + datetime.timedelta(days=draw.randrange(5800))
        self.is_upper_header = draw.random() < 0.45

    def digits(self, count: int) -> str:
        """So many digits."""
        return "".join(self.draw.choices(string.digits, k=count))

    def code(self, pattern: str) -> str:
        """The pattern with # as a digit and @ as a capital letter."""
        letters = {"#": string.digits, "@": string.ascii_uppercase}
        return "".join(self.draw.choice(letters.get(letter, letter)) for letter in pattern)

    def coded(self, *patterns: str) -> str:
        """One of the patterns, filled."""
        return self.code(self.draw.choice(patterns))


def in_prose(scene: Scene, who: Person, kind: str) -> str:
    """A whole name as running text has it."""
    forms = (
        f"{who.given} {who.family}",
        f"{who.given} {who.family}",
        f"{who.given} {who.middle}. {who.family}",
        f"{who.given} {who.middle} {who.family}",
        f"{who.given[0]}. {who.family}",
        f"{who.family}, {who.given}",
    )
    return mark(kind, scene.draw.choice(forms))


def in_header(scene: Scene, who: Person, kind: str) -> str:
    """A whole name as a form has it, family name first more often than not."""
    forms = (
        f"{who.family}, {who.given}",
        f"{who.family}, {who.given} {who.middle}",
        f"{who.family},{who.given}",
        f"{who.given} {who.family}",
        f"{who.given} {who.middle}. {who.family}",
        f"{who.family} {who.given}",
        f"{who.family}^{who.given}^{who.middle}",
        f"{who.family}, {who.given[0]}.",
    )
    text = scene.draw.choice(forms)
    return mark(kind, text.upper() if scene.is_upper_header else text)


def title(who: Person, draw: random.Random) -> str:
    """A form of address."""
    return draw.choice(("Mrs.", "Ms.", "Ms", "Miss", "Mrs") if who.is_woman else ("Mr.", "Mr"))


def whole_date(draw: random.Random, day: datetime.date) -> str:
    """A day of a year in one of the ways people write it."""
    year, month, number = day.year, day.month, day.day
    name, short, end = MONTHS[month - 1], MONTHS[month - 1][:3], ending(number)
    forms = (
        f"{month}/{number}/{year}",
        f"{month:02}/{number:02}/{year}",
        f"{month}/{number}/{year % 100:02}",
        f"{month:02}-{number:02}-{year}",
        f"{month}-{number}-{year % 100:02}",
        f"{year}-{month:02}-{number:02}",
        f"{year}{month:02}{number:02}",
        f"{year}/{month:02}/{number:02}",
        f"{name} {number}, {year}",
        f"{name} {number} {year}",
        f"{name} {number}{end}, {year}",
        f"{short} {number}, {year}",
        f"{short}. {number}, {year}",
        f"{number} {name} {year}",
        f"{number} {short} {year}",
        f"{number}{end} of {name} {year}",
        f"{number:02}-{short}-{year}",
        f"{number:02}{short.upper()}{year}",
        f"{number}-{short}-{year % 100:02}",
        f"{number}.{month}.{year}",
        f"{number:02}.{month:02}.{year % 100:02}",
    )
    return draw.choice(forms)


def ending(number: int) -> str:
    """The letters of an ordinal number."""
    return "th" if 10 < number < 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def part_date(draw: random.Random, day: datetime.date) -> str:
    """A day without its year, or a month of a year, as it follows a word such as from."""
    year, month, number = day.year, day.month, day.day
    name, short = MONTHS[month - 1], MONTHS[month - 1][:3]
    forms = (
        f"{name} {number}",
        f"{name} {number}{ending(number)}",
        f"{short} {number}",
        f"{number} {name}",
        f"the {number}{ending(number)} of {name}",
        f"{month}/{number}",
        f"{name} {year}",
        f"{short} {year}",
        f"{name} of {year}",
        f"{month:02}/{year}",
        f"{short} '{year % 100:02}",
        f"the {ORDINALS[number - 1]} of {name}",
        f"{name} {ORDINALS[number - 1]}",
    )
    return draw.choice(forms)


def earlier(scene: Scene) -> datetime.date:
    """A day before the report's."""
    return scene.day - datetime.timedelta(days=scene.draw.randrange(20, 2200))


def birth(scene: Scene) -> str:
    """A date of birth."""
    day = datetime.date(1926, 1, 1) + datetime.timedelta(days=scene.draw.randrange(29000))
    return mark("date of birth", whole_date(scene.draw, day))


def phone(scene: Scene) -> str:
    """A telephone number."""
    forms = (
        "(2#8) 555-01##",
        "4#7-555-01##",
        "6#2.555.01##",
        "+1 3#4 555 01##",
        "1-8##-555-01##",
        "555-01##",
        "+44 20 7946 0###",
        "01632 960###",
        "+49 30 23125 ###",
        "9#9 55501##",
    )
    return scene.coded(*forms)


def mail(scene: Scene) -> str:
    """An address for e-mail."""
    who = scene.draw.choice((scene.patient, scene.referrer, scene.reader, scene.relative))
    given, family = plain(who.given), plain(who.family)
    host = scene.draw.choice(("nordhaven.org", "mercywest.example.com", "lakeshore-rad.net", "mail.example.org"))
    return scene.draw.choice((f"{given}.{family}", f"{given[0]}{family}", f"{family}_{given[0]}{scene.digits(2)}")) + (
        "@" + host
    )


def plain(name: str) -> str:
    """A name in small letters from a to z."""
    return "".join(letter for letter in name.lower() if "a" <= letter <= "z")


def username(scene: Scene) -> str:
    """A name to log in with."""
    who = scene.draw.choice((scene.reader, scene.technologist, scene.typist))
    given, family = plain(who.given), plain(who.family)
    forms = (
        f"{given[0]}{family}",
        f"{family[:5]}{given[0]}{scene.digits(1)}",
        f"rt_{family}",
        f"{given[:2]}x{scene.digits(3)}",
    )
    return scene.draw.choice(forms)


def street(scene: Scene) -> str:
    """A street with its house number, or the like."""
    name, kind = scene.draw.choice(STREETS), scene.draw.choice(STREET_KINDS)
    number = str(scene.draw.randrange(2, 9800))
    forms = (
        f"{number} {name} {kind}",
        f"{number} {name} {kind}, Apt {scene.code('#@')}",
        f"Flat {scene.digits(1)}, {number[:2]} {name} Street",
        f"{number} W. {name} {kind}",
        f"P.O. Box {scene.digits(4)}",
        f"{number[:2]} Rue des Tanneurs",
    )
    return scene.draw.choice(forms)


def initials(scene: Scene, who: Person, kind: str = "initials") -> str:
    """Two or three initials, with points or without."""
    letters = who.initials if scene.draw.random() < 0.6 else who.initials[0] + who.initials[-1]
    return mark(kind, "".join(f"{one}." for one in letters) if scene.draw.random() < 0.25 else letters)


def old_age(scene: Scene) -> str:
    """An age over 89 in front of its unit."""
    number = mark("age over 89", str(scene.draw.randrange(90, 104)))
    units = ("-year-old", " year old", " y.o.", "yo", "-yr-old", " y/o", " years old", " yrs old")
    return number + scene.draw.choice(units)


def hospital(scene: Scene) -> str:
    """A hospital's name."""
    town = scene.draw.choice(TOWNS)
    own = scene.draw.choice((f"{town} General Hospital", f"{town} Community Hospital", f"{town} Medical Center"))
    return mark("facility", scene.draw.choice((*HOSPITALS, own, own, own)))


PEOPLE: dict[str, tuple[Callable[[Scene], Person], str]] = {
    "pt": (lambda scene: scene.patient, "patient name"),
    "rel": (lambda scene: scene.relative, "relative"),
    "ref": (lambda scene: scene.referrer, "clinician"),
    "read": (lambda scene: scene.reader, "clinician"),
    "res": (lambda scene: scene.resident, "clinician"),
    "tech": (lambda scene: scene.technologist, "technologist"),
}
SLOTS: dict[str, Callable[[Scene], str]] = {
    "pt_title": lambda scene: title(scene.patient, scene.draw),
    "rel_title": lambda scene: title(scene.relative, scene.draw),
    "relation": lambda scene: scene.relation,
    "he": lambda scene: "she" if scene.patient.is_woman else "he",
    "his": lambda scene: "her" if scene.patient.is_woman else "his",
    "sex": lambda scene: scene.draw.choice(("female", "woman") if scene.patient.is_woman else ("male", "man")),
    "s": lambda scene: "F" if scene.patient.is_woman else "M",
    "cred": lambda scene: scene.draw.choice(CREDENTIALS),
    "tech_cred": lambda scene: scene.draw.choice(TECH_CREDENTIALS),
    "ini_read": lambda scene: initials(scene, scene.reader),
    "ini_res": lambda scene: initials(scene, scene.resident),
    "ini_tech": lambda scene: initials(scene, scene.technologist),
    "ini_pt": lambda scene: initials(scene, scene.patient),
    "ini_typ": lambda scene: mark("initials", scene.typist.initials[::2].lower()),
    "today": lambda scene: mark("date", whole_date(scene.draw, scene.day)),
    "date": lambda scene: mark("date", whole_date(scene.draw, earlier(scene))),
    "part": lambda scene: mark("partial date", part_date(scene.draw, earlier(scene))),
    "dob": birth,
    "old": old_age,
    "old_number": lambda scene: mark("age over 89", str(scene.draw.randrange(90, 104))),
    "old_words": lambda scene: mark("age over 89", scene.draw.choice(OLD_IN_WORDS)),
    "phone": lambda scene: mark("phone", phone(scene)),
    "ext": lambda scene: mark("phone", scene.coded("####", "#####", "#-####")),
    "fax": lambda scene: mark("fax", phone(scene)),
    "pager": lambda scene: mark("pager", scene.coded("####", "#####", "555-01##", "##-####")),
    "mail": lambda scene: mark("e-mail", mail(scene)),
    "mrn": lambda scene: mark(
        "MRN", scene.coded("00######", "#######", "@#######", "##-##-##", "###-##-##", "@@-#####", "###### #")
    ),
    "acc": lambda scene: mark(
        "accession", scene.coded("CR19-00#####", "########", "2018-######", "E########", "@##-#####", "RAD#######")
    ),
    "acct": lambda scene: mark(
        "account", scene.coded("9########", "########", "V00########", "@@#######", "####-####-##")
    ),
    "device": lambda scene: mark(
        "device number", scene.coded("P@@######S", "@@@######", "#@-#####", "########", "####-@####")
    ),
    "ssn": lambda scene: mark("SSN", scene.coded("9##-##-####", "900-##-####", "9########")),
    "street": lambda scene: mark("address", street(scene)),
    "town": lambda scene: mark("town", scene.draw.choice(TOWNS)),
    "state": lambda scene: scene.draw.choice(STATES),
    "zip": lambda scene: mark("zip code", scene.coded("5####", "4####", "0####-####")),
    "hospital": hospital,
    "room": lambda scene: mark("ward or room", scene.coded("3##", "4##", "6@", "1#", "@##")),
    "ward": lambda scene: mark(
        "ward or room", scene.draw.choice(("4 West", "5-North", "6 East", "Tower 7", "Maple Ward"))
    ),
    "user": lambda scene: mark("username", username(scene)),
}


def fill(scene: Scene, slot: str) -> str | None:
    """The text of a slot, or None where it is none of these."""
    if slot in SLOTS:
        return SLOTS[slot](scene)
    name, _, part = slot.partition("_")
    if name not in PEOPLE:
        return None
    find, kind = PEOPLE[name]
    who = find(scene)
    if part == "head":
        return in_header(scene, who, kind)
    if part in {"given", "family"}:
        return mark(kind, getattr(who, part))
    return in_prose(scene, who, kind)
