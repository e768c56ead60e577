"""No slot that counts goes to the study's adjudicator, also when both are dealt at the same moment.

Both triggers lock the study's row first, in modes that exclude each other, and look afterwards: whoever comes second
sees what the first one wrote. Slots take the weakest lock, the one that their foreign keys take of the study anyway.
"""

from django.db import migrations

CHECK_ADJUDICATION = """
CREATE OR REPLACE FUNCTION adjudicator_never_read_the_study() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {lock}
    IF EXISTS (
        SELECT 1 FROM labeling_slot slot
        JOIN labeling_roundstudy theirs ON theirs.id = slot.round_study_id
        JOIN labeling_roundstudy this ON this.study_id = theirs.study_id
        WHERE this.id = NEW.round_study_id AND slot.reader_id = NEW.adjudicator_id
    ) THEN
        RAISE EXCEPTION 'adjudicator_never_read_the_study: reader % has had the study of round study %',
            NEW.adjudicator_id, NEW.round_study_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
LOCK = """PERFORM 1 FROM cases_study
        WHERE id = (SELECT study_id FROM labeling_roundstudy WHERE id = NEW.round_study_id) FOR UPDATE;"""
FORWARD = (
    CHECK_ADJUDICATION.replace("{lock}", LOCK)
    + """
CREATE FUNCTION slot_is_not_the_adjudicators() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its_study bigint := (SELECT study_id FROM labeling_roundstudy WHERE id = NEW.round_study_id);
BEGIN
    PERFORM 1 FROM cases_study WHERE id = its_study FOR KEY SHARE;
    IF EXISTS (
        SELECT 1 FROM consensus_adjudication adjudication
        JOIN labeling_roundstudy theirs ON theirs.id = adjudication.round_study_id
        WHERE theirs.study_id = its_study AND adjudication.adjudicator_id = NEW.reader_id
    ) THEN
        RAISE EXCEPTION 'slot_is_not_the_adjudicators: reader % adjudicates the study of round study %',
            NEW.reader_id, NEW.round_study_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER slot_dealt_is_not_the_adjudicators BEFORE INSERT ON labeling_slot FOR EACH ROW
    WHEN (NEW.reader_id IS NOT NULL AND NEW.arm <> 'training') EXECUTE FUNCTION slot_is_not_the_adjudicators();
CREATE TRIGGER slot_moved_is_not_the_adjudicators BEFORE UPDATE OF reader_id ON labeling_slot FOR EACH ROW
    WHEN (NEW.reader_id IS NOT NULL AND NEW.arm <> 'training' AND NEW.reader_id IS DISTINCT FROM OLD.reader_id)
    EXECUTE FUNCTION slot_is_not_the_adjudicators();
"""
)
BACKWARD = (
    """
DROP TRIGGER slot_moved_is_not_the_adjudicators ON labeling_slot;
DROP TRIGGER slot_dealt_is_not_the_adjudicators ON labeling_slot;
DROP FUNCTION slot_is_not_the_adjudicators();
"""
    + CHECK_ADJUDICATION.replace("{lock}", "")
)


class Migration(migrations.Migration):
    dependencies = [
        ("consensus", "0002_adjudication"),
        ("labeling", "0004_control_arms"),
        ("cases", "0001_initial"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
