"""What else stood on the page of a case that was closed without a verdict is kept with the closing, for an undo."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("labeling", "0007_verdicts_may_be_bare")]

    operations = [
        migrations.AddField(
            model_name="cannotjudge",
            name="entered",
            field=models.JSONField(
                default=dict, help_text="What else stood on its page, as a draft holds it: for an undo."
            ),
        ),
    ]
