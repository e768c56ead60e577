"""What each site contributed, how its studies compare with the whole, and what a benchmark still lacks.

All of it is of studies that the person may list: after a freeze nothing of a holdout is in any figure but an admin's.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Exists, Max, OuterRef, Q

from accounts.models import User
from benchmarks.models import Benchmark
from benchmarks.queries import current_taxonomy, labels_by_key
from cases.gate.checks import Outcome
from cases.models import Contribution, Decision, GateFinding, Image, ImportRun, Report, Study, StudyQuerySet
from core.models import RunProblem
from core.sorting import Table
from llm_extract.models import Suggestion
from llm_extract.queries.suggestions import newest_sets
from sampling.design import SampleDesign, age_band

NOT_SAID = "not said"
OTHERS = "others"
_MOST_VALUES = 8  # of a makers' or views' table; the rarer ones are counted together
_SEXES = {"F": "Female", "M": "Male", "O": "Other", "": NOT_SAID}


@dataclass(frozen=True)
class SitesPage:
    """The tables of the page, and one sentence on what is lacking."""

    contributions: Table
    mixes: Sequence[tuple[str, Table]]
    labels: Table
    lacking: str


@dataclass(frozen=True)
class _Facts:
    """One study as the tables count it."""

    site: str
    patient: int
    sex: str
    age: str
    view: str
    manufacturer: str
    has_report: bool
    has_images: bool


def sites_page(user: User, benchmark: Benchmark) -> SitesPage:
    """Everything the sites page shows of one benchmark, for this person. The same number of queries for any pool."""
    studies = Study.objects.visible_to(user).in_pool_of(benchmark)
    facts = _with_one_spelling(dict(_facts(studies)))
    sites = sorted({one.site for one in facts.values()})
    labels, lacking = _labels(studies, benchmark, facts, sites)
    mixes = [
        ("Sex", _mix("sex", "Sex", facts, sites)),
        ("Age", _mix("age", "Age", facts, sites)),
        ("View", _mix("view", "View", facts, sites)),
        ("Manufacturer", _mix("manufacturer", "Manufacturer", facts, sites)),
    ]
    return SitesPage(_contributions(user, benchmark, facts), mixes, labels, lacking)


def _facts(studies: StudyQuerySet) -> Iterable[tuple[int, _Facts]]:
    rows = studies.annotate(
        has_report=Exists(Report.objects.filter(study=OuterRef("pk"), is_empty=False)),
        has_images=Exists(Image.objects.filter(series__study=OuterRef("pk"))),
    ).values_list(
        *("pk", "site__code", "patient", "sex", "age", "view_position", "manufacturer", "has_report", "has_images")
    )
    for pk, site, patient, sex, age, view, maker, has_report, has_images in rows.order_by().iterator():
        about = (_SEXES.get(sex, NOT_SAID), age_band(age) if age is not None else NOT_SAID)
        yield pk, _Facts(site, patient, *about, view or NOT_SAID, maker or NOT_SAID, has_report, has_images)


def _with_one_spelling(facts: Mapping[int, _Facts]) -> dict[int, _Facts]:
    """The same with each maker as most of its studies spell it: capitals and spaces tell no makers apart."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for one in facts.values():
        spellings[_folded(one.manufacturer)][one.manufacturer] += 1
    told = {key: min(counts, key=lambda name: (-counts[name], name)) for key, counts in spellings.items()}
    return {pk: replace(one, manufacturer=told[_folded(one.manufacturer)]) for pk, one in facts.items()}


def _folded(maker: str) -> str:
    return "".join(maker.casefold().split())


def _contributions(user: User, benchmark: Benchmark, facts: Mapping[int, _Facts]) -> Table:
    columns = (
        *("Site", "Imports", "Attested", "Studies", "Patients", "With pictures", "With report", "Files rejected"),
        *("Gate: waiting", "Gate: rejected", "Gate: remarked", "Last import"),
    )
    by_site: dict[str, list[_Facts]] = defaultdict(list)
    for one in facts.values():
        by_site[one.site].append(one)
    runs = ImportRun.objects.filter(benchmark=benchmark).order_by()
    imports = runs.values("site__code").annotate(n=Count("pk"), last=Max("created_at"))
    asked: dict[str, tuple[int, datetime | None]] = {row["site__code"]: (row["n"], row["last"]) for row in imports}
    attested = _counted(
        Contribution.objects.filter(run__benchmark=benchmark).exclude(agreement="").exclude(attested_by=""),
        "site__code",
    )
    refused = _counted(
        RunProblem.objects.filter(run__in=runs.values("pk"), is_warning=False), "run__importrun__site__code"
    )
    found = _findings(user, benchmark)
    rows = []
    for code in sorted(asked.keys() | by_site.keys()):
        here, (n_imports, last_import) = by_site[code], asked.get(code, (0, None))
        gate = found[code]
        last = last_import.date().isoformat() if last_import else ""
        rows.append(
            (
                *(code, n_imports, attested[code], len(here), len({one.patient for one in here})),
                *(sum(one.has_images for one in here), sum(one.has_report for one in here), refused[code]),
                *(gate["waiting"], gate["rejected"], gate["remarked"], last),
            )
        )
    return Table.of("contributions", columns, rows)


def _counted(rows: object, by: str) -> Counter[str]:
    return Counter({row[by]: row["n"] for row in rows.order_by().values(by).annotate(n=Count("pk"))})  # type: ignore[attr-defined]  # any queryset


def _findings(user: User, benchmark: Benchmark) -> dict[str, Counter[str]]:
    """What the gate found, by site: studies that wait, were rejected, or came in with a remark."""
    is_held = Q(outcome=Outcome.QUARANTINE)
    found = GateFinding.objects.filter(
        Q(benchmark=benchmark) | Q(benchmark=None, run__benchmark=benchmark), study__in=Study.objects.visible_to(user)
    ).order_by()
    rows = found.values("study__site__code").annotate(
        waiting=Count("study", distinct=True, filter=is_held & Q(decision=Decision.OPEN)),
        rejected=Count("study", distinct=True, filter=is_held & Q(decision=Decision.REJECT)),
        remarked=Count("study", distinct=True, filter=~is_held),
    )
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[row["study__site__code"]].update({key: row[key] for key in ("waiting", "rejected", "remarked")})
    return counts


def _mix(name: str, title: str, facts: Mapping[int, _Facts], sites: Sequence[str]) -> Table:
    """How many studies of each site, and of all, have each value, with the share of those that the column counts."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in facts.values():
        counts[getattr(one, name)][one.site] += 1
    order = sorted(counts, key=lambda value: (value == NOT_SAID, -counts[value].total(), value))
    if name == "age":
        order = sorted(counts, key=lambda value: (value == NOT_SAID, value))
    kept = order if len(order) <= _MOST_VALUES + 1 else order[:_MOST_VALUES]
    for value in order[len(kept) :]:
        counts[OTHERS] += counts.pop(value)
    shown = [*kept, *([OTHERS] if OTHERS in counts and OTHERS not in kept else [])]
    totals = Counter(one.site for one in facts.values())
    return _shares(name, title, [(value, counts[value]) for value in shown], totals, sites)


def _shares(
    name: str, title: str, rows: Iterable[tuple[str, Counter[str]]], totals: Counter[str], sites: Sequence[str]
) -> Table:
    """The whole stands first, in sight beside however many sites; those of which nothing is counted are left out."""
    counted = [site for site in sites if totals[site]]
    columns = (title, f"All (n = {totals.total()})", *(f"{site} (n = {totals[site]})" for site in counted))
    cells = [
        (value, _share(count.total(), totals.total()), *(_share(count[site], totals[site]) for site in counted))
        for value, count in rows
    ]
    return Table.of(name, columns, cells)


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.0%})" if whole else "–"


def _labels(
    studies: StudyQuerySet, benchmark: Benchmark, facts: Mapping[int, _Facts], sites: Sequence[str]
) -> tuple[Table, str]:
    """Suggested labels (present or uncertain) by site, beside what a sample of the benchmark's size aims at."""
    taxonomy = current_taxonomy(benchmark)
    sets = newest_sets(taxonomy, studies)
    extracted = Counter(facts[pk].site for pk in sets.values_list("study_id", flat=True) if pk in facts)
    rows = Suggestion.objects.filter(suggestion_set__in=sets).exclude(status="absent").order_by()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    patients: dict[str, set[int]] = defaultdict(set)
    for key, pk in rows.values_list("label__key", "suggestion_set__study_id").distinct():
        if pk in facts:
            counts[key][facts[pk].site] += 1
            patients[key].add(facts[pk].patient)
    size = int(benchmark.settings["sample"]["size"])
    aim = math.ceil(size * SampleDesign(size).label_share - 1e-9)
    names = {key: label.name for key, label in labels_by_key(taxonomy).items()}
    table = _shares("labels", "Label", [(names[key], counts[key]) for key in names], extracted, sites)
    more = [(len(patients[key]), aim, max(0, aim - len(patients[key]))) for key in names]
    whole = Table.of(
        "labels",
        (*table.columns[:2], "Patients", "Wanted for a sample", "Lacking", *table.columns[2:]),
        [(*row[:2], *extra, *row[2:]) for row, extra in zip(table.rows, more, strict=True)],
    )
    short = [names[key] for key in names if len(patients[key]) < aim]
    return whole, _lacking(short, len(names), size, aim)


def _lacking(short: Sequence[str], n_labels: int, size: int, aim: int) -> str:
    wanted = f"A sample of {size:,} studies aims at {aim:,} patients for each label"
    if not short:
        return f"{wanted}; the pool has them for all {n_labels} labels."
    named = ", ".join(short[:6]) + (f" and {len(short) - 6} more" if len(short) > 6 else "")
    return f"{wanted}; the pool has fewer for {len(short)} of {n_labels} labels: {named}."
