"""Labels may stand under headings on the reader's page."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("benchmarks", "0002_taxonomies_never_change")]
    operations = [
        migrations.AddField(
            "label",
            "group",
            models.CharField(blank=True, default="", help_text="Its heading on the reader's page.", max_length=60),
        )
    ]
