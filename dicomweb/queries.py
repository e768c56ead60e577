"""Reads: which studies a program may see for the person whose token it has, and what a search finds among them.

What a search tells stands in rows; nothing of it is a hospital's own identifier. A reader meets the studies of their live
cases in open rounds, each as a patient of its own, so that no search tells which belong together.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from benchmarks.models import Benchmark, Label
from cases.gate.header.technique import telling_words
from cases.models import GateFinding, Image, Series, Site, Study
from cases.pseudonyms import Kind
from cases.queries.keys import refuse_to_tell
from cases.queries.told import pseudonyms, told_date
from cases.visibility import hidden_studies, hiding_rules
from core.prepared import PreparedRows, text
from dicomweb.search import Level, Match, Search
from labeling.models import RoundState
from labeling.queries import is_case_held, slots_of
from labeling.queries.sealing import sealed_rounds

# The fields that results are made of: a page of studies brings no metadata, one of instances no hashes.
_TOLD_OF_STUDY = ("age", "sex", "body_part", "study_date", "patient__pseudonym", "site__code", "site__key_check")
_TOLD_OF_IMAGE = (
    *(
        "sop_class",
        "transfer_syntax",
        "mask",
        "has_surplus",
        "instance_number",
        "rows",
        "columns",
        "bits_allocated",
        "frames",
    ),
    *("view_position", "laterality"),
)
# The fields that retrieving takes: what lies where, what is masked, and what a header is renamed by.
_RETRIEVED = (
    *(
        "sha256",
        "transfer_syntax",
        "mask",
        "has_surplus",
        "frames",
        "instance_number",
        "thumbnail_sha256",
        "series__number",
    ),
    *("series__study__study_uid", "series__study__patient__pseudonym", "series__study__site__code"),
    "series__study__site__key_check",
)
MAX_AGE = 89  # years; an older patient is told as of this age and one more (45 CFR 164.514(b)(2)(i)(C))


@dataclass(frozen=True)
class Scope:
    """The part of the studies that an address is about: those of a benchmark's pool from one site, by primary key (a
    plan by the names would not know how many these are); None is all.
    """

    benchmark: int | None = None
    site: int | None = None


@dataclass(frozen=True)
class Found:
    """One page of results: rows in order, and whether there are more."""

    rows: list[Any]
    has_more: bool


@dataclass(frozen=True)
class Counts:
    """What a study has of DICOM that is shown: its modalities in order, series and instances."""

    modalities: tuple[str, ...] = ()
    series: int = 0
    images: int = 0


def scope_named(benchmark: str, site: str) -> Scope | None:
    """The scope of an address that names a benchmark and a site; None where one of them is not there."""
    found = _scope.first(benchmark, site)
    return Scope(*found) if found and all(found) else None


_scope = PreparedRows[tuple[int, int | None]](
    lambda benchmark, site: Benchmark.objects.filter(slug=benchmark).values_list(
        "pk", Subquery(Site.objects.filter(code=site).values("pk"))
    ),
    2,
    kinds=[text, text],
)


def studies_open_to(user: User | AnonymousUser, scope: Scope = Scope()) -> QuerySet[Study]:
    """The studies with DICOM images that this person may have: curators and admins those they may list, readers those
    of their live cases in open rounds, unless patient data was seen in them or a frozen release sealed their round.
    """
    series = Series.objects.filter(study=OuterRef("pk"), is_dicom=True)
    return _allowed(user, scope).filter(Exists(series)).exclude(_held_whole())


def _allowed(user: User | AnonymousUser, scope: Scope) -> QuerySet[Study]:
    """What ``studies_open_to`` finds, and studies without an image that is shown."""
    if not isinstance(user, User) or not user.is_active:
        return Study.objects.none()
    if user.is_contributor:  # who stores, and reads nothing
        return Study.objects.none()
    studies = Study.objects.visible_to(user) if user.is_curator else _assigned_to(user)
    if scope.benchmark is not None:
        studies = studies.filter(pool_entries__benchmark=scope.benchmark)
    if scope.site is not None:
        studies = studies.filter(site=scope.site)
    return studies


@cache
def _held_whole() -> Exists:
    """Whether the gate holds all images of a study. Asked by the few findings that hold, not by the many images; made
    once, as that takes longer than the database takes to answer.
    """
    holding = GateFinding.objects.holding().filter(study=OuterRef("pk"), image__isnull=False)
    return Exists(holding.filter(~Exists(shown_images().filter(series__study=OuterRef("study")))))


def shown_images() -> QuerySet[Image]:
    """The images that DICOMweb tells of: those that came as DICOM (a PNG has no instance) and that the gate does not hold,
    which curators decide about on the pages.
    """
    return Image.objects.past_the_gate().exclude(transfer_syntax="")


def _assigned_to(reader: User) -> QuerySet[Study]:
    slots = slots_of(reader).filter(round__state=RoundState.OPEN).exclude(round__in=sealed_rounds())
    mine = slots.filter(~is_case_held()).values("round_study__study")
    return Study.objects.filter(pk__in=mine).exclude(hidden_studies())


def is_told_of_patients(user: User | AnonymousUser) -> bool:
    """Whether this person is told what is known of a patient beyond a pseudonym, and of days: readers judge blind to it."""
    return isinstance(user, User) and user.is_curator


def patient_id(user: User | AnonymousUser, study: Study) -> str:
    """The patient as this person is told: to curators the same for all studies of one, to readers one per study."""
    if is_told_of_patients(user):
        return pseudonyms().patient_id(Kind.PATIENT, study.patient_id)
    return pseudonyms().patient_id(Kind.PATIENT_OF_ONE_STUDY, study.pk)


def age_string(age: int | None) -> str:
    """An age in years as a DICOM AS, the oldest told as one; empty when unknown."""
    return "" if age is None else f"{min(age, MAX_AGE + 1):03}Y"


def search_studies(user: User, search: Search, scope: Scope) -> Found:
    """The studies that match, in the order they came in, with what a result tells of them."""
    studies = _matching(studies_open_to(user, scope), user, search.matches)
    return _page(studies, search, ("pk",), _TOLD_OF_STUDY)


def search_series(user: User, search: Search, scope: Scope, study: int | None = None) -> Found:
    """The series with DICOM images that match, of one study (by primary key) or of all, with their studies."""
    images = shown_images().filter(series=OuterRef("pk"))
    series = Series.objects.filter(Exists(images), _series_filter(search.matches))
    told = ("number", "modality", *_below("study", _TOLD_OF_STUDY))
    return _page(_within(series, "study", user, search, scope, study), search, ("pk",), told)


def search_instances(
    user: User, search: Search, scope: Scope, study: int | None = None, series: int | None = None
) -> Found:
    """The instances that match, of one series, one study or all, with their series and studies."""
    found = shown_images().filter(_series_filter(search.matches, "series__"), _image_filter(search.matches))
    if series is not None:
        found = found.filter(series=series)
    order = ("series_id", "instance_number", "pk")
    told = (*_TOLD_OF_IMAGE, "series__number", "series__modality", *_below("series__study", _TOLD_OF_STUDY))
    return _page(_within(found, "series__study", user, search, scope, study), search, order, told)


def study_counts(studies: Iterable[int]) -> dict[int, Counts]:
    """What each of these studies has. One query."""
    images = shown_images().filter(series__study__in=list(studies))
    rows = images.values_list("series__study", "series_id", "series__modality").annotate(n=Count("pk")).order_by()
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for study, _, modality, n in rows:
        found[study].append((modality, n))
    return {
        study: Counts(tuple(sorted({name for name, _ in series if name})), len(series), sum(n for _, n in series))
        for study, series in found.items()
    }


def series_counts(series: Iterable[int]) -> dict[int, int]:
    """How many DICOM instances each of these series has."""
    images = shown_images().filter(series__in=list(series)).values("series")
    return {int(row["series"]): row["n"] for row in images.annotate(n=Count("pk")).order_by()}


def study_named(user: User, uid: str, scope: Scope) -> Study | None:
    """The study of this name, if this person may have it. Raises KeyChangedError where it came in under another key."""
    pk = pseudonyms().pk_of(Kind.STUDY, uid)
    if pk is None:
        return None
    study = studies_open_to(user, scope).filter(pk=pk).select_related("site", "patient").first()
    if study is not None:
        refuse_to_tell(study.site)
    return study


def images_named(
    user: User, study_uid: str, series_uid: str = "", instance_uid: str = "", *, benchmark: str = "", site: str = ""
) -> list[Image]:
    """The DICOM images of a study that this person may have, with the study, its site and patient; of one series or one
    instance, and of a benchmark's pool from one site, where these are named. None where there is no such thing or it is
    not open to the person. One query. Raises KeyChangedError where the study came in under another key.
    """
    if not isinstance(user, User) or not user.is_active or user.is_contributor:
        return []
    names = [(Kind.STUDY, study_uid), (Kind.SERIES, series_uid), (Kind.INSTANCE, instance_uid)]
    pks = {kind: pseudonyms().pk_of(kind, uid) for kind, uid in names if uid}
    if None in pks.values():
        return []
    ask = _images(user.role, tuple(pks), is_scoped=bool(benchmark))
    found = ask(*([benchmark, site] if benchmark else []), *pks.values(), *([] if user.is_curator else [user.pk]))
    if found:
        refuse_to_tell(found[0].series.study.site)
    return found


@cache
def _images(role: str, named: tuple[Kind, ...], *, is_scoped: bool) -> PreparedRows[Image]:
    """What ``images_named`` asks for people of this role: with a benchmark and a site where it ``is_scoped``, with the
    primary keys of what is named, and with a reader's own.
    """
    is_of_readers = not User(role=role).is_curator

    def build(*values: Any) -> QuerySet[Image]:
        rest = list(values)
        scope = {"pool_entries__benchmark__slug": rest.pop(0), "site__code": rest.pop(0)} if is_scoped else {}
        user = User(pk=rest.pop() if is_of_readers else None, role=role)
        pks = dict(zip(named, rest, strict=True))
        studies = _allowed(user, Scope()).filter(pk=pks[Kind.STUDY], **scope)
        images = shown_images().filter(series__study__in=studies.values("pk"))
        if Kind.SERIES in pks:
            images = images.filter(series=pks[Kind.SERIES])
        if Kind.INSTANCE in pks:
            images = images.filter(pk=pks[Kind.INSTANCE])
        images = images.select_related("series__study__site", "series__study__patient").only(*_RETRIEVED)
        return images.order_by("series__number", "series_id", "instance_number", "pk")

    texts = [text, text] if is_scoped else []
    return PreparedRows(build, len(texts) + len(named) + is_of_readers, hiding_rules, texts)


def _matching(studies: QuerySet[Study], user: User, matches: Sequence[Match]) -> QuerySet[Study]:
    for match in matches:
        if match.key.level == Level.STUDY and match.dates is None and not _is_of_patients_like(match):
            studies = studies.filter(_study_condition(user, match))
    for match in matches:  # last, as pseudonyms and the days that are told are in no column
        if _is_of_patients_like(match):
            studies = studies.filter(pk__in=_of_patients_like(studies, user, match.pattern))
        if match.dates is not None:
            told = _told_between(studies, *match.dates) if is_told_of_patients(user) else ()
            studies = studies.filter(pk__in=told)
    return studies


def _is_of_patients_like(match: Match) -> bool:
    return match.key.kind == "identifier" and bool(match.pattern)


def _of_patients_like(studies: QuerySet[Study], user: User, pattern: str) -> list[int]:
    """The studies whose patient's pseudonym, as this person is told it, fits the pattern. Looks at every study."""
    names, fits = pseudonyms(), re.compile(pattern)
    kind, field = (Kind.PATIENT, "patient") if is_told_of_patients(user) else (Kind.PATIENT_OF_ONE_STUDY, "pk")
    rows = list(studies.values_list("pk", field))
    fitting = {row for row in {row for _, row in rows} if fits.match(names.patient_id(kind, row))}
    return [pk for pk, row in rows if row in fitting]


def _told_between(studies: QuerySet[Study], first: date | None, last: date | None) -> list[int]:
    """The studies whose day, as it is told, lies between the two, each of which may be open. Looks at every study."""
    rows = studies.exclude(study_date=None).select_related("site", "patient")
    days = ((study.pk, told_date(study)) for study in rows.iterator())
    return [pk for pk, day in days if day and (first or day) <= day <= (last or day)]


def _study_condition(user: User, match: Match) -> Q:
    names = pseudonyms()
    keyword, values = match.key.keyword, match.values
    if match.key.kind == "removed" or (keyword == "PatientSex" and not is_told_of_patients(user)):
        return Q(pk__in=[])  # what is empty for everybody, or for this person, matches no value
    if keyword == "StudyInstanceUID":
        return Q(pk__in=_pks(Kind.STUDY, values))
    if keyword == "PatientID":
        if is_told_of_patients(user):
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
        if match.key.keyword == "SOPInstanceUID":
            condition &= Q(pk__in=_pks(Kind.INSTANCE, match.values))
        elif match.key.keyword == "SOPClassUID":
            condition &= Q(sop_class__in=match.values)
        elif match.key.kind == "number":
            condition &= Q(**{_IMAGE_FIELDS[match.key.keyword]: int(match.values[0])})
        else:
            condition &= _text(_IMAGE_FIELDS[match.key.keyword], match)
    return condition


def _text(field: str, match: Match) -> Q:
    if match.pattern:
        return Q(**{f"{field}__regex": match.pattern})
    return Q(**{f"{field}__in": match.values})


def _pks(kind: Kind, uids: Iterable[str]) -> list[int]:
    found = (pseudonyms().pk_of(kind, uid) for uid in uids)
    return [pk for pk in found if pk is not None]


def _within(
    rows: QuerySet[Any], path: str, user: User, search: Search, scope: Scope, study: int | None
) -> QuerySet[Any]:
    """Rows of the studies that match and that this person may have."""
    studies = _matching(_allowed(user, scope), user, search.matches)
    if study is not None:
        studies = studies.filter(pk=study)
    return rows.filter(**{f"{path}__in": studies.values("pk")})


def _page(rows: QuerySet[Any], search: Search, order: Sequence[str], told: Sequence[str]) -> Found:
    """The page that is asked for, with the fields ``told``. What stands before it is passed over by its keys alone. Raises
    KeyChangedError where one of its studies came in under another key.
    """
    page = rows.order_by(*order).values("pk")[search.offset : search.offset + search.limit + 1]
    related = {name.rpartition("__")[0] for name in told if "__" in name}
    found = list(rows.model.objects.filter(pk__in=page).select_related(*related).only(*told).order_by(*order))
    for site in {row.site for row in map(_study_of, found)}:
        refuse_to_tell(site)
    return Found(found[: search.limit], len(found) > search.limit)


def _study_of(row: Study | Series | Image) -> Study:
    return row if isinstance(row, Study) else row.study if isinstance(row, Series) else row.series.study


def _below(path: str, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{path}__{name}" for name in names)


def original_uids(study: Study) -> dict[str, str]:
    """The names outside of the study, its series and its instances by the UIDs that the hospital gave."""
    names = pseudonyms()
    found = {study.study_uid: names.uid_of(Kind.STUDY, study.pk)}
    for pk, uid, series_pk, series_uid in _uids_in(study.pk):
        found[series_uid] = names.uid_of(Kind.SERIES, series_pk)
        found[uid] = names.uid_of(Kind.INSTANCE, pk)
    return found


_uids_in = PreparedRows[tuple[int, str, int, str]](
    lambda study: Image.objects.filter(series__study=study).values_list(
        "pk", "sop_uid", "series", "series__series_uid"
    ),
    1,
)


def forbidden_words(study: Study) -> tuple[str, ...]:
    """What no header may say: the labels of the benchmarks that the study is for, under all their names, and the single
    words of these that say more than how a picture is taken.
    """
    names = {one for name, synonyms in _labels_for(study.pk) for one in (name, *synonyms)}
    return tuple(names | {word for name in names for word in telling_words(name)})


_labels_for = PreparedRows[tuple[str, list[str]]](
    lambda study: Label.objects.filter(taxonomy__benchmark__pool_entries__study=study).values_list("name", "synonyms"),
    1,
)
