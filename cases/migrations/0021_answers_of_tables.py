"""Columns of tables that tell what readers are to find go: Open-i's MeSH terms and Problems, and their like."""

from typing import Any

from django.db import migrations

_AT_ONCE = 1_000


def without_answers(apps: Any, _schema_editor: Any) -> None:
    """Takes them out of what is stored with studies."""
    from cases.gate.columns import holds_answers  # half a second of words, which only an upgrade should pay

    studies = apps.get_model("cases", "Study").objects.exclude(metadata={}).only("metadata")
    last = 0
    while some := list(studies.filter(pk__gt=last).order_by("pk")[:_AT_ONCE]):
        last = some[-1].pk
        changed = [one for one in some if any(map(holds_answers, one.metadata))]
        for one in changed:
            one.metadata = {name: cell for name, cell in one.metadata.items() if not holds_answers(name)}
        studies.model.objects.bulk_update(changed, ["metadata"])


class Migration(migrations.Migration):
    dependencies = [("cases", "0020_frames_of_findings")]

    operations = [migrations.RunPython(without_answers, migrations.RunPython.noop)]
