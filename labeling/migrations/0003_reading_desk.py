"""Drafts, cases closed without a verdict, holds, keys of one's own, loans; and the new settings freeze with the others."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


FROZEN = ("benchmark_id", "taxonomy_id", "sampling_run_id", "reads_per_study", "show_report", "exclude_own_site", "seed")
NEW = ("require_corrections", "require_comment", "semi_collaborative", "is_open_to_all")


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


CANNOT_JUDGE = """
CREATE FUNCTION refuse_changing_a_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.undone_at IS NULL
       AND to_jsonb(NEW) - 'undone_at' = to_jsonb(OLD) - 'undone_at' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what was said of slot % stays; it can only be undone once', OLD.slot_id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER cannot_judge_is_kept BEFORE UPDATE OR DELETE ON labeling_cannotjudge
    FOR EACH ROW EXECUTE FUNCTION refuse_changing_a_reason();
"""
CANNOT_JUDGE_BACK = """
DROP TRIGGER cannot_judge_is_kept ON labeling_cannotjudge;
DROP FUNCTION refuse_changing_a_reason();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0001_initial'),
        ('labeling', '0002_reads_are_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CannotJudge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('image_quality', 'Image quality'), ('wrong_body_part', 'Wrong body part'), ('patient_data', 'Patient data visible'), ('other', 'Another reason')], max_length=16)),
                ('comment', models.TextField(blank=True)),
                ('submitted_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('seconds', models.PositiveIntegerField(blank=True, help_text="From the case's opening, server's clock.", null=True)),
                ('shown', models.JSONField(default=dict, help_text='What the reader was shown, as with a read.')),
                ('source', models.CharField(choices=[('page', 'Reading page'), ('api', 'API'), ('import', 'Imported')], default='page', max_length=8)),
                ('idempotency_key', models.CharField(blank=True, max_length=64, null=True, unique=True)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name_plural': 'cannot judge',
                'ordering': ['slot', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.JSONField(default=dict, help_text='Verdict chosen, labels ticked, comment, marks (drafts.py).')),
                ('saved_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='ReadingKeys',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('keys', models.JSONField(default=dict, help_text='Action to its keys, where they differ from the defaults.')),
                ('has_single_keys', models.BooleanField(default=True, help_text='Off: only keys with Ctrl or Alt, and Esc and Enter.')),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name_plural': 'reading keys',
            },
        ),
        migrations.CreateModel(
            name='StudyHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('held_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('decision', models.CharField(blank=True, choices=[('shown_again', 'Shown to readers again'), ('taken_out', 'Taken out of the rounds')], max_length=12)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.AddField(
            model_name='read',
            name='marks',
            field=models.JSONField(blank=True, default=list, help_text='What the reader marked on the pictures (marks.py).'),
        ),
        migrations.AddField(
            model_name='readinground',
            name='is_open_to_all',
            field=models.BooleanField(default=False, help_text='Cases are not dealt beforehand: each reader takes the next one, on loan.'),
        ),
        migrations.AddField(
            model_name='readinground',
            name='require_comment',
            field=models.BooleanField(default=False, help_text='Agree mostly and Disagree need a comment.'),
        ),
        migrations.AddField(
            model_name='readinground',
            name='require_corrections',
            field=models.BooleanField(default=False, help_text='Agree mostly and Disagree need a label struck or added; a comment alone does not do.'),
        ),
        migrations.AddField(
            model_name='readinground',
            name='semi_collaborative',
            field=models.BooleanField(default=False, help_text="What others said appears, under pseudonyms, once a reader's own verdict is in."),
        ),
        migrations.AddField(
            model_name='slot',
            name='leased_until',
            field=models.DateTimeField(blank=True, help_text='Until then nobody takes it from its reader.', null=True),
        ),
        migrations.AddField(
            model_name='slot',
            name='replaces',
            field=models.ForeignKey(blank=True, help_text='The slot that its reader closed without a verdict, or left, and that this one stands in for.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='labeling.slot'),
        ),
        migrations.AlterField(
            model_name='slot',
            name='reader',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='slots', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='slot',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['round', 'round_study'], name='slot_pending_in_round'),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'read'), _negated=True), ('reader__isnull', False), _connector='OR'), name='slot_that_is_read_has_a_reader'),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.CheckConstraint(condition=models.Q(('leased_until__isnull', True), ('reader__isnull', False), _connector='OR'), name='slot_lease_has_a_holder'),
        ),
        migrations.AddField(
            model_name='cannotjudge',
            name='slot',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cannot_judge', to='labeling.slot'),
        ),
        migrations.AddField(
            model_name='draft',
            name='reader',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='draft',
            name='slot',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to='labeling.slot'),
        ),
        migrations.AddField(
            model_name='readingkeys',
            name='user',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='reading_keys', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='studyhold',
            name='cannot_judge',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='labeling.cannotjudge'),
        ),
        migrations.AddField(
            model_name='studyhold',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='studyhold',
            name='study',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='cases.study'),
        ),
        migrations.AddConstraint(
            model_name='cannotjudge',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('slot',), name='cannot_judge_stands_once_per_slot'),
        ),
        migrations.AddConstraint(
            model_name='cannotjudge',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['image_quality', 'wrong_body_part', 'patient_data', 'other'])), name='cannot_judge_reason_is_known'),
        ),
        migrations.AddConstraint(
            model_name='cannotjudge',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', 'other'), _negated=True), models.Q(('comment', ''), _negated=True), _connector='OR'), name='cannot_judge_other_reason_is_said'),
        ),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.UniqueConstraint(fields=('slot', 'reader'), name='draft_is_unique_per_slot_and_reader'),
        ),
        migrations.AddConstraint(
            model_name='studyhold',
            constraint=models.UniqueConstraint(condition=models.Q(('decided_at__isnull', True)), fields=('study',), name='hold_is_open_once_per_study'),
        ),
        migrations.AddConstraint(
            model_name='studyhold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decision', '')), models.Q(('decided_at__isnull', False), ('decision__in', ['shown_again', 'taken_out'])), _connector='OR'), name='hold_is_open_or_decided'),
        ),
        migrations.RunSQL(freeze(FROZEN + NEW), freeze(FROZEN)),
        migrations.RunSQL(CANNOT_JUDGE, CANNOT_JUDGE_BACK),
    ]
