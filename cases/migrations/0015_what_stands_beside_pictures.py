"""Whether stored pixels hold more than their picture. What came in before is sent decoded until somebody looks (`derive_frames`),
but for pixels that have no room for anything else.
"""

from django.db import migrations, models

_NO_ROOM = """
UPDATE cases_image SET has_surplus = false
WHERE transfer_syntax = '' OR (
    transfer_syntax IN ('1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.2', '1.2.840.10008.1.2.1.99')
    AND bits_allocated::text = display->>'bits_stored'
)
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0014_pixels_of_big_endian_files")]

    operations = [
        migrations.AddField(
            model_name="image",
            name="has_surplus",
            field=models.BooleanField(
                help_text="Whether the stored pixels hold more than the picture; empty where nobody looked yet.", null=True
            ),
        ),
        migrations.RunSQL(_NO_ROOM, migrations.RunSQL.noop),
    ]
