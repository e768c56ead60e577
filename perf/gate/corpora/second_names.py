"""Invented names for the second corpus of planted reports: families of many languages, freely mixed.

No combination is meant to be a living person.
"""

from __future__ import annotations

import random
import string
from dataclasses import dataclass


def spaced(joined: str) -> list[str]:
    """The words of a line."""
    return joined.split()


# Family names; women's given names; men's given names.
ORIGINS: tuple[tuple[str, str, str], ...] = (
    (
        "Hale Whitcomb Dunmore Ashby Pruitt Langdon Thackeray Merriweather Colby Prescott Young Long Bishop Wells Rose",
        "Harriet Dorothy Meredith Paige Gwendolyn Hope Grace June Bethany Loretta",
        "Russell Clifford Wendell Grant Mark Vernon Darryl Chester Bradley Will",
    ),
    (
        "O'Shea Gallagher Mac Cormac McNulty Kinsella Brannigan O'Dowd Rafferty",
        "Siobhan Aoife Maeve Bridget Niamh",
        "Declan Cormac Eamon Padraig Fergus",
    ),
    (
        "Villanueva Quintero García-Luna Barrientos Echeverría Saldaña Montoya Zúñiga Rosales De la Cruz",
        "Guadalupe Marisol Itzel Ximena Consuelo",
        "Heriberto Joaquín Efraín Rigoberto Ignacio",
    ),
    (
        "Nascimento Teixeira Figueiredo da Costa Albuquerque Pacheco",
        "Luciana Thaís Conceição",
        "Thiago Joaquim Wanderley",
    ),
    (
        "Zhang Xu Ouyang Guo Huang Feng Lu He Qiu Shen",
        "Xiuying Meiling Yan Lihua Jing",
        "Weiming Jianguo Hao Zhiqiang Bo",
    ),
    ("Nguyen Tran Pham Huynh Vo Dang Bui", "Thuy Linh Ngoc Huong", "Minh Quang Tuan Duc"),
    ("Kim Park Choi Yoon Jang Seo Noh", "Ji-woo Soo-jin Eunkyung Hye", "Dong-hyun Sung-min Jaeho Seung"),
    ("Takahashi Morimoto Ishikawa Kuroda Endo Abe", "Haruka Michiko Yoko Sachiko", "Kenji Hiroshi Takeshi Daichi"),
    (
        "Chakraborty Venkataraman Deshpande Iyer Kaur Singh Bhattacharya Ranganathan Patel Rao",
        "Lakshmi Anjali Harpreet Deepika Sunita",
        "Rajesh Suresh Gurpreet Arvind Mohan",
    ),
    (
        "al-Rashid Haddad Khoury Mansour El-Sayed Darwish Qureshi Siddiqui Abu Zayd",
        "Fatima Layla Nour Amal Zainab",
        "Yusuf Ibrahim Omar Tariq Khalid",
    ),
    ("Farrokhzad Tehrani Moradi Jahanbani", "Shirin Parisa Mahnaz", "Behrouz Dariush Kamran"),
    ("Yıldırım Öztürk Demirci Aksoy", "Ayşe Elif Gülsüm", "Mehmet Emre Cengiz"),
    (
        "Okonkwo Adeyemi Nwachukwu Mensah Boateng Diallo Traoré Eze Balogun",
        "Ngozi Abena Folasade Aminata Chiamaka",
        "Chidi Kwame Babatunde Moussa Emeka",
    ),
    (
        "Wanjiru Otieno Gebremedhin Tesfaye Mwangi Abdi Warsame Ndlovu Dlamini",
        "Wambui Selam Hodan Thandiwe",
        "Kiprono Dawit Abdirahman Sipho",
    ),
    (
        "Kowalczyk Wiśniewska Szymanski Dvořák Novotny Horvat Petrović Szabó Molnár",
        "Agnieszka Jadwiga Ludmila Jelena Zsófia",
        "Zbigniew Tadeusz Bohumil Dragan Ferenc",
    ),
    (
        "Kuznetsova Bondarenko Shevchuk Petrosyan Sokolov Melnyk Gelashvili",
        "Oksana Svetlana Lyudmyla Anahit",
        "Volodymyr Arkady Gennady Tigran",
    ),
    (
        "Lindqvist Sørensen Halvorsen Bergstrøm Virtanen Mäkelä",
        "Ingrid Solveig Aino Astrid",
        "Torbjørn Lars Veikko Henrik",
    ),
    (
        "Schreiber Vogelsang Oberholzer van den Heuvel von Aschau Kleinschmidt de Groot Baumgartner",
        "Liselotte Hannelore Anneke Waltraud",
        "Dietmar Jürgen Pieter Matthias",
    ),
    (
        "Beauchamp Lefebvre Thibodeaux Charpentier Dubois Gagnon",
        "Geneviève Odile Solange Manon",
        "Thierry Etienne Lucien Gaston",
    ),
    ("Bellini Di Stefano Caruso Esposito Ferrante", "Giuliana Concetta Ornella", "Salvatore Vito Gianluca"),
    ("Papadimitriou Karagiannis Stavros Kostopoulos", "Eleni Despina Vasiliki", "Spyridon Thanasis Yannis"),
    ("Rosenblatt Ben-David Mizrahi Zuckerman", "Rivka Shoshana Tzipora", "Mordechai Avi Shlomo"),
    ("Bautista Macaraeg Dimaculangan Villareal Pangilinan", "Maricel Rowena Luzviminda", "Rodrigo Reynaldo Jun"),
    ("Kealoha Tuilagi Fa'asavalu Kahananui Taufa", "Leilani Sina Mele", "Keoni Sione Tavita"),
    ("Begay Yellowhorse Tsosie Whitefeather Two Bulls", "Winona Aiyana Dezbah", "Delmar Kee Leland"),
    (
        "Washington Booker Gaines Broussard Tillman Roundtree Cook Little",
        "Latoya Keisha Ernestine Shanice",
        "Deshawn Tyrone Cleophus Jamal",
    ),
)
PARTICLES = frozenset({"Mac", "De", "la", "da", "Di", "van", "den", "von", "de", "Abu", "Two"})


def family_names(joined: str) -> list[str]:
    """The family names of a list, particles kept with what follows them."""
    names: list[str] = []
    held: list[str] = []
    for word in joined.split():
        held.append(word)
        if word not in PARTICLES:
            names.append(" ".join(held))
            held = []
    return names


@dataclass(frozen=True)
class Person:
    """Somebody's name in parts."""

    given: str
    middle: str
    family: str
    is_woman: bool

    @property
    def initials(self) -> str:
        """The first letters, the middle one with them."""
        return f"{self.given[0]}{self.middle}{self.family.split()[-1][0]}".upper()


def person(draw: random.Random, sex: str = "") -> Person:
    """Somebody of a drawn origin; in one of six the given name comes from another one than the family name."""
    families, women, men = draw.choice(ORIGINS)
    if draw.random() < 1 / 6:
        _, women, men = draw.choice(ORIGINS)
    is_woman = sex == "f" or (not sex and draw.random() < 0.5)
    given = draw.choice((women if is_woman else men).split())
    family = draw.choice(family_names(families))
    if draw.random() < 0.06:
        family += "-" + draw.choice(family_names(draw.choice(ORIGINS)[0]))
    return Person(given, draw.choice(string.ascii_uppercase), family, is_woman)
