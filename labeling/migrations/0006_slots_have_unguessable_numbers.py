"""Slots are numbered at random, in the rounds with control arms that are there already too: a count told the arm.

Each old number stays in the audit trail, which itself is not touched: an event of the slot says what it was before.
"""

import labeling.models.rounds
from django.db import migrations, models

RENUMBER = """
SET CONSTRAINTS ALL IMMEDIATE;
CREATE TEMPORARY TABLE renumbered ON COMMIT DROP AS
    SELECT id AS before, 4503599627370496  -- 52 random bits above the bit that makes 16 digits of it
        + ('x' || lpad(right(word, 12) || left(word, 1), 16, '0'))::bit(64)::bigint AS now
    FROM (SELECT id, round_id, replace(gen_random_uuid()::text, '-', '') AS word FROM labeling_slot) AS drawn
    WHERE round_id IN
        (SELECT round_id FROM labeling_slot WHERE arm IN ('no_suggestions', 'planted_error', 'repeat'));
CREATE INDEX ON renumbered (before);
ANALYZE renumbered;
SET CONSTRAINTS ALL DEFERRED;
ALTER TABLE labeling_read DISABLE TRIGGER read_is_append_only;
ALTER TABLE labeling_cannotjudge DISABLE TRIGGER cannot_judge_is_kept;
UPDATE labeling_read SET slot_id = now FROM renumbered WHERE slot_id = before;
UPDATE labeling_cannotjudge SET slot_id = now FROM renumbered WHERE slot_id = before;
UPDATE labeling_draft SET slot_id = now FROM renumbered WHERE slot_id = before;
UPDATE labeling_slot SET replaces_id = now FROM renumbered WHERE replaces_id = before;
UPDATE labeling_slot SET id = now FROM renumbered WHERE id = before;
INSERT INTO core_event (at, verb, subject_type, subject_id, data)
    SELECT current_timestamp, 'slot.renumbered', 'labeling.slot', now::text, jsonb_build_object('before', before)
    FROM renumbered;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE labeling_read ENABLE TRIGGER read_is_append_only;
ALTER TABLE labeling_cannotjudge ENABLE TRIGGER cannot_judge_is_kept;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_append_only_events'),
        ('labeling', '0005_late_readers'),
    ]

    operations = [
        migrations.AlterField(
            model_name='slot',
            name='id',
            field=models.BigIntegerField(default=labeling.models.rounds.unguessable_number, editable=False, primary_key=True, serialize=False),
        ),
        migrations.RunSQL(RENUMBER, migrations.RunSQL.noop),
    ]
