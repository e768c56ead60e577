"""Patients of a site that turn out to be one person are told so, and are never parted."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0029_instances_by_their_uid")]

    operations = [
        migrations.AddField(
            model_name="patient",
            name="same_as",
            field=models.ForeignKey(
                blank=True,
                help_text="Who the person is by another name of the site's, where an import told: the two are never parted.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.patient",
            ),
        ),
        migrations.AddConstraint(
            model_name="patient",
            constraint=models.CheckConstraint(
                condition=models.Q(("same_as", None), models.Q(("same_as", models.F("id")), _negated=True), _connector="OR"),
                name="patient_is_same_as_another",
            ),
        ),
    ]
