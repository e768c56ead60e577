"""Reads: which studies a program may see for the person whose token it has, and what a search finds among them.

What a search tells stands in rows; nothing of it is a hospital's own identifier. A reader meets the studies of their live
cases in open rounds, each as a patient of its own, so that no search tells which belong together.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import User
from benchmarks.models import Label
from cases.models import Image, Series, Study
from cases.queries import site_key
from cases.visibility import hidden_studies
from dicomweb.pseudonyms import Kind, Pseudonyms
from dicomweb.search import Level, Match, Search
from labeling.models import RoundState
from labeling.queries import is_held, slots_of
from labeling.queries.sealing import sealed_rounds

MAX_AGE = 89  # years; an older patient is told as of this age and one more (45 CFR 164.514(b)(2)(i)(C))


@dataclass(frozen=True)
class Scope:
    """The part of the studies that an address is about: those of a benchmark's pool from one site; empty is all."""

    benchmark: str = ""
    site: str = ""


@dataclass(frozen=True)
class Found:
    """One page of results: rows in order, and whether there are more."""

    rows: list[Any]
    has_more: bool


@cache
def _pseudonyms(key: str) -> Pseudonyms:
    return Pseudonyms(f"dicomweb\0{key}".encode())


def pseudonyms() -> Pseudonyms:
    """The names that rows have outside, under the installation's key."""
    return _pseudonyms(settings.PSEUDONYM_KEY)


def studies_open_to(user: User | AnonymousUser, scope: Scope = Scope()) -> QuerySet[Study]:
    """The studies with DICOM images that this person may have: curators and admins those they may list, readers those
    of their live cases in open rounds, unless patient data was seen in them or a frozen release sealed their round.
    """
    if not isinstance(user, User) or not user.is_active:
        return Study.objects.none()
    images = shown_images().filter(series__study=OuterRef("pk"))
    studies = Study.objects.visible_to(user) if user.is_curator else _assigned_to(user)
    if scope.benchmark:
        studies = studies.filter(pool_entries__benchmark__slug=scope.benchmark)
    if scope.site:
        studies = studies.filter(site__code=scope.site)
    return studies.filter(Exists(images))


def shown_images() -> QuerySet[Image]:
    """The images that DICOMweb tells of: those that came as DICOM (a PNG has no instance) and that the gate does not hold,
    which curators decide about on the pages.
    """
    return Image.objects.past_the_gate().exclude(transfer_syntax="")


def _assigned_to(reader: User) -> QuerySet[Study]:
    slots = slots_of(reader).filter(round__state=RoundState.OPEN).exclude(round__in=sealed_rounds())
    mine = slots.values("round_study__study")
    return Study.objects.filter(pk__in=mine).exclude(is_held(OuterRef("pk"))).exclude(hidden_studies())


def patient_id(user: User | AnonymousUser, study: Study) -> str:
    """The patient as this person is told: to curators the same for all studies of one, to readers one per study."""
    if isinstance(user, User) and user.is_curator:
        return pseudonyms().patient_id(Kind.PATIENT, study.patient_id)
    return pseudonyms().patient_id(Kind.PATIENT_OF_ONE_STUDY, study.pk)


def age_string(age: int | None) -> str:
    """An age in years as a DICOM AS, the oldest told as one; empty when unknown."""
    return "" if age is None else f"{min(age, MAX_AGE + 1):03}Y"


def told_date(study: Study) -> date | None:
    """The day of a study as it is told, earlier by as many days as all dates of the patient; None where it is unknown."""
    if study.study_date is None:
        return None
    return study.study_date - timedelta(days=site_key(study.site.code).days_back(study.patient.pseudonym))


def search_studies(user: User, search: Search, scope: Scope) -> Found:
    """The studies that match, in the order they came in."""
    studies = _matching_studies(user, search.matches, scope).select_related("site", "patient")
    return _page(studies.order_by("pk"), search)


def search_series(user: User, search: Search, scope: Scope, study: int | None = None) -> Found:
    """The series with DICOM images that match, of one study (by primary key) or of all, with their studies."""
    images = shown_images().filter(series=OuterRef("pk"))
    series = Series.objects.filter(Exists(images), _series_filter(search.matches)).select_related(
        "study__site", "study__patient"
    )
    return _page(_within(series, "study", user, search, scope, study).order_by("pk"), search)


def search_instances(
    user: User, search: Search, scope: Scope, study: int | None = None, series: int | None = None
) -> Found:
    """The instances that match, of one series, one study or all, with their series and studies."""
    found = shown_images().filter(_series_filter(search.matches, "series__"), _image_filter(search.matches))
    if series is not None:
        found = found.filter(series=series)
    found = _within(found, "series__study", user, search, scope, study).select_related(
        "series__study__site", "series__study__patient"
    )
    return _page(found.order_by("series", "instance_number", "pk"), search)


def study_counts(studies: Iterable[int]) -> dict[int, tuple[list[str], int, int]]:
    """Of each study: its modalities, how many series and how many instances it has that are DICOM. Two queries."""
    keys = list(studies)
    images = shown_images().filter(series__study__in=keys).values("series__study")
    counts = images.annotate(series_count=Count("series", distinct=True), image_count=Count("pk")).order_by()
    modalities: dict[int, set[str]] = defaultdict(set)
    for study, modality in Series.objects.filter(study__in=keys).values_list("study", "modality"):
        modalities[int(study)].add(modality)
    return {
        int(row["series__study"]): (
            sorted(filter(None, modalities[int(row["series__study"])])),
            row["series_count"],
            row["image_count"],
        )
        for row in counts
    }


def series_counts(series: Iterable[int]) -> dict[int, int]:
    """How many DICOM instances each of these series has."""
    images = shown_images().filter(series__in=list(series)).values("series")
    return {int(row["series"]): row["n"] for row in images.annotate(n=Count("pk")).order_by()}


def study_named(user: User, uid: str, scope: Scope) -> Study | None:
    """The study of this name, if this person may have it."""
    pk = pseudonyms().pk_of(Kind.STUDY, uid)
    if pk is None:
        return None
    return studies_open_to(user, scope).filter(pk=pk).select_related("site", "patient").first()


def images_named(study: Study, series_uid: str = "", instance_uid: str = "") -> QuerySet[Image]:
    """The DICOM images of a study that the caller may have, of one series or one instance where these are named."""
    images = shown_images().filter(series__study=study).select_related("series__study__site")
    for kind, uid, lookup in ((Kind.SERIES, series_uid, "series"), (Kind.INSTANCE, instance_uid, "pk")):
        if uid:
            images = images.filter(**{lookup: pseudonyms().pk_of(kind, uid)})
    return images.order_by("series", "instance_number", "pk")


def _matching_studies(user: User, matches: Sequence[Match], scope: Scope) -> QuerySet[Study]:
    studies = studies_open_to(user, scope)
    for match in matches:
        if match.key.level == Level.STUDY and match.dates is None:
            studies = studies.filter(_study_condition(user, match))
    for match in matches:  # last, as the days that are told are in no column
        if match.dates is not None:
            studies = studies.filter(pk__in=_told_between(studies, *match.dates))
    return studies


def _told_between(studies: QuerySet[Study], first: date | None, last: date | None) -> list[int]:
    """The studies whose day, as it is told, lies between the two, each of which may be open. Looks at every study."""
    rows = studies.exclude(study_date=None).select_related("site", "patient")
    days = ((study.pk, told_date(study)) for study in rows.iterator())
    return [pk for pk, day in days if day and (first or day) <= day <= (last or day)]


def _study_condition(user: User, match: Match) -> Q:
    names = pseudonyms()
    keyword, values = match.key.keyword, match.values
    if match.key.kind == "removed":
        return Q(pk__in=[])  # what is empty for everybody matches no value
    if keyword == "StudyInstanceUID":
        return Q(pk__in=_pks(Kind.STUDY, values))
    if keyword == "PatientID":
        if user.is_curator:
            return Q(patient=names.patient_pk(Kind.PATIENT, values[0]))
        return Q(pk=names.patient_pk(Kind.PATIENT_OF_ONE_STUDY, values[0]))
    if keyword == "PatientSex":
        return _text("sex", match)
    modalities = Series.objects.filter(_text("modality", match), study=OuterRef("pk"))
    return Q(Exists(modalities))


def _series_filter(matches: Sequence[Match], prefix: str = "") -> Q:
    condition = Q()
    for match in matches:
        if match.key.level != Level.SERIES:
            continue
        if match.key.kind == "removed":
            condition &= Q(pk__in=[])
        elif match.key.kind == "uid":
            condition &= Q(**{f"{prefix}pk__in": _pks(Kind.SERIES, match.values)})
        elif match.key.kind == "number":
            condition &= Q(**{f"{prefix}number": int(match.values[0])})
        else:
            field = "modality" if match.key.keyword == "Modality" else "study__body_part"
            condition &= _text(f"{prefix}{field}", match)
    return condition


_IMAGE_FIELDS = {
    "InstanceNumber": "instance_number",
    "Rows": "rows",
    "Columns": "columns",
    "NumberOfFrames": "frames",
    "ViewPosition": "view_position",
    "ImageLaterality": "laterality",
}


def _image_filter(matches: Sequence[Match]) -> Q:
    condition = Q()
    for match in matches:
        if match.key.level != Level.INSTANCE:
            continue
        if match.key.kind == "uid":
            condition &= Q(pk__in=_pks(Kind.INSTANCE, match.values))
        elif match.key.kind == "number":
            condition &= Q(**{_IMAGE_FIELDS[match.key.keyword]: int(match.values[0])})
        else:
            condition &= _text(_IMAGE_FIELDS[match.key.keyword], match)
    return condition


def _text(field: str, match: Match) -> Q:
    if match.has_wildcards:
        return Q(**{f"{field}__regex": match.pattern})
    return Q(**{field: match.values[0]})


def _pks(kind: Kind, uids: Iterable[str]) -> list[int]:
    found = (pseudonyms().pk_of(kind, uid) for uid in uids)
    return [pk for pk in found if pk is not None]


def _within(
    rows: QuerySet[Any], path: str, user: User, search: Search, scope: Scope, study: int | None
) -> QuerySet[Any]:
    """Rows of the studies that match and that this person may have."""
    studies = _matching_studies(user, search.matches, scope)
    if study is not None:
        studies = studies.filter(pk=study)
    return rows.filter(**{f"{path}__in": studies.values("pk")})


def _page(rows: QuerySet[Any], search: Search) -> Found:
    found = list(rows[search.offset : search.offset + search.limit + 1])
    return Found(found[: search.limit], len(found) > search.limit)


def original_uids(study: Study) -> dict[str, str]:
    """The names outside of the study, its series and its instances by the UIDs that the hospital gave."""
    names = pseudonyms()
    found = {study.study_uid: names.uid_of(Kind.STUDY, study.pk)}
    for pk, uid, series_pk, series_uid in Image.objects.filter(series__study=study).values_list(
        "pk", "sop_uid", "series", "series__series_uid"
    ):
        found[series_uid] = names.uid_of(Kind.SERIES, series_pk)
        found[uid] = names.uid_of(Kind.INSTANCE, pk)
    return found


def forbidden_words(study: Study) -> tuple[str, ...]:
    """What no header may say: the labels of the benchmarks that the study is for, under all their names."""
    labels = Label.objects.filter(taxonomy__benchmark__pool_entries__study=study).values_list("name", "synonyms")
    return tuple({word for name, synonyms in labels for word in (name, *synonyms)})
