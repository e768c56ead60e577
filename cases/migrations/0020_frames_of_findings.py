"""A finding says in which frames its boxes are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0019_views_and_parts_are_terms")]

    operations = [
        migrations.AddField(
            model_name="gatefinding",
            name="frames",
            field=models.JSONField(default=list, help_text="The frames in which the boxes are, from 1."),
        ),
    ]
