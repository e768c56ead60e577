"""How much of what is planted in DICOM headers the de-identification leaves: ``python -m perf.gate.headers``.

Makes headers as hospitals write them, with names, numbers, addresses, dates and answers planted in attributes that hold
them and in those that should not: drawn from pydicom's dictionary, private blocks and nested sequences, without a look at
the profile's table. Exit code 1 when a plant is left. A plant that is left in the written file is told by its attribute.
"""

import argparse
import random
import sys
import time
import warnings
from collections import Counter

import pydicom
from pydicom._dicom_dict import DicomDictionary
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from cases.gate.header.deidentification import deidentify, written
from cases.gate.header.pseudonyms import SiteKey

SYLLABLES = ["ka", "zor", "mi", "vel", "tun", "bra", "shi", "lo", "quen", "dar", "fi", "ost", "wex", "yul"]
ANSWERS = ("pneumothorax", "cardiomegaly", "pleural effusion", "lung nodule", "atelectasis")
TEXT_KINDS = frozenset({"PN", "LO", "SH", "LT", "ST", "UT", "UC"})
# Where people write what others planned or saw; the answer to the benchmark's question is often there.
DESCRIPTIONS = ("StudyDescription", "SeriesDescription", "ProtocolName", "ImageComments", "PatientComments")


def word(dice: random.Random) -> str:
    """A name that no dictionary has."""
    return "".join(dice.choice(SYLLABLES) for _ in range(3)).capitalize()


def person(dice: random.Random) -> tuple[Dataset, list[tuple[str, str]]]:
    """A header with what was planted in it: attribute and bytes to look for."""
    dataset = Dataset()
    family, given, number = word(dice), word(dice), str(dice.randrange(10**7, 10**8))
    plants: list[tuple[str, str]] = []

    def plant(where: Dataset, tag: int, vr: str, value: str, told: str) -> None:
        where[tag] = DataElement(tag, vr, value, validation_mode=pydicom.config.IGNORE)
        plants.append((f"{told}({tag:08X})", value))

    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1.1"
    for tag, tail in ((0x00080018, 1), (0x0020000D, 2), (0x0020000E, 3)):
        plant(dataset, tag, "UI", f"1.2.826.0.1.{number}.{tail}", "")
    plant(dataset, 0x00100010, "PN", f"{family}^{given}", "")
    plant(dataset, 0x00100020, "LO", f"MRN{number}", "")
    plant(dataset, 0x00100030, "DA", f"19{dice.randrange(30, 99)}0{dice.randrange(1, 9)}1{dice.randrange(9)}", "")
    plant(dataset, 0x00080020, "DA", f"201{dice.randrange(9)}0{dice.randrange(1, 9)}2{dice.randrange(8)}", "")
    for name in DESCRIPTIONS:
        tag = pydicom.datadict.tag_for_keyword(name) or 0
        vr = pydicom.datadict.dictionary_VR(tag)
        plant(dataset, tag, vr, dice.choice((*ANSWERS, f"seen by {family}", f"{word(dice)} {number}")), "")
    anywhere = [
        tag for tag, entry in DicomDictionary.items() if entry[0] in TEXT_KINDS and 0x00080000 <= tag < 0x00280000
    ]
    for tag in dice.sample(anywhere, 12):
        if tag not in dataset:
            value = dice.choice((family, f"{family} {given}", f"MRN{number}", f"for {given}", f"Dr. {word(dice)}"))
            plant(dataset, tag, DicomDictionary[tag][0], value, "")
    plant(dataset, 0x00091010, "LO", f"{word(dice)} {number}", "private ")
    item = Dataset()
    plant(item, 0x00100010, "PN", f"{family}^{given}", "nested ")
    plant(item, 0x00104000, "LT", f"{word(dice)} of {word(dice)}", "nested ")
    plant(item, 0x00080104, "LO", f"{family} again", "nested ")
    dataset[0x00081032] = DataElement(0x00081032, "SQ", Sequence([item]))
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return dataset, plants


def main() -> int:
    """Prints plants, those left, and the rate; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--headers", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice, key = random.Random(options.seed), SiteKey.of("measured with a key of no site at all", "north")
    left: Counter[str] = Counter()
    planted, spent = 0, 0.0
    for _ in range(options.headers):
        dataset, plants = person(dice)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            begun = time.perf_counter()
            content = written(deidentify(dataset, key, forbidden=ANSWERS).dataset)
            spent += time.perf_counter() - begun
        planted += len(plants)
        left.update(where for where, value in plants if value.encode() in content)
    print(f"{options.headers:,} headers, {planted:,} plants: {sum(left.values()):,} left")
    for where, count in left.most_common(20):
        print(f"  {where}: {count}")
    print(f"{1000 * spent / options.headers:.1f} ms a header")
    return int(bool(left))


if __name__ == "__main__":
    sys.exit(main())
