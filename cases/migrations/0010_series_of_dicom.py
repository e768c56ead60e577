"""Series know whether their images came as DICOM, so that a search need not look at each image of each study."""

from typing import Any

from django.db import migrations, models


def fill(apps: Any, _schema_editor: Any) -> None:
    images = apps.get_model("cases", "Image").objects.filter(series=models.OuterRef("pk")).exclude(transfer_syntax="")
    apps.get_model("cases", "Series").objects.filter(models.Exists(images)).update(is_dicom=True)


class Migration(migrations.Migration):
    dependencies = [("cases", "0009_kind_of_stored_instances")]

    operations = [
        migrations.AddField(
            model_name="series",
            name="is_dicom",
            field=models.BooleanField(default=False, help_text="Whether its images came as DICOM, not as PNG or JPEG."),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="series",
            index=models.Index(condition=models.Q(("is_dicom", True)), fields=["study"], name="series_of_dicom"),
        ),
    ]
