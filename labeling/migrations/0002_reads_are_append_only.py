"""What the database holds of a reading round: k slots at most, append-only reads, settings frozen by the first read."""

from django.db import migrations

SLOTS = """
ALTER TABLE labeling_slot ADD CONSTRAINT slot_k_is_its_rounds
    FOREIGN KEY (round_id, reads_per_study) REFERENCES labeling_readinground (id, reads_per_study)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE labeling_slot ADD CONSTRAINT slot_belongs_to_its_studys_round
    FOREIGN KEY (round_study_id, round_id) REFERENCES labeling_roundstudy (id, round_id)
    DEFERRABLE INITIALLY DEFERRED;
CREATE FUNCTION refuse_moving_a_read_slot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.reader_id, NEW.round_study_id, NEW.position) IS DISTINCT FROM (OLD.reader_id, OLD.round_study_id, OLD.position)
       AND EXISTS (SELECT 1 FROM labeling_read WHERE slot_id = OLD.id) THEN
        RAISE EXCEPTION 'slot % has reads and keeps its reader and study', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER slot_with_reads_keeps_its_reader BEFORE UPDATE ON labeling_slot
    FOR EACH ROW EXECUTE FUNCTION refuse_moving_a_read_slot();
"""
SLOTS_BACK = """
DROP TRIGGER slot_with_reads_keeps_its_reader ON labeling_slot;
DROP FUNCTION refuse_moving_a_read_slot();
ALTER TABLE labeling_slot DROP CONSTRAINT slot_belongs_to_its_studys_round;
ALTER TABLE labeling_slot DROP CONSTRAINT slot_k_is_its_rounds;
"""

READS = """
ALTER TABLE labeling_read ADD CONSTRAINT read_supersedes_within_its_slot
    FOREIGN KEY (supersedes_id, slot_id) REFERENCES labeling_read (id, slot_id) DEFERRABLE INITIALLY DEFERRED;
CREATE TRIGGER read_is_append_only BEFORE UPDATE OR DELETE ON labeling_read
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER correction_is_append_only BEFORE UPDATE OR DELETE ON labeling_correction
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION refuse_late_corrections() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stated integer;
    stored integer;
    read_id_to_check bigint := CASE TG_TABLE_NAME WHEN 'labeling_read' THEN NEW.id ELSE (to_jsonb(NEW)->>'read_id')::bigint END;
BEGIN
    SELECT n_corrections INTO stated FROM labeling_read WHERE id = read_id_to_check;
    SELECT count(*) INTO stored FROM labeling_correction WHERE read_id = read_id_to_check;
    IF stated IS DISTINCT FROM stored THEN
        RAISE EXCEPTION 'read % states % corrections and has %', read_id_to_check, stated, stored
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER read_has_its_corrections AFTER INSERT ON labeling_read
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_late_corrections();
CREATE CONSTRAINT TRIGGER correction_comes_with_its_read AFTER INSERT ON labeling_correction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_late_corrections();
"""
READS_BACK = """
ALTER TABLE labeling_read DROP CONSTRAINT read_supersedes_within_its_slot;
DROP TRIGGER correction_comes_with_its_read ON labeling_correction;
DROP TRIGGER read_has_its_corrections ON labeling_read;
DROP FUNCTION refuse_late_corrections();
DROP TRIGGER correction_is_append_only ON labeling_correction;
DROP TRIGGER read_is_append_only ON labeling_read;
"""

ROUNDS = """
CREATE FUNCTION hold_the_round_still() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A change of the round's settings waits for this read, and then meets it (and the other way round).
    PERFORM 1 FROM labeling_readinground JOIN labeling_slot ON labeling_slot.round_id = labeling_readinground.id
        WHERE labeling_slot.id = NEW.slot_id FOR SHARE OF labeling_readinground;
    RETURN NEW;
END $$;
CREATE TRIGGER read_holds_its_round_still BEFORE INSERT ON labeling_read
    FOR EACH ROW EXECUTE FUNCTION hold_the_round_still();
CREATE FUNCTION refuse_changing_a_read_round() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.benchmark_id, NEW.taxonomy_id, NEW.sampling_run_id, NEW.reads_per_study, NEW.show_report,
        NEW.exclude_own_site, NEW.seed)
       IS DISTINCT FROM
       (OLD.benchmark_id, OLD.taxonomy_id, OLD.sampling_run_id, OLD.reads_per_study, OLD.show_report,
        OLD.exclude_own_site, OLD.seed)
       AND EXISTS (SELECT 1 FROM labeling_read JOIN labeling_slot ON labeling_slot.id = labeling_read.slot_id
                   WHERE labeling_slot.round_id = OLD.id) THEN
        RAISE EXCEPTION 'round % has reads; its settings are frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER round_settings_are_frozen_by_the_first_read BEFORE UPDATE ON labeling_readinground
    FOR EACH ROW EXECUTE FUNCTION refuse_changing_a_read_round();
CREATE TRIGGER round_study_keeps_its_suggestions BEFORE UPDATE ON labeling_roundstudy
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION refuse_growing_a_shown_set() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM labeling_roundstudy WHERE suggestion_set_id = NEW.suggestion_set_id) THEN
        RAISE EXCEPTION 'suggestion set % is in a reading round and cannot change', NEW.suggestion_set_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER shown_suggestions_never_grow BEFORE INSERT ON llm_extract_suggestion
    FOR EACH ROW EXECUTE FUNCTION refuse_growing_a_shown_set();
CREATE FUNCTION refuse_new_findings_of_a_shown_set() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM labeling_roundstudy JOIN llm_extract_suggestion
               ON llm_extract_suggestion.suggestion_set_id = labeling_roundstudy.suggestion_set_id
               WHERE llm_extract_suggestion.id = NEW.suggestion_id) THEN
        RAISE EXCEPTION 'suggestion % is in a reading round and cannot change', NEW.suggestion_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER shown_suggestions_keep_their_findings BEFORE INSERT ON llm_extract_suggestion_findings
    FOR EACH ROW EXECUTE FUNCTION refuse_new_findings_of_a_shown_set();
"""
ROUNDS_BACK = """
DROP TRIGGER shown_suggestions_keep_their_findings ON llm_extract_suggestion_findings;
DROP FUNCTION refuse_new_findings_of_a_shown_set();
DROP TRIGGER read_holds_its_round_still ON labeling_read;
DROP FUNCTION hold_the_round_still();
DROP TRIGGER shown_suggestions_never_grow ON llm_extract_suggestion;
DROP FUNCTION refuse_growing_a_shown_set();
DROP TRIGGER round_study_keeps_its_suggestions ON labeling_roundstudy;
DROP TRIGGER round_settings_are_frozen_by_the_first_read ON labeling_readinground;
DROP FUNCTION refuse_changing_a_read_round();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0001_initial"),
        ("llm_extract", "0001_initial"),
        ("core", "0002_append_only_events"),
    ]
    operations = [
        migrations.RunSQL(SLOTS, SLOTS_BACK),
        migrations.RunSQL(READS, READS_BACK),
        migrations.RunSQL(ROUNDS, ROUNDS_BACK),
    ]
