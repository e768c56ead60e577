"""Plants invented patients in 1,000 DICOM headers and measures what of them is left after de-identification.

Run from the project's root: `python -m perf.gate.header_corpus` (`--seed N`, `--count 1000`, `--json`). Each header is a
small chest film with plants in the attributes that name people, in free text, in attributes that are mostly kept, in
nested sequences, private elements, UIDs, odd value representations, overlays, the preamble and the file meta. A plant is
caught when none of its words stands anywhere in the de-identified dataset, as a word of a text or within bytes. A header
that the gate refuses lets nothing through; it is counted apart. Exit code 1 where the recall is below 0.98.

The corpus was written without a look at the rules of the gate, from the DICOM standard (PS3.6, PS3.15 annex E) and from
what scanners send. The rules must not be tuned to it: they would then be measured by what they know.
"""

from __future__ import annotations

import argparse
import copy
import json
import logging
import random
import re
import sys
import unicodedata
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from cases.gate.header.deidentification import deidentify
from cases.gate.header.pseudonyms import SiteKey
from perf.gate.header_words import (
    CITIES,
    EMPLOYERS,
    FACILITIES,
    FAMILY,
    GIVEN,
    STREETS,
    digits,
    listed,
    pattern,
    some_day,
)

TARGET = 0.98
KEY = SiteKey.of("k" * 40, "north")
PLANTS_EACH = 26
DX_STORAGE = UID("1.2.840.10008.5.1.4.1.1.1.1")
# Each with the word that gives it away.
ANSWERS = (
    ("CXR pneumothorax", "pneumothorax"),
    ("R/O effusion LEFT", "effusion"),
    ("CHEST - cardiomegaly known", "cardiomegaly"),
    ("pneumonia followup", "pneumonia"),
    ("mass RUL biopsy proven", "mass"),
)
# What a reader needs of a film: an element of these that is lost is no leak, but the price of the gate.
NEEDED = (
    *("SOPClassUID", "Modality", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    *(
        "SamplesPerPixel",
        "PhotometricInterpretation",
        "ViewPosition",
        "PixelSpacing",
        "WindowCenter",
        "WindowWidth",
        "PixelData",
    ),
)

Draw = random.Random


@dataclass(frozen=True)
class Plant:
    """What must not survive: the words, the kind, and the attribute it was put in."""

    place: str
    kind: str
    words: tuple[str, ...]


@dataclass
class Measure:
    """What was found over all headers."""

    planted: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    left: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    headers: int = 0

    @property
    def recall(self) -> float:
        """The share of all plants of which nothing was left."""
        total = sum(self.planted.values())
        return sum(self.caught.values()) / total if total else 1.0


# Values. Each gives what is written and the words of it that must be gone.
Value = tuple[str, tuple[str, ...]]


def person(draw: Draw) -> Value:
    """A person as DICOM writes one; single letters and words of two do not count, they stand by chance elsewhere."""
    given, last = draw.choice(GIVEN), draw.choice(FAMILY)
    text = draw.choice(
        [
            f"{last}^{given}",
            f"{last}^{given}^A^Dr",
            f"{last.upper()}^{given.upper()}",
            f"{last}, {given}",
            f"{given} {last}",
        ]
    )
    return text, tuple(word for word in (given, last) if len(word) > 2) or (text,)


def ideographic(draw: Draw) -> Value:
    """A person in three component groups."""
    return "Yamada^Tarou=山田^太郎=やまだ^たろう", ("Yamada", "Tarou", "山田", "太郎", "やまだ")


def number(draw: Draw) -> Value:
    """A number that stands for a person."""
    made = pattern(draw, draw.choice(["########", "A#######", "00######", "###-##-####", "MRN#######"]))
    return made, (made,)


def day(draw: Draw) -> Value:
    """A date as DICOM writes one."""
    made = f"{some_day(draw):%Y%m%d}"
    return made, (made,)


def moment(draw: Draw) -> Value:
    """A date and time in one."""
    made = f"{some_day(draw):%Y%m%d}"
    return f"{made}{pattern(draw, '1#3#2#')}.{digits(draw, 6)}", (made,)


def age(draw: Draw) -> Value:
    """An age over 90: a gate may write 090Y for all of these, as Safe Harbor lets it."""
    made = f"{draw.randrange(91, 106):03d}Y"
    return made, (made,)


def telephone(draw: Draw) -> Value:
    """A telephone number."""
    made = pattern(draw, draw.choice(["(###) 555-####", "###-555-####", "###.555.####"]))
    return made, (made,)


def address(draw: Draw) -> Value:
    """A street and a city."""
    road, city = f"{draw.randrange(100, 9999)} {draw.choice(STREETS)}", draw.choice(CITIES)
    return f"{road}, {city}", (road, city)


def institution(draw: Draw) -> Value:
    """A hospital, which PS3.15 removes."""
    made = draw.choice(FACILITIES)
    return made, (made,)


def employer(draw: Draw) -> Value:
    """A work place."""
    made = draw.choice(EMPLOYERS)
    return made, (made,)


def serial(draw: Draw) -> Value:
    """A device's serial number."""
    made = pattern(draw, draw.choice(["SN######", "@@@######", "#####-##@"]))
    return made, (made,)


def station(draw: Draw) -> Value:
    """A station or an application entity."""
    made = pattern(draw, draw.choice(["MERCY_CR##", "NORTHED###", "PACS@@##"]))
    return made, (made,)


def link(draw: Draw) -> Value:
    """An address on the web that holds a number of the patient."""
    made = digits(draw, 8)
    return f"https://pacs.mercygeneral.org/patients/{made}", (made, "mercygeneral")


def uid(draw: Draw) -> Value:
    """A UID of the site, in half of the cases with a date or a patient's number in it."""
    inside = draw.choice([f"{some_day(draw):%Y%m%d}", digits(draw, 9).lstrip("0"), "7"])
    made = f"1.2.840.113619.2.55.{digits(draw, 7).lstrip('0')}1.{inside}.{draw.randrange(1, 999)}"
    return made, (made,)


def answer(draw: Draw) -> Value:
    """The answer that a reader is asked for."""
    made, word = draw.choice(ANSWERS)
    return made, (word,)


def sentence(draw: Draw) -> Value:
    """Free text with somebody in it."""
    name, words = person(draw)
    spoken = name.replace("^", " ")
    when, dated = f"{some_day(draw):%m/%d/%Y}", number(draw)[0]
    made = [
        (f"Pt {spoken} seen {when}", (*words, when)),
        (f"call Dr {spoken} re MRN {dated}", (*words, dated)),
        (f"{spoken} {dated}", (*words, dated)),
        (f"PA chest, {spoken}", words),
    ]
    return draw.choice(made)


Fill = Callable[[Draw], Value]
# Each row: the kind, how to fill it, the value representation or "" for the dictionary's, and the attributes.
STANDARD: tuple[tuple[str, Fill, str], ...] = (
    ("person", person, "PatientName OtherPatientNames PatientBirthName PatientMotherBirthName ResponsiblePerson"),
    (
        "person",
        person,
        "ReferringPhysicianName ConsultingPhysicianName PerformingPhysicianName OperatorsName RequestingPhysician",
    ),
    (
        "person",
        person,
        "NameOfPhysiciansReadingStudy PhysiciansOfRecord ScheduledPerformingPhysicianName ContentCreatorName",
    ),
    (
        "person",
        person,
        "OrderEnteredBy OrderEntererLocation ReviewerName PersonName VerifyingObserverName HumanPerformerName",
    ),
    (
        "person",
        person,
        "NamesOfIntendedRecipientsOfResults InterpretationRecorder InterpretationAuthor ReportedValuesOrigin",
    ),
    ("ideographs", ideographic, "PatientName"),
    (
        "number",
        number,
        "PatientID OtherPatientIDs AccessionNumber StudyID AdmissionID IssuerOfPatientID MedicalRecordLocator",
    ),
    (
        "number",
        number,
        "RequestedProcedureID ScheduledProcedureStepID PerformedProcedureStepID FillerOrderNumberImagingServiceRequest",
    ),
    (
        "number",
        number,
        "PlacerOrderNumberImagingServiceRequest InsurancePlanIdentification ServiceEpisodeID ClinicalTrialSubjectID",
    ),
    ("number", number, "ClinicalTrialSubjectReadingID ClinicalTrialProtocolID InterpretationID ResultsID"),
    (
        "date",
        day,
        "PatientBirthDate StudyDate SeriesDate AcquisitionDate ContentDate InstanceCreationDate AdmittingDate",
    ),
    (
        "date",
        day,
        "ScheduledProcedureStepStartDate PerformedProcedureStepStartDate PerformedProcedureStepEndDate DateOfLastCalibration",
    ),
    (
        "date",
        day,
        "DateOfSecondaryCapture LastMenstrualDate IssueDateOfImagingServiceRequest OverlayDate ScheduledStudyStartDate",
    ),
    (
        "date",
        day,
        "StudyVerifiedDate StudyReadDate DischargeDate DateOfLastDetectorCalibration DateOfManufacture DateOfInstallation",
    ),
    (
        "date and time",
        moment,
        "AcquisitionDateTime FrameAcquisitionDateTime ObservationDateTime ScheduledProcedureStepStartDateTime",
    ),
    ("date and time", moment, "DateTime VerificationDateTime StartAcquisitionDateTime SubstanceAdministrationDateTime"),
    ("age over 89", age, "PatientAge"),
    ("telephone", telephone, "PatientTelephoneNumbers ReferringPhysicianTelephoneNumbers OrderCallbackPhoneNumber"),
    ("telephone", telephone, "PersonTelephoneNumbers PatientTelecomInformation"),
    ("address", address, "PatientAddress ReferringPhysicianAddress InstitutionAddress PersonAddress RegionOfResidence"),
    (
        "institution",
        institution,
        "InstitutionName InstitutionalDepartmentName ResponsibleOrganization CurrentPatientLocation",
    ),
    (
        "institution",
        institution,
        "RequestingService PatientInstitutionResidence VerifyingOrganization PerformedLocation ClinicalTrialSiteName",
    ),
    ("employer", employer, "Occupation"),
    (
        "serial",
        serial,
        "DeviceSerialNumber DetectorID GantryID PlateID CassetteID DeviceID DeviceUID XRaySourceID GridID GeneratorID",
    ),
    (
        "station",
        station,
        "StationName PerformedStationName PerformedStationAETitle ScheduledStationAETitle RetrieveAETitle",
    ),
    ("station", station, "ScheduledStationName SecondaryCaptureDeviceID HardcopyDeviceManufacturer"),
    ("link", link, "RetrieveURL RetrieveURI PixelDataProviderURL"),
    (
        "uid",
        uid,
        "SOPInstanceUID StudyInstanceUID SeriesInstanceUID FrameOfReferenceUID IrradiationEventUID ConcatenationUID",
    ),
    ("uid", uid, "InstanceCreatorUID SynchronizationFrameOfReferenceUID DimensionOrganizationUID UID TransactionUID"),
)
FREE = listed(
    "StudyDescription SeriesDescription PatientComments AdditionalPatientHistory ImageComments StudyComments ProtocolName "
    "RequestedProcedureDescription RequestedProcedureComments PerformedProcedureStepDescription ReasonForStudy "
    "AdmittingDiagnosesDescription DerivationDescription AcquisitionComments VisitComments PatientState SpecialNeeds "
    "ReasonForTheRequestedProcedure CommentsOnThePerformedProcedureStep ImagingServiceRequestComments TextValue TextString "
    "ScheduledProcedureStepDescription InterpretationText Impressions ResultsComments MedicalAlerts Allergies TextComments "
    "FrameComments ClinicalTrialTimePointDescription UnformattedTextValue "
    "AcquisitionDeviceProcessingDescription ContrastBolusAgent PreMedication ReasonForVisit RadiationMode LabelText"
)
# Attributes that a gate would mostly keep, and that technicians or converters write anything into.
KEPT = listed(
    "BodyPartExamined ViewPosition ImageType Manufacturer ManufacturerModelName SoftwareVersions WindowCenterWidthExplanation "
    "LUTExplanation RescaleType AcquisitionProtocolDescription PatientOrientation DetectorDescription FilterMaterial "
    "ImageLaterality LossyImageCompressionMethod ExposureControlModeDescription DetectorConfiguration PatientPosition "
    "ConversionType PixelSpacingCalibrationDescription PresentationLUTShape Grid PatientSex SmokingStatus "
    "PatientSpeciesDescription"
)
SEQUENCES = listed(
    "RequestAttributesSequence ScheduledProcedureStepSequence ReferencedStudySequence ReferencedPatientSequence "
    "OtherPatientIDsSequence ContentSequence OriginalAttributesSequence ModifiedAttributesSequence SourceImageSequence "
    "ReferencedImageSequence ProcedureCodeSequence AnatomicRegionSequence ViewCodeSequence PersonIdentificationCodeSequence "
    "InstitutionCodeSequence RequestedProcedureCodeSequence IconImageSequence ModalityLUTSequence VOILUTSequence "
    "AcquisitionContextSequence ContributingEquipmentSequence DerivationCodeSequence SharedFunctionalGroupsSequence "
    "ConceptNameCodeSequence PatientInsurancePlanCodeSequence GraphicAnnotationSequence DigitalSignaturesSequence"
)
INNER: tuple[tuple[str, str, Fill], ...] = (
    ("PatientName", "person", person),
    ("PatientID", "number", number),
    ("TextValue", "free text", sentence),
    ("CodeMeaning", "free text", sentence),
    ("CodeValue", "number", number),
    ("PersonName", "person", person),
    ("StudyDate", "date", day),
    ("ReferencedSOPInstanceUID", "uid", uid),
    ("RequestedProcedureDescription", "answer", answer),
    ("LUTExplanation", "free text", sentence),
    ("DeviceSerialNumber", "serial", serial),
    ("DateTime", "date and time", moment),
)


def headers(seed: int, count: int) -> Iterator[tuple[FileDataset, list[Plant]]]:
    """So many headers by this seed, each with its plants."""
    draw = random.Random(seed)
    for _ in range(count):
        yield header(draw)


def header(draw: Draw) -> tuple[FileDataset, list[Plant]]:
    """One film with plants in attributes chosen by chance; a place holds one plant."""
    film, plants = plain_film(draw)
    sowers = [
        sow_standard,
        sow_standard,
        sow_standard,
        sow_free,
        sow_free,
        sow_kept,
        sow_nested,
        sow_nested,
        sow_private,
        sow_odd,
    ]
    for _ in range(PLANTS_EACH):
        plant = draw.choice(sowers)(film, draw)
        if plant is not None:
            plants = [kept for kept in plants if kept.place != plant.place] + [plant]
    sow_file_meta(film, draw, plants)
    return film, findable(film, plants)


def findable(film: FileDataset, plants: list[Plant]) -> list[Plant]:
    """The plants as they can be told apart: a word that two of them have is no proof, and one overwritten stands nowhere.

    The same answer in two attributes is looked for all the same: left in one, it counts as left for both.
    """
    texts = list(dict(told(film)).values())
    owners = [
        {(folded(word), "answer" if "answer" in plant.kind else index) for word in plant.words}
        for index, plant in enumerate(plants)
    ]
    often = Counter(word for word, _ in set().union(*owners))
    kept = []
    for plant in plants:
        alone = (word for word in plant.words if often[folded(word)] == 1)
        words = tuple(word for word in alone if any(stands(word, text) for text in texts))
        if words:
            kept.append(Plant(plant.place, plant.kind, words))
    return kept


def plain_film(draw: Draw) -> tuple[FileDataset, list[Plant]]:
    """A film of four by four pixels; what every film names is planted already."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = DX_STORAGE
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    film = FileDataset(b"", Dataset(), file_meta=meta, preamble=b"\0" * 128)
    film.SpecificCharacterSet = "ISO_IR 192"
    film.SOPClassUID, film.Modality, film.BurnedInAnnotation = DX_STORAGE, "DX", "NO"
    film.Rows = film.Columns = 4
    film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 16, 12, 11, 0
    film.SamplesPerPixel, film.PhotometricInterpretation = 1, "MONOCHROME2"
    film.ViewPosition, film.PixelSpacing, film.WindowCenter, film.WindowWidth = "PA", [0.15, 0.15], 2048, 4096
    film.add_new(0x7FE00010, "OW", bytes(range(32)))
    always: tuple[tuple[str, str, Fill], ...] = (
        ("PatientName", "person", person),
        ("PatientID", "number", number),
        ("StudyDate", "date", day),
        ("StudyDescription", "answer", answer),
        *((name, "uid", uid) for name in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")),
    )
    return film, [put(film, name, name, kind, fill(draw)) for name, kind, fill in always]


def put(holder: Dataset, name: str, place: str, kind: str, value: Value) -> Plant:
    """Writes the value as it is, however odd for its representation: scanners do."""
    text, words = value
    setattr(holder, name, text)
    return Plant(place, kind, words)


def sow_standard(film: FileDataset, draw: Draw) -> Plant:
    """An attribute whose purpose is to name somebody or something."""
    kind, fill, names = draw.choice(STANDARD)
    name = draw.choice(names.split())
    return put(film, name, name, kind, fill(draw))


def sow_free(film: FileDataset, draw: Draw) -> Plant:
    """Free text: a person, or the answer that the reader is asked for."""
    name = draw.choice(FREE)
    kind, fill = draw.choice([("free text", sentence), ("answer", answer)])
    return put(film, name, name, kind, fill(draw))


def sow_kept(film: FileDataset, draw: Draw) -> Plant:
    """An attribute that describes the picture, with somebody in it."""
    name = draw.choice(KEPT)
    text, words = draw.choice([person, sentence, number])(draw)
    plant = put(film, name, name, "in a kept attribute", (text, words))
    if name == "ImageType":
        film.ImageType = ["ORIGINAL", "PRIMARY", text]
    return plant


def sow_nested(film: FileDataset, draw: Draw) -> Plant:
    """A plant one to three sequences deep."""
    names = draw.sample(SEQUENCES, draw.randrange(1, 4))
    inner, kind, fill = draw.choice(INNER)
    item = Dataset()
    plant = put(item, inner, ".".join([*names, inner]), f"nested {kind}", fill(draw))
    for name in reversed(names[1:]):
        outer = Dataset()
        setattr(outer, name, Sequence([item]))
        item = outer
    # The first sequence may be there already: another item of it.
    if names[0] in film:
        film[names[0]].value.append(item)
        return Plant(f"{plant.place} #{len(film[names[0]].value)}", plant.kind, plant.words)
    setattr(film, names[0], Sequence([item]))
    return plant


def sow_private(film: FileDataset, draw: Draw) -> Plant:
    """A private element, of a known maker or none, as text, bytes or a sequence; now and then the creator itself."""
    group = draw.choice([0x0009, 0x0011, 0x0019, 0x0029, 0x0033, 0x7FE1])
    block, element = draw.randrange(0x10, 0x40), draw.randrange(0x00, 0x100)
    text, words = draw.choice([person, number, sentence, answer])(draw)
    creator = draw.choice(["GEMS_IDEN_01", "SIEMENS CSA HEADER", "Philips Imaging DD 001", "MERCY 1.0", ""])
    if creator:
        film.add_new((group, block), "LO", creator)
    tag = (group, block * 0x100 + element)
    representation = draw.choice(["LO", "LT", "UN", "OB", "SQ", "PN", "UT"])
    place = f"private {representation} ({tag[0]:04X},{tag[1]:04X})"
    if representation == "SQ":
        item = Dataset()
        item.PatientComments = text
        film.add_new(tag, "SQ", Sequence([item]))
    elif representation in {"UN", "OB"}:
        film.add_new(tag, representation, even(text.encode()))
    else:
        film.add_new(tag, representation, text)
    return Plant(place, "private", words)


def sow_odd(film: FileDataset, draw: Draw) -> Plant | None:
    """Representations and groups that a walk over the dictionary passes by."""
    text, words = draw.choice([person, number, sentence])(draw)
    data = even(text.encode())
    odd: tuple[tuple[str, int, str, Any], ...] = (
        ("PatientName as UN", 0x00100010, "UN", data),
        ("PatientComments as OB", 0x00104000, "OB", data),
        ("StudyDescription as UT", 0x00081030, "UT", text),
        ("BodyPartExamined as LT", 0x00180015, "LT", text),
        ("Manufacturer as UN", 0x00080070, "UN", data),
        ("OverlayComments", 0x60004000, "LT", text),
        ("OverlayDescription", 0x60000022, "LO", text),
        ("OverlayLabel 6002", 0x60021500, "LO", text),
        ("OverlayData", 0x60003000, "OB", data),
        ("CurveDescription", 0x50000022, "LO", text),
        ("CurveData", 0x50003000, "OW", data),
        ("DataSetTrailingPadding", 0xFFFCFFFC, "OB", data),
        ("unknown (0010,9999)", 0x00109999, "LO", text),
        ("unknown (0018,FFF1)", 0x0018FFF1, "UN", data),
        ("SourceImageIDs (0020,3100)", 0x00203101, "CS", text),
        ("EncapsulatedDocument", 0x00420011, "OB", data),
        ("DocumentTitle", 0x00420010, "ST", text),
        ("AudioComments (5000,200E)", 0x5000200E, "LT", text),
        ("RedPaletteColorLookupTableData", 0x00281201, "OW", data),
        ("ICCProfile", 0x00282000, "OB", data),
        ("LUTData", 0x00283006, "OW", data),
        ("LongCodeValue", 0x00080119, "UC", text),
        ("URNCodeValue", 0x00080120, "UR", text),
        ("InventoryText (0008,0400)", 0x00080400, "LT", text),
    )
    name, tag, representation, value = draw.choice(odd)
    film.add_new(tag, representation, value)
    return Plant(name.split(" as ")[0], "odd place", words)


def even(data: bytes) -> bytes:
    """The bytes padded to an even length."""
    return data + b" " * (len(data) % 2)


def sow_file_meta(film: FileDataset, draw: Draw, plants: list[Plant]) -> None:
    """What stands before the dataset: the instance's UID again, now and then a title, an information or a preamble."""
    film.file_meta.MediaStorageSOPInstanceUID = film.SOPInstanceUID
    if draw.random() < 0.3:
        text, words = station(draw)
        film.file_meta.SourceApplicationEntityTitle = text
        plants.append(Plant("SourceApplicationEntityTitle", "file meta", words))
    if draw.random() < 0.2:
        text, words = person(draw)
        film.file_meta.PrivateInformationCreatorUID = UID("1.2.3.4")
        film.file_meta.PrivateInformation = even(text.encode())
        plants.append(Plant("PrivateInformation", "file meta", words))
    if draw.random() < 0.2:
        text, words = person(draw)
        film.preamble = text.encode()[:128].ljust(128, b"\0")
        plants.append(Plant("preamble", "file meta", words))


def measured(seed: int, count: int) -> Measure:
    """De-identifies every header and counts what was caught and what was left, and where."""
    measure = Measure()
    for film, plants in headers(seed, count):
        measure.headers += 1
        try:
            after = deidentify(copy.deepcopy(film), KEY).dataset
        except Exception as refusal:  # noqa: BLE001 - any refusal lets nothing through; which one is printed
            measure.refused[f"{type(refusal).__name__}: {re.sub(r'[0-9]+', '#', str(refusal))[:90]}"] += 1
            continue
        places = dict(told(after))
        for plant in plants:
            count_plant(measure, plant, places)
        planted = {plant.place for plant in plants}
        measure.lost.update(name for name in NEEDED if name not in after and name not in planted)
    return measure


def count_plant(measure: Measure, plant: Plant, places: dict[str, str]) -> None:
    """One plant: caught when none of its words stands in any place of the result."""
    measure.planted[plant.kind] += 1
    for place, text in places.items():
        word = next((word for word in plant.words if stands(word, text)), None)
        if word is not None:
            measure.left[f"{plant.kind}: {where_left(place)}"].append(f"{word!r} in {text[:70]!r}")
            return
    measure.caught[plant.kind] += 1


def stands(word: str, text: str) -> bool:
    """Whether the word stands in the text by itself, whatever its case."""
    return re.search(rf"(?<![^\W_]){re.escape(folded(word))}(?![^\W_])", text) is not None


def folded(text: str) -> str:
    """The text in one case and one composition."""
    return unicodedata.normalize("NFC", text).casefold()


def told(dataset: Dataset, above: str = "") -> Iterator[tuple[str, str]]:
    """Every place of the dataset with all that it says: file meta, preamble, elements, items, bytes as text."""
    preamble, meta = getattr(dataset, "preamble", None), getattr(dataset, "file_meta", None)
    if preamble:
        yield f"{above}preamble", folded(preamble.decode("utf-8", "replace"))
    if meta is not None:
        yield from told(meta, "meta.")
    for element in dataset:
        name = above + (element.keyword or f"({element.tag.group:04X},{element.tag.element:04X})")
        if element.VR == "SQ":
            for index, item in enumerate(element.value):
                yield from told(item, f"{name}[{index}].")
        else:
            yield name, folded(as_text(element.value))


def as_text(value: Any) -> str:
    """A value as text, bytes decoded as well as they can be."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "\\".join(map(str, value)) if isinstance(value, list | tuple) or hasattr(value, "append") else str(value)


def where_left(place: str) -> str:
    """The attribute alone, and whether it stood in a sequence."""
    *above, name = place.split(".")
    return f"{name} in a sequence" if above and above[0] != "meta" else place


def print_measure(measure: Measure) -> None:
    """The recall by kind, the places where plants were left, refusals, and what a reader lost."""
    print(f"{'kind':<24} {'planted':>8} {'caught':>8} {'recall':>8}")
    for kind in sorted(measure.planted, key=lambda kind: measure.caught[kind] / measure.planted[kind]):
        share = measure.caught[kind] / measure.planted[kind]
        print(f"{kind:<24} {measure.planted[kind]:>8} {measure.caught[kind]:>8} {share:>8.4f}")
    refused = sum(measure.refused.values())
    print(f"\nRecall {measure.recall:.4f}, target {TARGET}; {measure.headers} headers, {refused} refused.")
    for reason, count in measure.refused.most_common():
        print(f"  {count:>5} {reason}")
    print("Needed elements lost:", dict(measure.lost) or "none")
    for where, examples in sorted(measure.left.items(), key=lambda left: -len(left[1])):
        print(f"  {len(examples):>5} {where}   e.g. {examples[0]}")


def main() -> int:
    """Makes the headers, measures the gate on them and prints what it found; 1 where the recall is short."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=20190304, help="the seed the headers are made by")
    parser.add_argument("--count", type=int, default=1000, help="how many headers")
    parser.add_argument("--json", action="store_true", help="print one JSON object in place of the table")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")  # pydicom warns of every value that is odd for its representation: they are meant
    logging.disable(logging.WARNING)
    measure = measured(asked.seed, asked.count)
    if asked.json:
        left = {where: len(examples) for where, examples in measure.left.items()}
        print(json.dumps({"recall": measure.recall, "left": left, "refused": sum(measure.refused.values())}, indent=1))
    else:
        print_measure(measure)
    return 0 if measure.recall >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
