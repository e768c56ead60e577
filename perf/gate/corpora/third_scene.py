"""The invented people, days and numbers of one report, and the filling of a shape's slots with them."""

from __future__ import annotations

import datetime
import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from perf.gate.corpora import third_clinic as clinic
from perf.gate.corpora import third_words as words

LANDS = ("us", "us", "us", "us", "uk", "uk", "uk", "ie", "ca", "au", "in", "in")

KINDS = (
    "patient_name", "relative_name", "staff_name", "staff_initials", "user_name", "street_address", "place", "postcode", "date", "day_month",
    "birth_date", "age_over_89", "phone", "fax", "pager", "email", "mrn", "accession", "account", "health_plan", "ssn", "national_number",
    "device_serial", "licence", "vehicle", "url", "ip", "employer", "hospital", "ward", "school", "lot", "code",
)  # fmt: skip

# Open marks are private characters that carry the kind and whether it counts; one character closes them all.
OPEN = 0xE000
CLOSE = chr(0xE800)

SLOT = re.compile(r"\{([a-zA-Z_0-9]+)(?:\.([a-z]+)|:([0-9]+)-([0-9]+))?\}")
CHOICE = re.compile(r"\[([^\[\]]*)\]")
PREFIX = re.compile(r"^([a-z0-9]+(?:,[a-z0-9]+)*)> ")

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip

DATE_FORMS: dict[str, tuple[str, ...]] = {
    "us": ("us", "us", "us", "us2", "us0", "text_us", "abbr_us", "iso", "dmy_dash", "us_dash"),
    "uk": ("uk", "uk", "uk", "uk2", "dot", "dot2", "text_uk", "abbr_uk", "ord", "iso"),
    "ie": ("uk", "uk", "dot", "text_uk", "abbr_uk"),
    "ca": ("iso", "iso", "us", "uk", "abbr_us", "abbr_uk", "dmy_dash"),
    "au": ("uk", "uk", "uk2", "abbr_uk", "text_uk", "dot2"),
    "in": ("uk", "in_dash", "in_dash", "dmy_dash", "dmy_slash", "dot", "ord"),
}
LONG_FORMS: dict[str, tuple[str, ...]] = {
    "us": ("text_us", "text_us", "week_us"),
    "ca": ("text_us", "text_uk"),
}
CREDENTIALS: dict[str, tuple[str, ...]] = {
    "us": ("MD", "M.D.", "DO", "MD, PhD", "MD, MPH"),
    "uk": ("FRCR", "MBBS FRCR", "MRCS FRCR", "MB ChB"),
    "ie": ("FFRRCSI", "MB BCh BAO"),
    "ca": ("MD, FRCPC", "MD"),
    "au": ("FRANZCR", "MBBS FRANZCR"),
    "in": ("MD", "DMRD, DNB", "MD (Radiodiagnosis)", "MBBS, MD"),
}
KIN = {
    "F": ("daughter", "wife", "mother", "sister", "aunt", "niece", "granddaughter", "partner"),
    "M": ("son", "husband", "father", "brother", "uncle", "nephew", "grandson", "partner"),
}
PLAIN_LETTERS = {"ø": "o", "ł": "l", "ß": "ss", "đ": "d", "ı": "i", "æ": "ae"}
UNITS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TENS = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty", 6: "sixty", 7: "seventy", 8: "eighty", 9: "ninety"}
TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")


@dataclass(frozen=True)
class Person:
    """Somebody invented."""

    given: str
    middle: str
    surname: str
    sex: str


def mark(kind: str, value: str, counted: bool = True) -> str:
    """Set a value between marks that say what kind it is."""
    return f"{chr(OPEN + 2 * KINDS.index(kind) + int(counted))}{value}{CLOSE}"


def fitting(lines: Sequence[str], keys: Sequence[str]) -> list[str]:
    """Return the lines whose keys include one of the given keys, or that have none, without their keys."""
    found = []
    for line in lines:
        match = PREFIX.match(line)
        if match is None:
            found.append(line)
        elif set(match.group(1).split(",")) & set(keys):
            found.append(line[match.end() :])
    return found


def number_word(number: int) -> str:
    """Write a number from 1 to 109 in words."""
    if number >= 100:
        return "one hundred" + (f" and {number_word(number - 100)}" if number > 100 else "")
    if number < 10:
        return UNITS[number]
    if number < 20:
        return TEENS[number - 10]
    return TENS[number // 10] + (f"-{UNITS[number % 10]}" if number % 10 else "")


def ordinal(day: int) -> str:
    """Write a day of the month as an ordinal."""
    ending = "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def date_text(day: datetime.date, form: str) -> str:
    """Write a date in a named form."""
    d, m, y, name = day.day, day.month, day.year, MONTHS[day.month - 1]
    yy = f"{y % 100:02d}"
    forms = {
        "us": f"{m:02d}/{d:02d}/{y}",
        "us2": f"{m}/{d}/{yy}",
        "us0": f"{m}/{d}/{y}",
        "us_dash": f"{m:02d}-{d:02d}-{y}",
        "text_us": f"{name} {d}, {y}",
        "abbr_us": f"{name[:3]} {d} {y}",
        "week_us": f"{day:%A}, {name} {d}, {y}",
        "iso": f"{y}-{m:02d}-{d:02d}",
        "dmy_dash": f"{d:02d}-{name[:3].upper()}-{y}",
        "dmy_slash": f"{d:02d}/{name[:3]}/{y}",
        "uk": f"{d:02d}/{m:02d}/{y}",
        "uk2": f"{d}/{m}/{yy}",
        "dot": f"{d:02d}.{m:02d}.{y}",
        "dot2": f"{d}.{m}.{yy}",
        "text_uk": f"{d} {name} {y}",
        "abbr_uk": f"{d} {name[:3]} {yy if d % 2 else y}",
        "ord": f"{ordinal(d)} {name} {y}",
        "week_uk": f"{day:%A} {d} {name} {y}",
        "in_dash": f"{d:02d}-{m:02d}-{y}",
        "compact": f"{y}{m:02d}{d:02d}",
    }
    return forms[form]


class Scene:
    """One report's land, people, days and habits; `fill` replaces the slots of a shape."""

    def __init__(self, rng: random.Random, family_name: str, old: float = 0.12) -> None:
        self.rng = rng
        self.land = rng.choice(LANDS)
        self.family = clinic.FAMILIES[family_name]
        self.classes = clinic.CLASSES[family_name]
        title = rng.choice(self.family.titles)
        match = PREFIX.match(title)
        self.case = rng.choice(match.group(1).split(",")) if match else ""
        self._title = title[match.end() :] if match else title
        self.side = rng.choice(("left", "right"))
        self.lobe = rng.choice(
            (
                "right upper lobe",
                "right lower lobe",
                "left lower lobe",
                "right middle lobe",
                "left upper lobe",
                "RUL",
                "LLL",
            )
        )
        self._people(old)
        self._days()
        self._numbers()
        self.local = False
        self.slots = self._slots()

    def _people(self, old: float) -> None:
        """Invent everybody in the report."""
        rng, (low, high) = self.rng, self.family.ages
        sex = self.family.sex or rng.choice("FM")
        self.patient = self._person(sex)
        elderly = high >= 84 and rng.random() < old
        self.age_years = (
            rng.choice((90, 90, 91, 91, 92, 92, 93, 94, 95, 96, 97, 98, 99, 101, 103))
            if elderly
            else rng.randint(low, min(high, 89))
        )
        self.kin_sex = rng.choice("FM")
        young = self.age_years < 16
        self.kin_word = {"F": "mother", "M": "father"}[self.kin_sex] if young else rng.choice(KIN[self.kin_sex])
        share = self.patient.surname if rng.random() < 0.6 else ""
        self.kin = self._person(self.kin_sex, share)
        self.kin2 = self._person(rng.choice("FM"), share)
        self.staff = {
            role: self._person(rng.choice("FM"))
            for role in ("ref", "rad", "res", "att", "tech", "nurse", "tr", "doc", "doc2")
        }
        self.home = rng.choice(words.TOWNS[self.land])
        self.cred = rng.choice(CREDENTIALS[self.land])
        self.consultant = "Mr" if self.land in {"uk", "ie"} and rng.random() < 0.6 else "Dr"
        self.doctor = rng.choice(
            ("Dr.", "Dr.", "Dr", "Doctor", "DR.") if self.land in {"us", "in"} else ("Dr", "Dr", "Dr", "Dr.", "Prof")
        )

    def _days(self) -> None:
        """Choose the day of the examination and those around it."""
        rng = self.rng
        self.exam = datetime.date(2013, 1, 1) + datetime.timedelta(days=rng.randint(0, 4700))
        self.typed = self.exam + datetime.timedelta(days=rng.choice((0, 0, 1, 1, 2, 5)))
        self.prior = self.exam - datetime.timedelta(
            days=rng.choice((1, 3, 9, 30, 92, 181, 366, 700, 1400)) + rng.randint(0, 27)
        )
        self.prior2 = self.prior - datetime.timedelta(days=rng.randint(20, 900))
        self.next = self.exam + datetime.timedelta(days=rng.randint(6, 200))
        born_year = self.exam.year - self.age_years - 1
        self.birth = datetime.date(born_year, 1, 1) + datetime.timedelta(days=rng.randint(0, 364))
        if (self.exam.month, self.exam.day) >= (self.birth.month, self.birth.day):
            self.birth = self.birth.replace(year=born_year + 1, day=min(self.birth.day, 28))
        self.date_form = rng.choice(DATE_FORMS[self.land])
        self.birth_form = self.date_form if rng.random() < 0.8 else rng.choice(DATE_FORMS[self.land])
        self.clock_form = rng.choice(
            ("24", "24", "24", "ampm", "ampm", "dot", "hours", "h")
            if self.land != "us"
            else ("24", "ampm", "ampm", "hours")
        )

    def _numbers(self) -> None:
        """Choose the numbers that a report repeats."""
        self.mrn = self.digits(
            self.rng.choice(
                (
                    "#######",
                    "########",
                    "######",
                    "M######",
                    "##-##-##",
                    "A######",
                    "S######X",
                    "K#######",
                    "###-###-###",
                )
            )
        )
        if self.land == "in" and self.rng.random() < 0.5:
            self.mrn = self.digits(
                f"{self.rng.choice(('UHID', 'SMH', 'AC', 'OP'))}{self.rng.choice(('/', '-', '.'))}####/##"
            )
        self.accession = self._accession()
        self.street_text = self._street()
        self.phone_text = self._phone()

    # People

    def _person(self, sex: str, surname: str = "") -> Person:
        """Invent a person of one origin."""
        rng = self.rng
        home = rng.random() < 0.6
        origin = words.ORIGINS[rng.choice(words.HOME_ORIGINS[self.land]) if home else rng.choice(tuple(words.ORIGINS))]
        given = rng.choice(origin.female if sex == "F" else origin.male)
        return Person(
            given,
            rng.choice("ABCDEFGHJKLMNPRSTVW") if rng.random() < 0.5 else "",
            surname or rng.choice(origin.surnames),
            sex,
        )

    def _name(self, person: Person, form: str) -> str:
        """Write a name in a form."""
        rng, given, surname, middle = self.rng, person.given, person.surname, person.middle
        dotted = rng.choice((f" {middle}", f" {middle}.")) if middle else ""
        if form in {"full", "cap"}:
            text = f"{given}{dotted} {surname}"
            return text.upper() if form == "cap" else text
        if form == "ini":
            first = rng.choice(
                (f"{given[0]}. ", f"{given[0]} ", f"{given[0]}.{middle}. " if middle else f"{given[0]}. ")
            )
            return f"{first}{surname}"
        if form == "hdr":
            last = rng.choice((surname.upper(), surname.upper(), surname))
            first = given.upper() if last.isupper() and rng.random() < 0.6 else given
            comma = rng.choice((", ", ", ", ", ", ",", " ", "^"))
            return f"{last}{comma}{first}{f'^{middle}' if comma == '^' and middle else dotted}"
        if form == "caret":
            return f"{surname}^{given}{f'^{middle}' if middle else ''}".upper()
        return {"sur": surname, "given": given, "rev": f"{surname} {given}"}[form]

    def _initials(self, person: Person) -> str:
        """Write somebody's initials."""
        letters = re.sub(r"[^A-Za-zÀ-ž]", "", f"{person.given[0]}{person.middle}{person.surname.split()[-1][0]}")
        return self.rng.choice((letters.upper(), letters.upper(), letters.lower()))

    @staticmethod
    def _ascii(text: str) -> str:
        """Leave only plain small letters of a name."""
        plain = "".join(PLAIN_LETTERS.get(char, char) for char in text.lower())
        return re.sub(r"[^a-z]", "", unicodedata.normalize("NFKD", plain)) or "x"

    def _user(self, person: Person) -> str:
        """Write a log-in."""
        given, surname, rng = self._ascii(person.given), self._ascii(person.surname), self.rng
        shapes = (
            f"{given[0]}{surname}", f"{given[0]}{surname}{rng.randint(1, 9)}", f"{surname}{given[0]}", f"{given}.{surname}",
            f"RAD\\{given[0]}{surname}", f"{given[0]}{surname[:2]}{rng.randint(1000, 9999)}", f"u{rng.randint(100000, 999999)}",
            f"{surname[:6]}_{given[0]}".upper(), f"rad{rng.randint(10, 99)}{given[0]}{surname[0]}",
        )  # fmt: skip
        return rng.choice(shapes)

    def _email(self, person: Person) -> str:
        """Write an e-mail address."""
        given, surname, rng = self._ascii(person.given), self._ascii(person.surname), self.rng
        local = rng.choice(
            (
                f"{given}.{surname}",
                f"{given[0]}{surname}",
                f"{surname}{rng.randint(40, 99)}",
                f"{given}_{surname}",
                f"{given}{rng.randint(1, 99)}",
            )
        )
        text = f"{local}@{rng.choice(words.DOMAINS[self.land])}"
        return text.title() if rng.random() < 0.06 else text

    def _person_slot(self, person: Person, kind: str) -> Callable[[str], str]:
        """Return what fills a slot that names somebody."""

        def fill(form: str) -> str:
            if form == "initials":
                return mark("staff_initials", self._initials(person))
            if form == "user":
                return mark("user_name", self._user(person))
            if form == "email":
                return mark("email", self._email(person))
            if form in {"", "any"}:
                form = self.rng.choice(("sur", "sur", "full", "full", "ini"))
            return mark(kind, self._name(person, form))

        return fill

    # Days

    def date(self, day: datetime.date, form: str, kind: str = "date") -> str:
        """Write a whole date in the report's habit, or in a form asked for."""
        if form == "long":
            form = self.rng.choice(LONG_FORMS.get(self.land, ("text_uk", "text_uk", "ord", "week_uk")))
        elif form == "slash":
            form = self.rng.choice(("us", "us2", "us0") if self.land == "us" else ("uk", "uk2", "dot2"))
        elif not form:
            form = self.birth_form if kind == "birth_date" else self.date_form
            if self.rng.random() < 0.12:
                form = self.rng.choice(DATE_FORMS[self.land])
        return mark(kind, date_text(day, form))

    def _near(self, low: int, high: int) -> datetime.date:
        """Return a day some days before the examination."""
        return self.exam - datetime.timedelta(days=self.rng.randint(low, high))

    def _day_month(self, form: str) -> str:
        """Write a day and month without a year."""
        day, rng = self._near(1, 120), self.rng
        name = MONTHS[day.month - 1]
        first, second = (day.month, day.day) if self.land == "us" else (day.day, day.month)
        if form == "num":
            return mark("day_month", rng.choice((f"{first}/{second}", f"{first:02d}/{second:02d}")))
        shapes = [
            f"{day.day} {name}",
            f"{ordinal(day.day)} {name}",
            f"{day.day} {name[:3]}",
            f"{ordinal(day.day)} of {name}",
            f"{first}/{second}",
        ]
        if self.land in {"us", "ca"}:
            shapes = [
                f"{name} {day.day}",
                f"{name} {ordinal(day.day)}",
                f"{name[:3]} {day.day}",
                f"{first}/{second}",
                f"{first}/{second}",
            ]
        return mark("day_month", rng.choice(shapes))

    def _month_year(self, later: bool = False) -> str:
        """Write a month with its year."""
        rng = self.rng
        day = self.exam + datetime.timedelta(days=rng.randint(40, 300)) if later else self._near(40, 2500)
        name = MONTHS[day.month - 1]
        shapes = (
            f"{name} {day.year}",
            f"{name} {day.year}",
            f"{name[:3]} {day.year}",
            f"{day.month:02d}/{day.year}",
            f"{name[:3]} '{day.year % 100:02d}",
            f"{name} of {day.year}",
        )
        return mark("day_month", rng.choice(shapes))

    def clock(self, _: str = "") -> str:
        """Write a time of day."""
        hour, minute = (
            self.rng.randint(0, 23) if self.rng.random() < 0.3 else self.rng.randint(8, 18),
            self.rng.randint(0, 59),
        )
        half = f"{hour % 12 or 12}:{minute:02d} {'AM' if hour < 12 else 'PM'}"
        return {
            "24": f"{hour:02d}:{minute:02d}",
            "ampm": half,
            "dot": f"{hour:02d}.{minute:02d}",
            "hours": f"{hour:02d}{minute:02d} hours",
            "h": f"{hour:02d}{minute:02d}h",
        }[self.clock_form]

    # Numbers

    def digits(self, pattern: str) -> str:
        """Replace each # by a digit and each X, Y or Z by a letter."""
        rng = self.rng
        found = [
            str(rng.randint(0, 9)) if c == "#" else rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ") if c in "XYZ" else c
            for c in pattern
        ]
        if found and found[0] == "0" and pattern[0] == "#":
            found[0] = str(rng.randint(1, 9))
        return "".join(found)

    def pick(self, *patterns: str) -> str:
        """Choose a pattern and fill in its digits."""
        return self.digits(self.rng.choice(patterns))

    def _accession(self) -> str:
        """Write an accession number."""
        year = self.exam.year
        choices = (
            f"{year % 100}-#######", f"{year}######", "A########", "ACC#######", "#######", "##########", f"RX{year % 100}#####",
            f"CT-{year % 100}-#####", "XX########", f"S-{year}-#####", "######-#", "E########-1", "RAD#########",
        )  # fmt: skip
        return self.pick(*choices)

    def _phone(self) -> str:
        """Write a telephone number of the land from ranges kept for fiction where there are such."""
        dial, rng = self.home.dial, self.rng
        if self.land in {"us", "ca"}:
            return self.pick(
                f"({dial}) 555-####",
                f"{dial}-555-####",
                f"{dial}.555.####",
                f"1-{dial}-555-####",
                f"+1 {dial} 555 ####",
                "555-####",
                f"{dial}555####",
            )
        if self.land == "uk":
            return self.pick(
                "01632 960###",
                "07700 900###",
                "07700 900 ###",
                "+44 7700 900###",
                "020 7946 0###",
                "(0113) 496 0###",
                "0161 496 0###",
                f"{dial} 496###",
            )
        if self.land == "ie":
            return self.pick("020 91# ####", "(020) 91# ####", "+353 20 91# ####", f"{dial}-####0#", "087 555 0###")
        if self.land == "au":
            return self.pick(
                f"({dial[:2]}) 5550 ####",
                f"{dial[:2]} 7010 ####",
                "0491 570 ###",
                "0491570###",
                "+61 491 570 ###",
                "5550 ####",
            )
        return self.pick(
            f"{dial}-2####0#",
            "9####00###",
            "+91 9#### 00###",
            "+91-9####00###",
            f"({rng.choice((dial, dial))}) 24###0#",
            "98### 00###",
        )

    def _fax(self) -> str:
        """Write a fax number, which is never a mobile one."""
        while True:
            text = self._phone()
            if not text.startswith(("07700", "+44 7", "087", "0491", "+61 4", "9", "98", "+91 9", "+91-9")):
                return text

    def _street(self) -> str:
        """Write the street part of an address."""
        rng, road = self.rng, rng_road(self.rng, self.land)
        house = rng.choice(
            (
                rng.randint(1, 99),
                rng.randint(100, 999),
                rng.randint(1000, 19999) if self.land in {"us", "ca"} else rng.randint(1, 250),
            )
        )
        shapes: tuple[str, ...]
        if self.land == "us":
            shapes = (
                f"{house} {road}",
                f"{house} {rng.choice('NSEW')} {road}",
                f"{house} {road}, Apt {rng.randint(1, 40)}{rng.choice(('', 'B', 'C'))}",
                f"P.O. Box {rng.randint(10, 9999)}",
                f"{house} {road} #{rng.randint(1, 300)}",
                f"{house} County Rd {rng.randint(10, 990)}",
            )
        elif self.land in {"uk", "ie"}:
            shapes = (
                f"{house} {road}",
                f"{house} {road}",
                f"Flat {rng.randint(1, 30)}, {house} {road}",
                f"{rng.choice(('Rose Cottage', 'The Old Forge', 'Hillview', 'Ivy House'))}, {road}",
                f"{house}{rng.choice('AB')} {road}",
            )
        elif self.land == "ca":
            shapes = (
                f"{house} {road}",
                f"{rng.randint(1, 30)}-{house} {road}",
                f"RR {rng.randint(1, 6)}, Site {rng.randint(1, 20)}",
                f"{house} {road} {rng.choice(('NW', 'SE', 'E'))}",
                f"{house}, rue {rng.choice(words.ROADS)}",
            )
        elif self.land == "au":
            shapes = (
                f"{house} {road}",
                f"Unit {rng.randint(1, 20)}/{house} {road}",
                f"{rng.randint(1, 20)}/{house} {road}",
                f"Lot {rng.randint(1, 80)} {road}",
                f"PO Box {rng.randint(10, 999)}",
            )
        else:
            shapes = (
                f"H.No. {rng.randint(1, 20)}-{rng.randint(1, 120)}/{rng.randint(1, 9)}, {road}",
                f"No. {house}, {ordinal(rng.randint(1, 9))} Cross, {road}",
                f"{house}, {road}",
                f"Flat {rng.randint(101, 804)}, {rng.choice(('Sai Residency', 'Shanti Towers', 'Green Meadows'))}, {road}",
                f"D.No {house}, {road}",
            )
        return rng.choice(shapes)

    def _postcode(self, _: str = "") -> str:
        """Write a postcode."""
        shapes = {
            "us": ("##", "##", "##-####"),
            "uk": ("# #YZ", "## #YZ", "#  #YZ", "##YZ"),
            "ie": (" X#Y#", " XY##", "X###"),
            "ca": (" #X#", "#X#"),
            "au": ("##",),
            "in": ("###", " ###"),
        }[self.land]
        return mark("postcode", self.home.post + self.pick(*shapes))

    def _town(self, form: str) -> str:
        """Write a town, at times with its state, which stays."""
        town = self.home if self.local or self.rng.random() < 0.5 else self.rng.choice(words.TOWNS[self.land])
        text = mark("place", town.name)
        if self.land in {"us", "ca", "au"} and self.rng.random() < 0.35:
            return f"{text}, {town.state}"
        return text

    def _national(self) -> str:
        """Write a national health or identity number."""
        if self.land == "uk":
            while True:
                body = (
                    [9, 9, 9]
                    if self.rng.random() < 0.4
                    else [self.rng.choice((4, 6, 7)), self.rng.randint(0, 9), self.rng.randint(0, 9)]
                )
                body += [self.rng.randint(0, 9) for _ in range(6)]
                check = 11 - sum(d * (10 - i) for i, d in enumerate(body)) % 11
                if check != 10:
                    break
            text = "".join(str(d) for d in [*body, check % 11])
            return self.rng.choice((f"{text[:3]} {text[3:6]} {text[6:]}", text, f"{text[:3]}-{text[3:6]}-{text[6:]}"))
        return {
            "us": self._ssn(),
            "ie": self.pick("#######XY", "#######X", "8000########", "801 #### #### ###"),
            "ca": self.pick("####-###-###-XY", "#### ### ###", "##########", "#### ### ### XY", "9### ### ###"),
            "au": self.pick("8003 60## #### ####", "800360##########"),
            "in": self.pick("#### #### ####", "############", "##-####-####-####"),
        }[self.land]

    def _ssn(self) -> str:
        """Write a social security number."""
        body = f"{self.rng.randint(1, 665):03d}{self.rng.randint(1, 99):02d}{self.rng.randint(1, 9999):04d}"
        return self.rng.choice(
            (
                f"{body[:3]}-{body[3:5]}-{body[5:]}",
                f"{body[:3]}-{body[3:5]}-{body[5:]}",
                body,
                f"{body[:3]} {body[3:5]} {body[5:]}",
            )
        )

    def _plan(self) -> str:
        """Write a number of a health plan."""
        return {
            "us": self.pick("XYZ#########", "W#########", "#########01", "#XY#-ZX#-YZ##", "#XY#ZX#YZ##", "H########"),
            "uk": self.pick("BU#######", "AX-####-###", "########/01"),
            "ie": self.pick("VH#######", "LY######-02", "########"),
            "ca": self.pick("SL######-01", "#####/#######", "GW#######"),
            "au": self.pick("#### ##### #", "########## 1", "N X######", "QX######Y"),
            "in": self.pick("ST-#########", "P/######/01/####", "MD##-#########"),
        }[self.land]

    def _plate(self) -> str:
        """Write a registration plate."""
        return {
            "us": self.pick("#XYZ###", "XYZ-####", "XYZ ####", "###-XYZ", "X## YZX"),
            "uk": self.pick("XY## ZXY", "XY##ZXY", "X### YZX", "XYZ ####"),
            "ie": self.pick("191-D-#####", "12-G-####", "08 WW ####"),
            "ca": self.pick("XYZX ###", "XYZ ###", "X## YZX"),
            "au": self.pick("XYZ-##X", "XYZ ###", "#XY-#ZX", "1XYZ###"),
            "in": self.pick("MH ## XY ####", "TN-##-X-####", "KA##XY####", "PB ## X ####"),
        }[self.land]

    def _driver(self) -> str:
        """Write a driver's licence number."""
        surname = self._ascii(self.patient.surname).upper()
        return {
            "us": self.pick("X#######", "########", "X###-####-####", "X##-##-####"),
            "uk": f"{(surname + '9999')[:5]}{self.digits('######')}{self.patient.given[0]}9{self.digits('XY')}",
            "ie": self.pick("### ### ###", "#########"),
            "ca": self.pick("X####-#####-#####", "######-###"),
            "au": self.pick("########", "### ### ###", "####XY"),
            "in": self.pick("MH14 20#########", "TN-##20########"),
        }[self.land]

    def _licence(self, _: str = "") -> str:
        """Write a professional licence with its label."""
        label, number = self.rng.choice({
            "us": (("NPI", "1#########"), ("NPI #", "1#########"), ("Lic.", "MD-######"), ("License No.", "G#####"), ("State license", "ME######")),
            "uk": (("GMC", "#######"), ("GMC No.", "#######"), ("GMC:", "#######"), ("HCPC", "RA#####")),
            "ie": (("IMC", "######"), ("MCRN", "######"), ("Medical Council no.", "######")),
            "ca": (("CPSO", "#####"), ("CPSO #", "######"), ("CMQ", "##-###")),
            "au": (("AHPRA", "MED000#######"), ("Provider No.", "######XY"), ("Prov no", "#######X")),
            "in": (("Reg. No.", "#####"), ("MCI Reg No:", "##-####"), ("KMC", "######"), ("TNMC Regn. No.", "#####")),
        }[self.land])  # fmt: skip
        return f"{label} {mark('licence', self.digits(number))}"

    def _serial(self, _: str = "") -> str:
        """Write the serial number of a device."""
        return mark(
            "device_serial",
            self.pick(
                "PJN######Y",
                "RNB######S",
                "BX######",
                "#######",
                "XYZ######X",
                "####-X##",
                "######/##",
                "SN-#######",
                "##X####YZ",
                "X#####-##",
                "LA######",
                "4#######A",
            ),
        )

    def _ip(self, _: str = "") -> str:
        """Write an address inside a hospital's network or from a range kept for examples."""
        rng = self.rng
        a, b, c = rng.randint(0, 254), rng.randint(0, 254), rng.randint(1, 254)
        return mark(
            "ip",
            rng.choice(
                (
                    f"10.{a}.{b}.{c}",
                    f"10.{a}.{b}.{c}",
                    f"192.168.{b}.{c}",
                    f"172.{rng.randint(16, 31)}.{b}.{c}",
                    f"203.0.113.{c}",
                    f"198.51.100.{c}",
                    f"2001:db8:{a:x}::{c:x}",
                    f"fe80::{a:x}:{b:x}ff:{c:x}",
                )
            ),
        )

    def _url(self, _: str = "") -> str:
        """Write a web address."""
        host, rng = self.rng.choice(words.DOMAINS[self.land]), self.rng
        token = self.digits("X#Y#Z##X")
        shapes = (
            f"https://pacs.{host}/viewer?acc={self.accession}", f"http://{host}/r/{token}", f"www.{host}", f"https://www.{host}/results/{token.lower()}",
            f"portal.{host}/login", f"https://{host}:8443/wado?studyUID=1.2.840.{rng.randint(10000, 99999)}.{rng.randint(1, 999)}", f"www.{host}/radiology",
            f"ftp://images.{host}/{self.mrn.replace('/', '-')}.zip",
        )  # fmt: skip
        return mark("url", rng.choice(shapes))

    def _pager(self, _: str = "") -> str:
        """Write the number of a pager or bleep."""
        return mark(
            "pager",
            self.pick(
                "####",
                "####",
                "###",
                "#####",
                "7-####",
                f"{self.home.dial}-555-####" if self.land in {"us", "ca"} else "###",
            ),
        )

    def _employer(self, _: str = "") -> str:
        """Write an employer; the article stays outside."""
        text = self.rng.choice((*words.EMPLOYERS["any"], *words.EMPLOYERS[self.land], *words.EMPLOYERS[self.land]))
        return f"the {mark('employer', text[4:])}" if text.startswith("the ") else mark("employer", text)

    def _hospital(self, _: str = "") -> str:
        """Write a hospital, which Safe Harbor does not name."""
        return mark("hospital", self.rng.choice(words.HOSPITALS[self.land]), counted=False)

    def _ward(self, _: str = "") -> str:
        """Write a ward, which Safe Harbor does not name."""
        us = ("4 West", "MICU bed 12", "ED bay 7", "5N-512B", "PACU", "Tower 6, rm 614")
        other = ("Ward 7B", "Ward 12", "A&E resus", "Nightingale Ward", "CCU bed 4", "SAU", "ITU")
        return mark("ward", self.rng.choice(us if self.land in {"us", "ca"} else other), counted=False)

    def _age(self, person_age: int, in_words: bool = False) -> str:
        """Write an age, marked when over 89."""
        text = number_word(person_age) if in_words else str(person_age)
        return mark("age_over_89", text) if person_age > 89 else text

    # Words of the clinic

    def _size(self, low: float, high: float) -> str:
        """Write a size in centimetres."""
        return f"{self.rng.uniform(low, high):.1f}"

    def _dims(self, count: int) -> str:
        """Write two or three sizes of one thing."""
        cross = self.rng.choice((" x ", " x ", "x", " × "))
        if self.rng.random() < 0.4:
            return cross.join(str(self.rng.randint(4, 48)) for _ in range(count)) + " mm"
        return cross.join(self._size(0.6, 5.8) for _ in range(count)) + " cm"

    def _simg(self, _: str = "") -> str:
        """Write where in a study something is seen."""
        series, image = self.rng.randint(2, 14), self.rng.randint(9, 288)
        return self.rng.choice(
            (
                f"(series {series}, image {image})",
                f"(series {series} image {image})",
                f"({series}/{image})",
                f"(se {series} im {image})",
                f"(Se:{series}/Im:{image})",
                f"(image {image})",
                f"on {series}:{image}",
            )
        )

    def _year(self, _: str = "") -> str:
        """Write a year alone."""
        return str(self.exam.year - self.rng.randint(1, 12))

    def _lobe(self, _: str = "") -> str:
        """Write a lobe of the lung."""
        return self.lobe

    def _clinic_text(self, lines: Sequence[str]) -> str:
        """Choose one line that fits the case."""
        return self.rng.choice(fitting(lines, (self.case,)))

    def _plain_slots(self) -> dict[str, Callable[[str], str]]:
        """Return the slots that identify nobody."""
        rng, sex = self.rng, self.patient.sex
        he, his, him = ("she", "her", "her") if sex == "F" else ("he", "his", "him")
        child = self.age_years < 16
        noun = (
            ("girl" if sex == "F" else "boy")
            if child
            else rng.choice(("woman", "female", "lady") if sex == "F" else ("man", "male", "gentleman"))
        )
        title = (
            "Master"
            if child and sex == "M"
            else rng.choice(("Mrs", "Mrs.", "Ms", "Ms.", "Miss") if sex == "F" else ("Mr", "Mr."))
        )
        if self.land == "in" and not child:
            title = rng.choice(("Mrs.", "Smt.") if sex == "F" else ("Mr.", "Shri"))
        titled = {"F": rng.choice(("Mrs", "Ms.")), "M": "Mr"}[self.kin_sex]
        fixed = {
            "M": sex, "he": he, "He": he.title(), "his": his, "His": his.title(), "him": him, "man": noun, "ttl": title, "ttlkn": titled,
            "kin": self.kin_word, "cred": self.cred, "dr": self.doctor, "mr": self.consultant, "state": self.home.state,
            "side": self.side, "Side": self.side.title(), "SIDE": self.side.upper(),
        }  # fmt: skip
        slots: dict[str, Callable[[str], str]] = {key: _always(text) for key, text in fixed.items()}
        slots.update({
            "age": lambda _: self._age(self.age_years),
            "agew": lambda _: self._age(self.age_years, in_words=True),
            "time": self.clock,
            "clock6": lambda _: f"{rng.randint(7, 21):02d}{rng.randint(0, 59):02d}" + rng.choice(("", f"{rng.randint(0, 59):02d}")),
            "year": self._year,
            "yearold": lambda _: str(self.exam.year - min(rng.randint(25, 38), max(self.age_years - 15, 2))),
            "yearmid": lambda _: str(self.exam.year - min(rng.randint(13, 24), max(self.age_years - 16, 1))),
            "mm": lambda _: f"{rng.randint(3, 19)} mm" if rng.random() < 0.8 else f"{rng.randint(3, 19)}mm",
            "cm": lambda _: f"{self._size(1.1, 6.4)} cm",
            "ml": lambda _: f"{rng.choice((70, 80, 90, 95, 100, 120))} {rng.choice(('mL', 'ml', 'cc'))}",
            "hu": lambda _: f"{rng.randint(-12, 38)} HU",
            "dim2": lambda _: self._dims(2),
            "dim3": lambda _: self._dims(3),
            "simg": self._simg,
            "ser": lambda _: str(rng.randint(2, 12)),
            "img": lambda _: str(rng.randint(12, 280)),
            "lvl": lambda _: f"{rng.choice(('T', 'T', 'L'))}{rng.randint(1, 5)}",
            "disc": lambda _: rng.choice(("L3-4", "L4/5", "L5-S1", "L4-L5", "L2/3")),
            "lobe": self._lobe,
            "wk": lambda _: f"{rng.randint(18, 36)}{rng.choice(('w', '+', '/40 + '))}{rng.randint(0, 6)}",
            "title": lambda _: self.fill(self._title),
            "study": lambda _: self.fill(self._clinic_text(self.family.study)),
            "reason": lambda _: self.fill(self._clinic_text(self.family.reasons)),
            "find": lambda _: self.fill(self._clinic_text(self.family.findings)),
            "imp": lambda _: self.fill(self._clinic_text(self.family.impressions)),
        })  # fmt: skip
        return slots

    def _number_slots(self) -> dict[str, Callable[[str], str]]:
        """Return the slots of numbers, places and firms that identify."""
        return {
            "mrn": lambda _: mark("mrn", self.mrn),
            "mrn2": lambda _: mark("mrn", self.pick("#######", "X######", "########")),
            "acc": lambda _: mark("accession", self.accession),
            "acc2": lambda _: mark("accession", self._accession()),
            "acct": lambda _: mark(
                "account", self.pick("##########", "########", "V#########", "##-######", "F#######-01", "######")
            ),
            "plan": lambda _: mark("health_plan", self._plan()),
            "ssn": lambda _: mark("ssn", self._ssn()),
            "ssn4": lambda _: mark("ssn", self.digits("####")),
            "nat": lambda _: mark("ssn" if self.land == "us" else "national_number", self._national()),
            "street": lambda _: mark("street_address", self.street_text if self.rng.random() < 0.6 else self._street()),
            "road": lambda _: mark("street_address", rng_road(self.rng, self.land)),
            "town": self._town,
            "county": lambda _: mark("place", self.home.county),
            "post": self._postcode,
            "phone": lambda _: mark("phone", self.phone_text if self.rng.random() < 0.4 else self._phone()),
            "fax": lambda _: mark("fax", self._fax()),
            "ext": lambda _: mark("phone", self.pick("####", "####", "#####", "###")),
            "pager": self._pager,
            "ptmail": lambda _: mark("email", self._email(self.patient)),
            "serial": self._serial,
            "udi": lambda _: mark("device_serial", self.digits("(01)0#############(17)2#0630(21)X######")),
            "lot": lambda _: mark("lot", self.pick("#####X", "X#######", "######"), counted=False),
            "pin": lambda _: mark("code", self.digits("######"), counted=False),
            "licence": self._licence,
            "dl": lambda _: mark("licence", self._driver()),
            "dea": lambda _: mark("licence", self.digits("BX#######")),
            "staffid": lambda _: mark("licence", self.digits("#####")),
            "plate": lambda _: mark("vehicle", self._plate()),
            "vin": lambda _: mark("vehicle", self.digits("1X#YZ##X#YZ######")),
            "ip": self._ip,
            "url": self._url,
            "emp": self._employer,
            "hosp": self._hospital,
            "ward": self._ward,
            "school": lambda _: mark("school", self.rng.choice(words.SCHOOLS), counted=False),
        }

    def _day_slots(self) -> dict[str, Callable[[str], str]]:
        """Return the slots of days."""
        return {
            "date": lambda form: self.date(self.exam, form),
            "date2": lambda form: self.date(self.typed, form),
            "prior": lambda form: self.date(self.prior, form),
            "prior2": lambda form: self.date(self.prior2, form),
            "next": lambda form: self.date(self.next, form),
            "event": lambda form: self.date(self._near(1, 400), form),
            "dob": lambda form: self.date(self.birth, form, "birth_date"),
            "compact": lambda _: self.date(self.exam, "compact"),
            "dm": self._day_month,
            "my": lambda _: self._month_year(),
            "nextmy": lambda _: self._month_year(later=True),
            "mon": lambda _: mark("day_month", self.rng.choice(MONTHS)),
            "dth": lambda _: mark("day_month", ordinal(self.rng.randint(1, 28))),
        }

    def _slots(self) -> dict[str, Callable[[str], str]]:
        """Return all slots."""
        old = self.rng.choice((90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 102))
        kin_age = (
            old
            if self.age_years > 50 and self.kin_word in {"mother", "father", "aunt", "uncle"}
            else max(19, self.age_years - 21)
        )
        other = self._person(self.patient.sex)
        slots = self._plain_slots() | self._number_slots() | self._day_slots()
        for role, person in self.staff.items():
            slots[role] = self._person_slot(person, "staff_name")
        slots["pt"] = self._person_slot(self.patient, "patient_name")
        slots["kn"] = self._person_slot(self.kin, "relative_name")
        slots["kn2"] = self._person_slot(self.kin2, "relative_name")
        slots["kage"] = lambda _: self._age(kin_age)
        slots["kageold"] = lambda _: self._age(old)
        slots["alias"] = lambda _: mark("patient_name", self._name(other, "sur"))
        slots["alias1"] = lambda _: mark("patient_name", other.given)
        return slots

    def fill(self, shape: str) -> str:
        """Fill a shape: first its choices, then its slots."""
        self.local = any(slot in shape for slot in ("{street}", "{post}", "{county}"))
        while CHOICE.search(shape):
            shape = CHOICE.sub(lambda match: self.rng.choice(match.group(1).split("|")), shape)

        def replace(match: re.Match[str]) -> str:
            name, form, low, high = match.groups()
            if name == "n":
                return str(self.rng.randint(int(low), int(high)))
            return self.slots[name](form or "")

        return SLOT.sub(replace, shape).replace("¶", "\n").replace("‹", "[").replace("›", "]")


def _always(text: str) -> Callable[[str], str]:
    """Return what fills a slot with the same text each time."""
    return lambda _: text


def rng_road(rng: random.Random, land: str) -> str:
    """Write the name of a road."""
    return f"{rng.choice(words.ROADS)} {rng.choice(words.ROAD_TYPES[land])}"
