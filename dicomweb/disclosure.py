"""The one place that turns a row and its stored file into what may leave the house: the header de-identified, renamed.

Every address that sends anything of a file asks here. A header goes through the gate (``cases.gate``), under the key of
its site; then the study, series and instances get the names they have in searches, and the patient the pseudonym that the
person asking may know. Dates are the patient's own by so many days.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, cast

from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import UID

from accounts.models import User
from cases.adapters.storage import ORIGINALS, open_kept
from cases.contribution import Region
from cases.gate.header.deidentification import deidentify
from cases.gate.header.door import is_registered
from cases.gate.header.limits import HeaderTooLargeError, refuse_too_large
from cases.models import Image, Study
from cases.pseudonyms import Kind
from cases.queries import site_key
from cases.queries.told import pseudonyms
from dicomweb.adapters.pixels import StoredPixels, find_pixels
from dicomweb.adapters.stretches import PixelsMissingError
from dicomweb.queries import forbidden_words, is_told_of_patients, original_uids, patient_id

# What tells a device, or how often it was used, from another of its kind (PS3.3 C.7.5.1, C.8.11.4).
_OF_DEVICES = frozenset(
    tag_for_keyword(keyword)
    for keyword in (
        *("DeviceUID", "DeviceID", "DeviceSerialNumber", "StationName", "InstanceCreatorUID", "DetectorID", "GantryID"),
        *("PlateID", "CassetteID", "GeneratorID", "GridID", "XRaySourceID", "ManufacturerDeviceIdentifier"),
        *(
            "UniqueDeviceIdentifier",
            "UDISequence",
            "DeviceAlternateIdentifier",
            "ExposuresOnDetectorSinceLastCalibration",
        ),
        *("ExposuresOnDetectorSinceManufactured", "DetectorTimeSinceLastExposure"),
    )
)


@dataclass(frozen=True)
class Disclosed:
    """What may be told of one instance: its header, and where its pixels are, which are sent frame by frame."""

    image: Image
    header: Dataset
    pixels: StoredPixels

    @property
    def available_syntax(self) -> UID:
        """The transfer syntax in which the pixels can be sent as they are stored."""
        return self.pixels.sent_syntax


@dataclass
class Discloser:
    """What one person may be told of one study that is open to them; asks for the study's names once."""

    user: User
    study: Study

    @contextmanager
    def opened_pixels(self, image: Image) -> Iterator[StoredPixels]:
        """Where the pixels are, the file open meanwhile. Its header is the original: send nothing of it.

        Raises FileNotFoundError and PixelsMissingError.
        """
        with open_kept(ORIGINALS, image.sha256) as file:
            try:
                mask = tuple(Region(*box) for box in image.mask)
                has_surplus = image.has_surplus is not False
                pixels = find_pixels(cast(BinaryIO, file.file), image.transfer_syntax, mask, has_surplus=has_surplus)
            except PixelsMissingError:
                raise
            except Exception as error:
                message = f"The header of the stored file cannot be read ({type(error).__name__})."
                raise PixelsMissingError(message) from error
            yield pixels

    @contextmanager
    def opened(self, image: Image) -> Iterator[Disclosed]:
        """The instance, its file open meanwhile. Raises FileNotFoundError and PixelsMissingError."""
        with self.opened_pixels(image) as pixels:
            header = self.header(image, pixels.header)
            if pixels.is_decoded and "BitsStored" in header:
                header.HighBit = int(header.BitsStored) - 1  # where decoding puts them
            yield Disclosed(image, header, pixels)

    def header(self, image: Image, original: Dataset) -> Dataset:
        """The de-identified copy of a header, under the names that the rows have outside. Raises PixelsMissingError of one that
        came in before headers had limits and is beyond them: this is no worker, whose memory and time are bounded.
        """
        try:
            refuse_too_large(original)
        except HeaderTooLargeError as error:
            raise PixelsMissingError(str(error)) from error
        key = site_key(self.study.site.code)
        own = str(original.get("PatientID") or "")
        # Dates go by the patient that the rows know, whom a later file may have named; so all that is told agrees.
        original.PatientID = self.study.patient.pseudonym
        result = deidentify(original, key, forbidden=(own, *self._forbidden)).dataset
        _rename(result, {key.uid(old): new for old, new in self._names.items()})
        names = pseudonyms()
        if not is_told_of_patients(self.user):
            _withhold_patient(result)
            _unlink(result, f"study {self.study.pk}", frozenset(self._names.values()))
        result.StudyInstanceUID = names.uid_of(Kind.STUDY, self.study.pk)
        result.SeriesInstanceUID = names.uid_of(Kind.SERIES, image.series_id)
        result.SOPInstanceUID = names.uid_of(Kind.INSTANCE, image.pk)
        result.PatientID = result.PatientName = patient_id(self.user, self.study)
        return result

    @cached_property
    def _names(self) -> dict[str, str]:
        return original_uids(self.study)

    @cached_property
    def _forbidden(self) -> tuple[str, ...]:
        return forbidden_words(self.study)


def _withhold_patient(dataset: Dataset) -> None:
    """Empties what a header says of the patient (group 0010), any age, and every day and time, at any depth."""

    def empty(_dataset: Dataset, element: DataElement) -> None:
        if element.tag.group == 0x0010 or element.VR in {"AS", "DA", "DT", "TM"}:
            element.clear()

    dataset.walk(empty)


def _unlink(dataset: Dataset, space: str, own: frozenset[str]) -> None:
    """Takes out, at any depth, what two cases of one patient have in common: which device made them, and UIDs that are of
    nothing here, such as a frame of reference, which get a name of their own in each study.
    """
    names = pseudonyms()

    def renamed(uid: str) -> str:
        return uid if not uid or uid in own or is_registered(uid) else names.foreign_uid(space, uid)

    for tag in list(dataset.keys()):
        if tag in _OF_DEVICES:
            del dataset[tag]
            continue
        element = dataset[tag]
        if element.VR == "SQ":
            for item in element.value:
                _unlink(item, space, own)
        elif element.VR == "UI" and not element.is_empty:
            several = [element.value] if isinstance(element.value, str) else list(element.value)
            uids = [renamed(str(uid)) for uid in several]
            element.value = uids if len(uids) != 1 else uids[0]


def _rename(dataset: Dataset, names: dict[str, str]) -> None:
    """References to instances that are here, at any depth, get the names that these have outside."""

    def rename(_dataset: Dataset, element: DataElement) -> None:
        if element.VR != "UI" or element.is_empty:
            return
        if isinstance(element.value, str):
            element.value = names.get(element.value, element.value)
        else:
            element.value = [names.get(str(uid), str(uid)) for uid in element.value]

    dataset.walk(rename)
