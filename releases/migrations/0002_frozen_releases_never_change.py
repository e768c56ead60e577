"""What the database holds of a release: a patient on one side, and nothing changes after the freeze."""

from django.db import migrations

CASES = """
ALTER TABLE releases_releasecase ADD CONSTRAINT release_case_is_its_patients
    FOREIGN KEY (release_patient_id, release_id, patient_id)
    REFERENCES releases_releasepatient (id, release_id, patient_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE releases_releasecase ADD CONSTRAINT release_case_patient_is_the_studys
    FOREIGN KEY (study_id, patient_id) REFERENCES cases_study (id, patient_id) DEFERRABLE INITIALLY DEFERRED;
"""
CASES_BACK = """
ALTER TABLE releases_releasecase DROP CONSTRAINT release_case_patient_is_the_studys;
ALTER TABLE releases_releasecase DROP CONSTRAINT release_case_is_its_patients;
"""

FREEZE = """
CREATE FUNCTION guard_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN
            RAISE EXCEPTION 'release % is %; only a draft may be deleted', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.state <> 'draft' AND
       (to_jsonb(NEW) - 'state' - 'published_at' - 'withdrawn_at') <> (to_jsonb(OLD) - 'state' - 'published_at' - 'withdrawn_at') THEN
        RAISE EXCEPTION 'release % is % and never changes', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN
       (('draft', 'frozen'), ('frozen', 'published'), ('frozen', 'withdrawn'), ('published', 'withdrawn')) THEN
        RAISE EXCEPTION 'release % cannot go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = 'draft' AND NEW.state = 'frozen' THEN
        -- Across all releases of a benchmark a patient keeps one side; a concurrent freeze is waited for here.
        INSERT INTO releases_sealedpatient (benchmark_id, patient_id, partition)
            SELECT NEW.benchmark_id, patient_id, partition FROM releases_releasepatient WHERE release_id = NEW.id
            ORDER BY patient_id ON CONFLICT (benchmark_id, patient_id) DO NOTHING;
        IF EXISTS (SELECT 1 FROM releases_releasepatient p JOIN releases_sealedpatient s
                   ON s.benchmark_id = NEW.benchmark_id AND s.patient_id = p.patient_id
                   WHERE p.release_id = NEW.id AND p.partition <> s.partition) THEN
            RAISE EXCEPTION 'release % puts a patient on the other side than an earlier frozen release', NEW.id
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'sealed_patient_keeps_one_side';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frozen_release_never_changes BEFORE UPDATE OR DELETE ON releases_release
    FOR EACH ROW EXECUTE FUNCTION guard_release();

CREATE FUNCTION refuse_unless_draft(the_release bigint, the_table text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    the_state text;
BEGIN
    -- FOR SHARE: a row cannot slip in while the release is being frozen.
    SELECT state INTO the_state FROM releases_release WHERE id = the_release FOR SHARE;
    IF the_state <> 'draft' THEN
        RAISE EXCEPTION 'release % is % and its % rows never change', the_release, the_state, the_table
            USING ERRCODE = 'restrict_violation';
    END IF;
END $$;
CREATE FUNCTION release_of_row(changed jsonb) RETURNS bigint LANGUAGE sql AS $$
    SELECT COALESCE((changed->>'release_id')::bigint,
        (SELECT release_id FROM releases_releasecase WHERE id = (changed->>'releasecase_id')::bigint));
$$;
CREATE FUNCTION guard_release_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Both ends of an update: a row may neither come into a frozen release nor leave it.
    IF TG_OP <> 'INSERT' THEN
        PERFORM refuse_unless_draft(release_of_row(to_jsonb(OLD)), TG_TABLE_NAME);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM refuse_unless_draft(release_of_row(to_jsonb(NEW)), TG_TABLE_NAME);
        RETURN NEW;
    END IF;
    RETURN OLD;
END $$;
CREATE FUNCTION refuse_born_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'draft' THEN
        RAISE EXCEPTION 'a release begins as a draft, not %', NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_begins_as_a_draft BEFORE INSERT ON releases_release
    FOR EACH ROW EXECUTE FUNCTION refuse_born_frozen();
"""
FREEZE_BACK = """
DROP TRIGGER release_begins_as_a_draft ON releases_release;
DROP FUNCTION refuse_born_frozen();
DROP FUNCTION guard_release_rows();
DROP FUNCTION release_of_row(jsonb);
DROP FUNCTION refuse_unless_draft(bigint, text);
DROP TRIGGER frozen_release_never_changes ON releases_release;
DROP FUNCTION guard_release();
"""
GUARDED = ("releases_releasepatient", "releases_releasecase", "releases_releasecase_reads", "releases_frozenoutcome")


class Migration(migrations.Migration):
    dependencies = [
        ("releases", "0001_initial"),
        ("cases", "0001_initial"),
        ("core", "0002_append_only_events"),
    ]
    operations = [
        migrations.RunSQL(CASES, CASES_BACK),
        migrations.RunSQL(FREEZE, FREEZE_BACK),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION guard_release_rows()",
                f"DROP TRIGGER {table}_is_frozen ON {table}",
            )
            for table in GUARDED
        ),
        migrations.RunSQL(
            "CREATE TRIGGER sealed_patient_never_changes BEFORE UPDATE OR DELETE ON releases_sealedpatient "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            "DROP TRIGGER sealed_patient_never_changes ON releases_sealedpatient",
        ),
    ]
