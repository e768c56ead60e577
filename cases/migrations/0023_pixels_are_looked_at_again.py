"""Every stored picture is looked at once more: text of any tone and size is looked for in its pixels, and tables and pointers of
its code stream that no picture needs count as hidden. Until `derive_frames` has looked, it is sent decoded alone.
"""

from django.db import migrations

_NOBODY_LOOKED = "UPDATE cases_image SET has_surplus = NULL WHERE has_surplus IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [("cases", "0022_studies_named_by_uid")]

    operations = [migrations.RunSQL(_NOBODY_LOOKED, migrations.RunSQL.noop)]
