"""Files and folders that are called by UIDs, which lead back to the examination, are told no more where an import refused them."""

from typing import Any

from django.db import migrations

_AT_ONCE = 1_000
_MAY_HOLD_ONE = r"[0-2](\.[0-9]+){3,}"


def tell_no_uids(apps: Any, _schema_editor: Any) -> None:
    """Tells where each problem was as it is told today: nobody knows any more which number the file had."""
    from cases.gate.told_names import told_name  # half a second of words, which only an upgrade should pay

    runs = apps.get_model("cases", "ImportRun").objects.values("pk")
    problems = apps.get_model("core", "RunProblem").objects.filter(run__in=runs, where__regex=_MAY_HOLD_ONE)
    last = 0
    while some := list(problems.filter(pk__gt=last).order_by("pk").only("where")[:_AT_ONCE]):
        last = some[-1].pk
        for one in some:
            one.where = told_name(one.where)
        problems.model.objects.bulk_update(some, ["where"])


class Migration(migrations.Migration):
    dependencies = [("cases", "0025_what_each_benchmark_asked"), ("core", "0002_append_only_events")]

    operations = [migrations.RunPython(tell_no_uids, migrations.RunPython.noop)]
