"""Reads: lists of studies and imports, one study whole, who may look at it, and what an import refused."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.models import User
from benchmarks.models import Benchmark
from cases.adapters.report_files import OWN_PATIENT
from cases.gate.header.pseudonyms import SiteKey
from cases.models import Image, ImportRun, PoolEntry, Report, Series, Site, Study, StudyQuerySet
from cases.visibility import may_view_as_reader
from core.models import Run

PROBLEM_COLUMNS = ("severity", "file", "line", "field", "value", "rule", "message")
STUDY_COLUMNS = ("site", "study_id", "modality", "view_position", "age", "sex", "study_date", "images", "report")
# What a list of studies may be sorted by; the first is its order while nothing is asked.
STUDY_SORTS = {
    "study": ("study_id", "pk"),
    "site": ("site__code", "study_id", "pk"),
    "modality": ("modality", "study_id", "pk"),
    "age": ("age", "study_id", "pk"),
    "date": ("study_date", "study_id", "pk"),
    "added": ("created_at", "pk"),
}
_MAX_SEARCH = 128


@dataclass(frozen=True)
class StudyFilter:
    """What a list of studies is narrowed to; empty fields narrow nothing. ``report`` and ``images`` are yes or no."""

    site: str = ""
    modality: str = ""
    benchmark: str = ""
    q: str = ""
    report: str = ""
    images: str = ""
    sort: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "StudyFilter":
        """The filter an address asks for; unknown sorts and NUL characters are dropped."""
        values = {name: query.get(name, "").replace("\0", "").strip()[:_MAX_SEARCH] for name in cls.__annotations__}
        if values["sort"].lstrip("-") not in STUDY_SORTS:
            values["sort"] = ""
        return cls(**values)

    @property
    def is_empty(self) -> bool:
        """Whether it lets every study through."""
        return not any((self.site, self.modality, self.benchmark, self.q, self.report, self.images))


def filtered_studies(user: User | AnonymousUser, wanted: StudyFilter) -> StudyQuerySet:
    """The studies this person may list, narrowed and sorted, with site and whether they have a report and pictures."""
    images = Exists(Image.objects.filter(series__study=OuterRef("pk")))
    found = (
        Study.objects.visible_to(user)
        .annotate(has_images=images, has_report=Exists(Report.objects.filter(study=OuterRef("pk"))))
        .select_related("site", "patient")
    )
    if wanted.site:
        found = found.filter(site__code=wanted.site)
    if wanted.modality:
        found = found.filter(modality=wanted.modality)
    if wanted.benchmark:
        found = found.filter(pool_entries__benchmark__slug=wanted.benchmark)
    if wanted.q:
        # What may name somebody is stored as a pseudonym alone; who knows the site's own name finds the study by it.
        found = found.filter(
            Q(study_id__icontains=wanted.q) | Q(study_uid=wanted.q) | Q(study_id__in=study_pseudonyms([wanted.q]))
        )
    for name, value in (("has_report", wanted.report), ("has_images", wanted.images)):
        if value in {"yes", "no"}:
            found = found.filter(**{name: value == "yes"})
    order = STUDY_SORTS[wanted.sort.lstrip("-") or "study"]
    return found.order_by(*(f"-{key}" for key in order)) if wanted.sort.startswith("-") else found.order_by(*order)


def image_counts(studies: list[Study]) -> dict[int, int]:
    """How many images each of these studies has, by its id; those without any are missing."""
    counts = Image.objects.filter(series__study__in=studies).values("series__study").annotate(n=Count("pk"))
    return {int(row["series__study"]): row["n"] for row in counts.order_by()}


def study_choices() -> dict[str, list[tuple[str, str]]]:
    """What the filters of the study list offer: (value, words)."""
    modalities = Study.objects.exclude(modality="").order_by("modality").values_list("modality", flat=True).distinct()
    return {
        "site": [(site.code, str(site)) for site in Site.objects.order_by("code")],
        "modality": [(modality, modality) for modality in modalities],
        "benchmark": [(one.slug, one.title) for one in Benchmark.objects.order_by("title")],
    }


def study_whole(user: User | AnonymousUser) -> StudyQuerySet:
    """Studies this person may list, with all that the study's page shows."""
    series = Series.objects.prefetch_related(Prefetch("images", Image.objects.order_by("instance_number", "pk")))
    pool = PoolEntry.objects.select_related("benchmark").order_by("benchmark__title")
    return (
        Study.objects.visible_to(user)
        .select_related("site", "patient", "report")
        .prefetch_related(Prefetch("series", series.order_by("number", "pk")), Prefetch("pool_entries", pool))
    )


def site_key(site_code: str) -> SiteKey:
    """The key that a site's identifiers are mapped with."""
    return SiteKey.of(settings.PSEUDONYM_KEY, site_code)


def study_pseudonyms(names: Iterable[str]) -> dict[str, str]:
    """Each name that a site may give a study by the pseudonyms that it has, one for each site."""
    keys = [site_key(code) for code in Site.objects.values_list("code", flat=True)]
    return {key.study(name): name for name in names for key in keys}


def shown_patient(study: Study) -> str:
    """What pages and the API call the study's patient."""
    patient = study.patient.pseudonym
    return "of this study alone" if patient.startswith(OWN_PATIENT) else patient


def other_studies_of_patient(user: User | AnonymousUser, study: Study) -> list[Study]:
    """The patient's other studies that this person may list, oldest first."""
    person = study.patient.person_id
    others = Study.objects.visible_to(user).filter(Q(patient=person) | Q(patient__same_as=person)).exclude(pk=study.pk)
    others = others.select_related("site", "patient")
    return list(others.order_by("study_date", "study_id"))


def may_view_study(user: User | AnonymousUser, study_pk: int) -> bool:
    """Whether this person may see the study's pictures: curators and admins those they may list, readers those that
    a registered viewing rule opens to them (a case of theirs).
    """
    if not isinstance(user, User) or not user.is_active:
        return False
    if user.is_curator:
        return Study.objects.visible_to(user).filter(pk=study_pk).exists()
    return user.is_reader and may_view_as_reader(user, study_pk)


def import_runs() -> QuerySet[ImportRun]:
    """All imports, newest first."""
    return ImportRun.objects.select_related("benchmark", "site", "created_by").order_by("-pk")


def problem_rows(run: Run) -> list[list[str]]:
    """What the run refused or remarked as rows of text, in the order of `PROBLEM_COLUMNS`."""
    rows = []
    for one in run.problems.all():
        severity = "warning" if one.is_warning else "rejected"
        line = "" if one.line is None else str(one.line)
        rows.append([severity, one.where, line, one.field, one.value, one.kind, one.message])
    return rows


@dataclass(frozen=True)
class StudyName:
    """How a row of another tool's file names a study: the site's identifier or StudyInstanceUID, and maybe the site."""

    line: int
    study_id: str
    site: str = ""


@dataclass(frozen=True)
class NamedStudies:
    """The studies by the row's line, and for the rows that name none, or several, the sentence that says so."""

    studies: dict[int, Study]
    problems: dict[int, str]


def studies_named(benchmark: Benchmark, names: Iterable[StudyName]) -> NamedStudies:
    """The study of the benchmark's pool that each row means. Two queries."""
    names = list(names)
    wanted = {name.study_id for name in names}
    pseudonyms = study_pseudonyms(wanted)
    found: dict[str, list[Study]] = defaultdict(list)
    pool = Study.objects.in_pool_of(benchmark)
    pool = pool.filter(Q(study_id__in=[*wanted, *pseudonyms]) | Q(study_uid__in=wanted))
    for study in pool.select_related("site"):
        for key in {study.study_id, study.study_uid, pseudonyms.get(study.study_id, "")} & wanted:
            found[key].append(study)
    studies: dict[int, Study] = {}
    problems: dict[int, str] = {}
    for name in names:
        fitting = [study for study in found[name.study_id] if name.site in {"", study.site.code}]
        where = f" of site {name.site}" if name.site else ""
        if len(fitting) == 1:
            studies[name.line] = fitting[0]
        elif not fitting:
            problems[name.line] = (
                f"There is no study {name.study_id!r}{where} in the benchmark {benchmark.slug}; import it first."
            )
        else:
            sites = ", ".join(study.site.code for study in fitting)
            problems[name.line] = f"The study {name.study_id!r} is at several sites ({sites}); add a site column."
    return NamedStudies(studies, problems)
