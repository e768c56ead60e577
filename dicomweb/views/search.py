"""QIDO-RS (PS3.18 10.6): searches for studies, series and instances."""

from collections.abc import Callable, Iterator

from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from accounts.access import acting_user
from accounts.models import User
from cases.models import Image, Series, Study
from cases.pseudonyms import Kind
from cases.queries.told import pseudonyms, told_date
from dicomweb.adapters.pixels import sent_syntax
from dicomweb.answers import JsonObject, json_object
from dicomweb.queries import (
    Counts,
    Found,
    Scope,
    age_string,
    is_told_of_patients,
    patient_id,
    search_instances,
    search_series,
    search_studies,
    series_counts,
    study_counts,
)
from dicomweb.search import Level, Search, SearchError, parse_search
from dicomweb.views.base import Address, DicomWebView, Refused, dicom_json, open_study

_MORE = "There are additional results that can be requested"
# Attributes that must be there (PS3.18 table 10.6.3-3) and are empty for everybody.
_EMPTY = dict.fromkeys(["AccessionNumber", "PatientBirthDate", "ReferringPhysicianName", "StudyID", "StudyTime"], "")


class SeriesSearch(DicomWebView):
    """Series, of one study or of all."""

    def get(self, request: Request, **names: str) -> HttpResponse:
        address = Address(**names)
        scope = address.scope
        parent = open_study(request, address.study, scope) if address.study else None
        search = parsed(request, Level.SERIES, ["StudyInstanceUID"] if parent else [])
        found = search_series(acting_user(request), search, scope, parent.pk if parent else None)
        return _answer(request, search, found, _series_results)


class InstanceSearch(DicomWebView):
    """Instances, of one series, one study or all."""

    def get(self, request: Request, **names: str) -> HttpResponse:
        address = Address(**names)
        scope = address.scope
        parent = open_study(request, address.study, scope) if address.study else None
        fixed = ["StudyInstanceUID"] * bool(address.study) + ["SeriesInstanceUID"] * bool(address.series)
        search = parsed(request, Level.INSTANCE, fixed)
        series_pk = (pseudonyms().pk_of(Kind.SERIES, address.series) or 0) if address.series else None
        found = search_instances(acting_user(request), search, scope, parent.pk if parent else None, series_pk)
        return _answer(request, search, found, _instance_results)


def find_studies(request: Request, scope: Scope) -> HttpResponse:
    """The studies that match the request's query."""
    search = parsed(request, Level.STUDY)
    return _answer(request, search, search_studies(acting_user(request), search, scope), _study_results)


def parsed(request: Request, level: Level, fixed: list[str] | None = None) -> Search:
    """The request's query; Refused with the sentence when it cannot be understood."""
    pairs = [(name, value) for name, values in request.query_params.lists() for value in values if name != "accept"]
    try:
        return parse_search(pairs, level, without=fixed or [])
    except SearchError as error:
        raise Refused(str(error)) from error


Results = Callable[[str, User, Found, Search], Iterator[dict[str, object]]]


def _answer(request: Request, search: Search, found: Found, results: Results) -> HttpResponse:
    warnings = [*search.warnings, *([_MORE] if found.has_more else [])]
    rows = results(root_of(request), acting_user(request), found, search)
    return dicom_json(request, _objects(rows), warnings)


def _objects(rows: Iterator[dict[str, object]]) -> Iterator[JsonObject]:
    for row in rows:
        yield json_object(row)


def _study_results(root: str, user: User, found: Found, search: Search) -> Iterator[dict[str, object]]:
    counts = study_counts(study.pk for study in found.rows)
    for study in found.rows:
        has = counts.get(study.pk, Counts())
        row = {
            **_of_study(root, user, study),
            "ModalitiesInStudy": has.modalities,
            "NumberOfStudyRelatedSeries": has.series,
            "NumberOfStudyRelatedInstances": has.images,
        }
        yield {**row, **_more_of_study(user, study, search)}


def _series_results(root: str, user: User, found: Found, search: Search) -> Iterator[dict[str, object]]:
    counts = series_counts(series.pk for series in found.rows)
    for series in found.rows:
        row = {
            **_of_study(root, user, series.study),
            **_of_series(root, series),
            "NumberOfSeriesRelatedInstances": counts[series.pk],
        }
        yield {**row, **_more_of_study(user, series.study, search)}


def _instance_results(root: str, user: User, found: Found, search: Search) -> Iterator[dict[str, object]]:
    for image in found.rows:
        row = {
            **_of_study(root, user, image.series.study),
            **_of_series(root, image.series),
            **_of_instance(root, image),
        }
        yield {**row, **_more_of_study(user, image.series.study, search)}


def _of_study(root: str, user: User, study: Study) -> dict[str, object]:
    patient = patient_id(user, study)
    is_told = is_told_of_patients(user)
    uid = pseudonyms().uid_of(Kind.STUDY, study.pk)
    return {
        **_EMPTY,
        "StudyDate": told_date(study) if is_told else None,
        "StudyInstanceUID": uid,
        "PatientID": patient,
        "PatientName": patient,
        "PatientSex": study.sex if is_told else "",
        "InstanceAvailability": "ONLINE",
        "RetrieveURL": retrieve_url(root, uid),
    }


def _more_of_study(user: User, study: Study, search: Search) -> dict[str, object]:
    """What comes only when it is asked for."""
    age = age_string(study.age) if is_told_of_patients(user) else ""
    more = {"PatientAge": age, "BodyPartExamined": study.body_part}
    return {keyword: value for keyword, value in more.items() if search.wants_all or keyword in search.fields}


def _of_series(root: str, series: Series) -> dict[str, object]:
    study_uid = pseudonyms().uid_of(Kind.STUDY, series.study_id)
    uid = pseudonyms().uid_of(Kind.SERIES, series.pk)
    return {
        "SeriesInstanceUID": uid,
        "Modality": series.modality,
        "SeriesNumber": series.number,
        "RetrieveURL": retrieve_url(root, study_uid, uid),
    }


def _of_instance(root: str, image: Image) -> dict[str, object]:
    return {
        "SOPClassUID": image.sop_class,
        "SOPInstanceUID": pseudonyms().uid_of(Kind.INSTANCE, image.pk),
        "AvailableTransferSyntaxUID": sent_syntax(image.transfer_syntax, is_decoded=image.is_sent_decoded),
        "InstanceNumber": image.instance_number,
        "Rows": image.rows,
        "Columns": image.columns,
        "BitsAllocated": image.bits_allocated,
        "NumberOfFrames": image.frames,
        "ViewPosition": image.view_position,
        "ImageLaterality": image.laterality,
        "RetrieveURL": instance_url(root, image),
    }


def root_of(request: Request) -> str:
    """The address that all studies stand below, as the request's own host names it."""
    return request.build_absolute_uri(reverse("dicomweb:studies"))


def retrieve_url(root: str, study: str, series: str = "", instance: str = "") -> str:
    """Where the study, series or instance can be retrieved, below the ``root`` of the request."""
    path = f"{root}/{study}"
    path += f"/series/{series}" if series else ""
    return path + (f"/instances/{instance}" if instance else "")


def instance_url(root: str, image: Image) -> str:
    """Where an instance can be retrieved."""
    names = pseudonyms()
    study, series = image.series.study_id, image.series_id
    uids = (names.uid_of(Kind.STUDY, study), names.uid_of(Kind.SERIES, series), names.uid_of(Kind.INSTANCE, image.pk))
    return retrieve_url(root, *uids)
