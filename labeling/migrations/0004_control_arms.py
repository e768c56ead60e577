"""Control arms and training cases: extra slots that never count, what was planted in them, and what holds them apart."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


BEFORE = (
    *("benchmark_id", "taxonomy_id", "sampling_run_id", "reads_per_study", "show_report", "exclude_own_site", "seed"),
    *("require_corrections", "require_comment", "semi_collaborative", "is_open_to_all"),
)
NEW = (
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


def keep(columns: tuple[str, ...]) -> str:
    """The function behind the trigger slot_with_reads_keeps_its_reader, for these columns."""
    new, old = (", ".join(f"{row}.{column}" for column in columns) for row in ("NEW", "OLD"))
    return f"""
CREATE OR REPLACE FUNCTION refuse_moving_a_read_slot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ({new}) IS DISTINCT FROM ({old})
       AND EXISTS (SELECT 1 FROM labeling_read WHERE slot_id = OLD.id) THEN
        RAISE EXCEPTION 'slot % has reads and keeps its reader and study', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


KEPT = ("reader_id", "round_study_id", "position")
KEPT_NOW = (*KEPT, "arm", "planted_label_id", "planted_kind")
ARMS = """
CREATE FUNCTION refuse_a_slot_of_the_wrong_arm() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.arm = 'training') IS DISTINCT FROM
       (SELECT training_case_id IS NOT NULL FROM labeling_roundstudy WHERE id = NEW.round_study_id) THEN
        RAISE EXCEPTION 'training cases are read in the training arm, and only they' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER slot_in_training_is_of_a_training_case BEFORE INSERT OR UPDATE OF arm, round_study_id ON labeling_slot
    FOR EACH ROW EXECUTE FUNCTION refuse_a_slot_of_the_wrong_arm();
CREATE FUNCTION refuse_a_verdict_of_the_wrong_arm() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT NEW.is_withdrawal AND (NEW.verdict = 'labels') IS DISTINCT FROM
       (SELECT arm = 'no_suggestions' FROM labeling_slot WHERE id = NEW.slot_id) THEN
        RAISE EXCEPTION 'a case without suggestions is answered by labels, every other one by a verdict'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER read_from_scratch_is_of_a_slot_without_suggestions BEFORE INSERT ON labeling_read
    FOR EACH ROW EXECUTE FUNCTION refuse_a_verdict_of_the_wrong_arm();
CREATE FUNCTION refuse_changing_a_used_training_set() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.training_set_id ELSE NEW.training_set_id END;
BEGIN
    IF EXISTS (SELECT 1 FROM labeling_readinground WHERE training_set_id = changed) THEN
        RAISE EXCEPTION 'training set % is used by a round and stays as it is', changed
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER used_training_set_never_changes BEFORE INSERT OR UPDATE OR DELETE ON labeling_trainingcase
    FOR EACH ROW EXECUTE FUNCTION refuse_changing_a_used_training_set();
"""
ARMS_BACK = """
DROP TRIGGER used_training_set_never_changes ON labeling_trainingcase;
DROP FUNCTION refuse_changing_a_used_training_set();
DROP TRIGGER read_from_scratch_is_of_a_slot_without_suggestions ON labeling_read;
DROP FUNCTION refuse_a_verdict_of_the_wrong_arm();
DROP TRIGGER slot_in_training_is_of_a_training_case ON labeling_slot;
DROP FUNCTION refuse_a_slot_of_the_wrong_arm();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('benchmarks', '0002_taxonomies_never_change'),
        ('cases', '0001_initial'),
        ('labeling', '0003_reading_desk'),
        ('llm_extract', '0007_flags_of_a_report'),
        ('sampling', '0002_sampled_patient_is_the_studys'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TrainingCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('answer', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list, size=None)),
                ('explanation', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['training_set', 'position'],
            },
        ),
        migrations.CreateModel(
            name='TrainingSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'ordering': ['benchmark', 'name'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='read',
            name='read_is_a_verdict_or_a_withdrawal',
        ),
        migrations.RemoveConstraint(
            model_name='slot',
            name='slot_live_position_is_unique',
        ),
        migrations.RemoveConstraint(
            model_name='slot',
            name='slot_live_reader_is_unique',
        ),
        migrations.RemoveConstraint(
            model_name='slot',
            name='slot_has_at_most_k',
        ),
        migrations.AddField(
            model_name='readinground',
            name='hide_suggestions_fraction',
            field=models.FloatField(default=0.0, help_text='Extra reads without suggestions, per read; they never count.'),
        ),
        migrations.AddField(
            model_name='readinground',
            name='repeat_fraction',
            field=models.FloatField(default=0.0, help_text="Extra reads of a reader's own earlier cases, per read; they never count."),
        ),
        migrations.AddField(
            model_name='readinground',
            name='requires_training',
            field=models.BooleanField(default=False, help_text='No other case opens before the training cases are read.'),
        ),
        migrations.AddField(
            model_name='readinground',
            name='seeded_error_fraction',
            field=models.FloatField(default=0.0, help_text='Extra reads with a planted wrong suggestion, per read; they never count.'),
        ),
        migrations.AddField(
            model_name='readinground',
            name='training_pass_mark',
            field=models.PositiveSmallIntegerField(blank=True, help_text="Percent of the training cases that must end at the expert's labels.", null=True),
        ),
        migrations.AddField(
            model_name='slot',
            name='arm',
            field=models.CharField(choices=[('normal', 'Normal'), ('no_suggestions', 'Without suggestions'), ('planted_error', 'Planted error'), ('repeat', 'Repeat'), ('training', 'Training')], default='normal', max_length=14),
        ),
        migrations.AddField(
            model_name='slot',
            name='planted_kind',
            field=models.CharField(blank=True, choices=[('added', 'Added to the suggestions'), ('removed', 'Removed from the suggestions')], max_length=8),
        ),
        migrations.AddField(
            model_name='slot',
            name='planted_label',
            field=models.ForeignKey(blank=True, help_text='The label that is wrong on purpose in what the reader is shown.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='benchmarks.label'),
        ),
        migrations.AlterField(
            model_name='read',
            name='verdict',
            field=models.CharField(blank=True, choices=[('agree_all', 'Agree all'), ('agree_mostly', 'Agree mostly'), ('disagree', 'Disagree'), ('labels', 'Labels given')], max_length=12),
        ),
        migrations.AlterField(
            model_name='slot',
            name='position',
            field=models.PositiveSmallIntegerField(help_text='1 to k; 0 in every arm but the normal one.'),
        ),
        migrations.AddConstraint(
            model_name='read',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_withdrawal', True), ('verdict', '')), models.Q(('is_withdrawal', False), ('verdict__in', ['agree_all', 'agree_mostly', 'disagree', 'labels'])), _connector='OR'), name='read_is_a_verdict_or_a_withdrawal'),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.UniqueConstraint(condition=models.Q(('arm', 'normal'), ('state__in', ['pending', 'read'])), fields=('round_study', 'position'), name='slot_live_position_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['pending', 'read']), models.Q(('arm', 'repeat'), _negated=True)), fields=('round_study', 'reader'), name='slot_live_reader_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.UniqueConstraint(condition=models.Q(('arm', 'repeat'), ('state__in', ['pending', 'read'])), fields=('round_study', 'reader'), name='slot_live_repeat_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('arm', 'normal'), ('position__gte', 1), ('position__lte', models.F('reads_per_study'))), models.Q(models.Q(('arm', 'normal'), _negated=True), ('position', 0)), _connector='OR'), name='slot_has_at_most_k'),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.CheckConstraint(condition=models.Q(('arm__in', ['normal', 'no_suggestions', 'planted_error', 'repeat', 'training'])), name='slot_arm_is_known'),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('arm', 'planted_error'), ('planted_kind__in', ['added', 'removed']), ('planted_label__isnull', False)), models.Q(models.Q(('arm', 'planted_error'), _negated=True), ('planted_kind', ''), ('planted_label__isnull', True)), _connector='OR'), name='slot_planted_error_is_named'),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.CheckConstraint(condition=models.Q(('arm', 'normal'), ('reader__isnull', False), _connector='OR'), name='slot_of_a_control_arm_has_its_reader'),
        ),
        migrations.AddField(
            model_name='trainingcase',
            name='study',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='training_cases', to='cases.study'),
        ),
        migrations.AddField(
            model_name='trainingcase',
            name='suggestion_set',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='llm_extract.suggestionset'),
        ),
        migrations.AddField(
            model_name='roundstudy',
            name='training_case',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='round_studies', to='labeling.trainingcase'),
        ),
        migrations.AddField(
            model_name='trainingset',
            name='benchmark',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='training_sets', to='benchmarks.benchmark'),
        ),
        migrations.AddField(
            model_name='trainingset',
            name='created_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='trainingset',
            name='taxonomy',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='training_sets', to='benchmarks.taxonomy'),
        ),
        migrations.AddField(
            model_name='trainingcase',
            name='training_set',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cases', to='labeling.trainingset'),
        ),
        migrations.AddField(
            model_name='readinground',
            name='training_set',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rounds', to='labeling.trainingset'),
        ),
        migrations.AddConstraint(
            model_name='readinground',
            constraint=models.CheckConstraint(condition=models.Q(('hide_suggestions_fraction__gte', 0), ('hide_suggestions_fraction__lte', 1), ('repeat_fraction__gte', 0), ('repeat_fraction__lte', 0.5), ('seeded_error_fraction__gte', 0), ('seeded_error_fraction__lte', 1)), name='round_fractions_are_shares'),
        ),
        migrations.AddConstraint(
            model_name='readinground',
            constraint=models.CheckConstraint(condition=models.Q(('training_set__isnull', False), models.Q(('requires_training', False), ('training_pass_mark__isnull', True)), _connector='OR'), name='round_training_rules_need_a_training_set'),
        ),
        migrations.AddConstraint(
            model_name='readinground',
            constraint=models.CheckConstraint(condition=models.Q(('training_pass_mark__isnull', True), ('training_pass_mark__lte', 100), _connector='OR'), name='round_pass_mark_is_a_percentage'),
        ),
        migrations.AddConstraint(
            model_name='trainingset',
            constraint=models.UniqueConstraint(fields=('benchmark', 'name'), name='training_set_name_is_unique_in_benchmark'),
        ),
        migrations.AddConstraint(
            model_name='trainingcase',
            constraint=models.UniqueConstraint(fields=('training_set', 'study'), name='training_case_is_unique_in_its_set'),
        ),
        migrations.RunSQL(freeze(BEFORE + NEW), freeze(BEFORE)),
        migrations.RunSQL(keep(KEPT_NOW), keep(KEPT)),
        migrations.RunSQL(ARMS, ARMS_BACK),
    ]
