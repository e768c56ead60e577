"""What a benchmark alone asks of a picture was found once for all: it is found for each that holds the study."""

from typing import Any

from django.db import migrations

_ASKED_BY_EACH = ("modality", "body_part")
_HOLDING = ("", "reject")


def ask_by_benchmark(apps: Any, _schema_editor: Any) -> None:
    """A finding is of the benchmark of its import. Where another holds the study too, it keeps holding it until somebody
    decides there as well.
    """
    findings = apps.get_model("cases", "GateFinding").objects.filter(check_name__in=_ASKED_BY_EACH, benchmark=None)
    held = apps.get_model("cases", "HeldEntry").objects
    for one in findings.select_related("run").order_by("pk").iterator():
        own, pk = one.run.benchmark_id, one.pk
        findings.filter(pk=pk).update(benchmark=own)
        if one.outcome != "quarantine" or one.decision not in _HOLDING:
            continue
        for other in held.filter(study=one.study_id).exclude(benchmark=own).values_list("benchmark", flat=True):
            one.pk, one.benchmark_id = None, other
            one.save(force_insert=True)


class Migration(migrations.Migration):
    dependencies = [("cases", "0024_findings_of_a_benchmark")]

    operations = [migrations.RunPython(ask_by_benchmark, migrations.RunPython.noop)]
