"""A sampled study's patient is that study's patient, so one study per patient holds; picks are never edited."""

from django.db import migrations

FORWARD = """
ALTER TABLE sampling_sampledstudy ADD CONSTRAINT sampled_patient_is_the_studys
    FOREIGN KEY (study_id, patient_id) REFERENCES cases_study (id, patient_id) DEFERRABLE INITIALLY DEFERRED;
CREATE TRIGGER sampled_study_never_changes BEFORE UPDATE ON sampling_sampledstudy
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
BACKWARD = """
DROP TRIGGER sampled_study_never_changes ON sampling_sampledstudy;
ALTER TABLE sampling_sampledstudy DROP CONSTRAINT sampled_patient_is_the_studys;
"""


class Migration(migrations.Migration):
    dependencies = [("sampling", "0001_initial"), ("cases", "0001_initial"), ("core", "0002_append_only_events")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
