"""What a verdict brought on its reader's screen, others' reads and the report, is noted when it is shown."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def note_what_was_revealed(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Of cases that were opened again after a verdict: what stood there then, as far as the rows can tell."""
    Slot, Read = apps.get_model("labeling", "Slot"), apps.get_model("labeling", "Read")
    reveals = models.Q(round__semi_collaborative=True) | models.Q(round__show_report="after_verdict")
    slots = Slot.objects.filter(reveals, reads__isnull=False).select_related("round").distinct()
    for slot in slots.iterator(chunk_size=500):
        reads = list(slot.reads.order_by("pk"))
        others = {pk for read in reads for pk in read.shown.get("others", ())}
        opened = slot.opened_at
        if slot.round.semi_collaborative and opened and opened > reads[-1].submitted_at and not reads[-1].is_withdrawal:
            beside = Read.objects.filter(slot__round_study=slot.round_study_id, slot__arm="normal", is_withdrawal=False)
            beside = beside.filter(superseded_by__isnull=True, submitted_at__lte=opened).exclude(slot=slot.pk)
            others.update(beside.values_list("pk", flat=True))
        is_late = slot.round.show_report == "after_verdict" and bool(opened) and opened > reads[0].submitted_at
        revealed = {**({"others": sorted(others)} if others else {}), **({"report": True} if is_late else {})}
        if revealed:
            Slot.objects.filter(pk=slot.pk).update(revealed=revealed)


class Migration(migrations.Migration):
    dependencies = [("labeling", "0008_closings_keep_what_was_entered")]

    operations = [
        migrations.AddField(
            model_name="slot",
            name="revealed",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="What a verdict has brought on the reader's screen: others (their reads' ids), report (true).",
            ),
        ),
        migrations.RunPython(note_what_was_revealed, migrations.RunPython.noop),
    ]
