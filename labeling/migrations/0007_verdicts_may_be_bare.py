"""Whether Agree mostly and Disagree may come without a word: a setting of the round, frozen as the others are."""

from django.db import migrations, models

BEFORE = (
    *("benchmark_id", "taxonomy_id", "sampling_run_id", "reads_per_study", "show_report", "exclude_own_site", "seed"),
    *("require_corrections", "require_comment", "semi_collaborative", "is_open_to_all"),
    *("hide_suggestions_fraction", "seeded_error_fraction", "repeat_fraction"),
    *("training_set_id", "requires_training", "training_pass_mark"),
)


def freeze(columns: tuple[str, ...]) -> str:
    """The function behind the trigger round_settings_are_frozen_by_the_first_read, for these columns."""
    new, old = (", ".join(f"{row}.{column}" for column in columns) for row in ("NEW", "OLD"))
    return f"""
CREATE OR REPLACE FUNCTION refuse_changing_a_read_round() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ({new}) IS DISTINCT FROM ({old})
       AND EXISTS (SELECT 1 FROM labeling_read JOIN labeling_slot ON labeling_slot.id = labeling_read.slot_id
                   WHERE labeling_slot.round_id = OLD.id) THEN
        RAISE EXCEPTION 'round % has reads; its settings are frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("labeling", "0006_slots_have_unguessable_numbers")]

    operations = [
        migrations.AddField(
            model_name="readinground",
            name="may_be_bare",
            field=models.BooleanField(
                default=False,
                help_text="Agree mostly and Disagree may come from the page without a label or a comment; else one of the two.",
            ),
        ),
        migrations.RunSQL(freeze((*BEFORE, "may_be_bare")), freeze(BEFORE)),
    ]
