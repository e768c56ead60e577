"""Invented people, places and numbers that the corpus of headers plants, from lists and a seed."""

from __future__ import annotations

import datetime as dt
import random
import re

Draw = random.Random


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
CITIES = listed(
    "Springfield,Duluth,Santa Rosa,Council Bluffs,Walla Walla,Kalamazoo,Chattanooga,Terre Haute,Eau Claire,Las Cruces,"
    "Poughkeepsie,Sioux Falls,Yakima,St. Cloud,Ypsilanti,Orange,Mobile,Reading",
    ",",
)
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


def digits(draw: Draw, count: int) -> str:
    """So many digits, by chance."""
    return "".join(draw.choice("0123456789") for _ in range(count))


def pattern(draw: Draw, shape: str) -> str:
    """A number by its shape: # is a digit, @ a capital letter, all else stands for itself."""
    made = re.sub("#", lambda _: draw.choice("0123456789"), shape)
    return re.sub("@", lambda _: draw.choice("ABCDEFGHJKLMNPRSTUVWXYZ"), made)


def some_day(draw: Draw, first: int = 2001, last: int = 2024) -> dt.date:
    """A day within these years."""
    start = dt.date(first, 1, 1)
    return start + dt.timedelta(days=draw.randrange((dt.date(last, 12, 31) - start).days))
