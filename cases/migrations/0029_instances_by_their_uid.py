"""An instance is looked up by its SOPInstanceUID: it has one place in a site."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0028_ids_that_may_be_names")]

    operations = [
        migrations.AddIndex(model_name="image", index=models.Index(fields=["sop_uid"], name="image_by_sop_uid")),
    ]
