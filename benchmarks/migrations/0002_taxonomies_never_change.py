"""A taxonomy version and its labels are never edited: a change of the YAML is a new version."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER taxonomy_never_changes BEFORE UPDATE OR DELETE ON benchmarks_taxonomy
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER label_never_changes BEFORE UPDATE OR DELETE ON benchmarks_label
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
BACKWARD = """
DROP TRIGGER taxonomy_never_changes ON benchmarks_taxonomy;
DROP TRIGGER label_never_changes ON benchmarks_label;
"""


class Migration(migrations.Migration):
    dependencies = [("benchmarks", "0001_initial"), ("core", "0002_append_only_events")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
