"""A release case rests on reads of the normal arm only: those of control arms and training never count."""

from django.db import migrations

COUNTING = """
CREATE FUNCTION refuse_a_read_that_does_not_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM labeling_read JOIN labeling_slot ON labeling_slot.id = labeling_read.slot_id
               WHERE labeling_read.id = NEW.read_id AND labeling_slot.arm <> 'normal') THEN
        RAISE EXCEPTION 'read % is of a control arm and never counts', NEW.read_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_case_rests_on_counting_reads BEFORE INSERT OR UPDATE ON releases_releasecase_reads
    FOR EACH ROW EXECUTE FUNCTION refuse_a_read_that_does_not_count();
"""
COUNTING_BACK = """
DROP TRIGGER release_case_rests_on_counting_reads ON releases_releasecase_reads;
DROP FUNCTION refuse_a_read_that_does_not_count();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("releases", "0003_exports_stay_as_built"),
        ("labeling", "0004_control_arms"),
    ]
    operations = [migrations.RunSQL(COUNTING, COUNTING_BACK)]
