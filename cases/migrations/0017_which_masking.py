"""Which version of masking a report's text has been through: unknown of those that came before, which are masked again when asked about."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0016_names_of_patients_and_studies")]

    operations = [
        migrations.AddField(
            model_name="report",
            name="masked_by",
            field=models.CharField(
                blank=True,
                default="",
                help_text="The version of masking that finds nobody named in the text.",
                max_length=16,
            ),
            preserve_default=False,
        ),
    ]
