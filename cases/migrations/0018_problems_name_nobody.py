"""What runs of before refused or remarked names nobody: files and studies as they are told today, but for the number of a file,
which only whoever holds the files could say. Names of files that came through the browser go where their import has succeeded.
"""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import migrations
from django.db.models import CharField
from django.db.models.functions import Cast

_AT_ONCE = 1_000
_IDENTIFIERS = {"study_id", "patient_id", "identifier", "id", "uid"}
# The sentences in which a name stood, told as "study" or "file".
_SENTENCES = [
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"^The report of study (?P<study>.+?) (?:differs from the one stored|is empty: it is kept)",
        r" differs from the one stored for study (?P<study>.+), wh(?:ich|o) is kept\.$",
        r"^Study (?P<study>.+?) stays a patient of its own",
        r"study_id '(?P<study>.+)' stands on line \d+ already",
        r"^The picture (?P<file>.+?) lies at (?P<place>.+) already; it is taken from there\.$",
        r"^The manifest names (?P<file>.+), which is not among the files",
        r"^Passed over, [\d,]+ in all, since they are [^:]+: (?P<files>.+)\.$",
        r"^There is nothing at '(?P<file>.+)'; give a folder",
        r"^The folder '(?P<file>.+)' cannot be listed",
        r"^'(?P<file>.+)' (?:is a damaged zip|is not of the layout|brings the files to|is gone or empty)",
    )
]
Tell = Callable[[str], str]


def name_nobody(apps: Any, _schema_editor: Any) -> None:
    """A site whose studies came in under another key has no pseudonyms here: "…" stands for what may name somebody."""
    from cases.gate.header.pseudonyms import SiteKey
    from cases.gate.told_names import id_names_somebody  # half a second of words, which only an upgrade should pay

    keys = {}
    for site in apps.get_model("cases", "Site").objects.all():
        key = SiteKey.of(settings.PSEUDONYM_KEY, site.code)
        keys[site.pk] = key if site.key_check in {"", key.check_value()} else None

    def of_site(site: int) -> Tell:
        key = keys[site]
        return lambda name: (key.study(name) if key else "…") if id_names_somebody(name) else name

    runs = apps.get_model("cases", "ImportRun").objects
    sites = dict(runs.values_list("pk", "site_id"))
    problems = apps.get_model("core", "RunProblem").objects.filter(run__in=sites)
    for some in _batches(problems):
        for one in some:
            _tell(one, of_site(sites[one.run_id]))
        problems.bulk_update(some, ["where", "value", "message"])
    for some in _batches(runs.exclude(message="").only("message", "site")):
        for run in some:
            runs.filter(pk=run.pk).update(message=_told_sentence(run.message, of_site(run.site_id)))
    _failed_reports(apps, [key for key in keys.values() if key], id_names_somebody)
    files = apps.get_model("cases", "UploadedFile").objects.filter(upload__import_run__state="succeeded")
    files.update(name=Cast("pk", CharField()))


def _tell(problem: Any, study: Tell) -> None:
    from cases.contribution import hidden
    from cases.gate.columns import may_name
    from cases.gate.told_names import told_name

    problem.where = told_name(problem.where)
    problem.message = _told_sentence(problem.message, study)
    if problem.field in _IDENTIFIERS and may_name(problem.value):
        problem.value = hidden(problem.value)


def _told_sentence(sentence: str, study: Tell) -> str:
    from cases.gate.told_names import told_name

    tells = {
        "study": study,
        "file": told_name,
        "place": told_name,
        "files": lambda names: ", ".join(map(told_name, names.split(", "))),
    }
    for pattern in _SENTENCES:
        if match := pattern.search(sentence):
            for group in reversed(match.groupdict()):
                begin, end = match.span(group)
                sentence = sentence[:begin] + tells[group](sentence[begin:end]) + sentence[end:]
            break
    return sentence


def _failed_reports(apps: Any, keys: list[Any], names_somebody: Callable[[str], bool]) -> None:
    """Runs that read reports tell where they failed by the study alone, of whichever site."""
    studies = apps.get_model("cases", "Study").objects
    problems = apps.get_model("core", "RunProblem").objects.filter(run__kind="extraction")
    for some in _batches(problems):
        named = [one for one in some if names_somebody(one.where)]
        told = [key.study(one.where) for one in named for key in keys]
        known = set(studies.filter(study_id__in=told).values_list("study_id", flat=True))
        for one in named:
            one.where = next((name for key in keys if (name := key.study(one.where)) in known), "…")
        problems.bulk_update(named, ["where"])


def _batches(rows: Any) -> Any:
    last = 0
    while some := list(rows.filter(pk__gt=last).order_by("pk")[:_AT_ONCE]):
        last = some[-1].pk
        yield some


class Migration(migrations.Migration):
    dependencies = [("cases", "0017_which_masking"), ("core", "0002_append_only_events")]

    operations = [migrations.RunPython(name_nobody, migrations.RunPython.noop)]
