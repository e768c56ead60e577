"""A frozen outcome names the adjudication that decided it, where one did."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("releases", "0004_releases_rest_on_counting_reads"), ("consensus", "0002_adjudication")]
    operations = [
        migrations.AddField(
            "frozenoutcome",
            "adjudication",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="frozen_outcomes",
                to="consensus.adjudication",
            ),
        ),
    ]
