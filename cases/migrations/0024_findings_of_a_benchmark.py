"""A finding says which benchmark does not take what was found; a picture keeps the parts of the body that it is of."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("benchmarks", "0001_initial"),
        ("cases", "0023_pixels_are_looked_at_again"),
    ]

    operations = [
        migrations.AddField(
            model_name="image",
            name="body_parts",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=64),
                default=list,
                help_text="What it is of: as the header or a table says, and as its description names it.",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="gatefinding",
            name="benchmark",
            field=models.ForeignKey(
                blank=True,
                help_text="Which does not take what was found; empty where none may.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="benchmarks.benchmark",
            ),
        ),
        migrations.RemoveConstraint(model_name="gatefinding", name="gate_finding_is_once_per_check"),
        migrations.AddConstraint(
            model_name="gatefinding",
            constraint=models.UniqueConstraint(
                fields=["study", "image", "check_name", "benchmark"],
                name="gate_finding_is_once_per_check",
                nulls_distinct=False,
            ),
        ),
    ]
