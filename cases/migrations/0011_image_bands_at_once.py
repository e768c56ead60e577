import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    """The index on bands is built anew, without the list of entries to come that each search had to read through."""

    dependencies = [
        ("cases", "0010_series_of_dicom"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="image",
            name="image_by_hash_bands",
        ),
        migrations.AddIndex(
            model_name="image",
            index=django.contrib.postgres.indexes.GinIndex(
                fastupdate=False, fields=["hash_bands"], name="image_by_hash_bands"
            ),
        ),
    ]
