"""Adjudications: one live one per study, by a reader who never had the study; decisions are append-only."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION adjudicator_never_read_the_study() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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
CREATE TRIGGER adjudicator_never_read_the_study BEFORE INSERT ON consensus_adjudication
    FOR EACH ROW EXECUTE FUNCTION adjudicator_never_read_the_study();
CREATE TRIGGER decision_is_append_only BEFORE UPDATE OR DELETE ON consensus_decision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
BACKWARD = """
DROP TRIGGER decision_is_append_only ON consensus_decision;
DROP TRIGGER adjudicator_never_read_the_study ON consensus_adjudication;
DROP FUNCTION adjudicator_never_read_the_study();
"""


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("consensus", "0001_initial"),
        ("labeling", "0004_control_arms"),
        ("benchmarks", "0001_initial"),
        ("core", "0002_append_only_events"),
    ]
    operations = [
        migrations.CreateModel(
            "Adjudication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "labels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        help_text="Keys of the labels that were open when it was dealt.",
                        size=None,
                    ),
                ),
                (
                    "read_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), help_text="The reads that left them open.", size=None
                    ),
                ),
                (
                    "shows_reads",
                    models.BooleanField(default=False, help_text="Whether the adjudicator sees how the reads stand."),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "To decide"), ("decided", "Decided"), ("withdrawn", "Withdrawn")],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("comment", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "adjudicator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adjudications",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "round_study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adjudications",
                        to="labeling.roundstudy",
                    ),
                ),
            ],
            options={"ordering": ["pk"]},
        ),
        migrations.CreateModel(
            "Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_present", models.BooleanField()),
                (
                    "adjudication",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="consensus.adjudication",
                    ),
                ),
                (
                    "label",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="benchmarks.label"
                    ),
                ),
            ],
            options={"ordering": ["adjudication", "label__position"]},
        ),
        migrations.AddConstraint(
            "adjudication",
            models.UniqueConstraint(
                condition=models.Q(("state__in", ["pending", "decided"])),
                fields=("round_study",),
                name="adjudication_is_one_per_study",
            ),
        ),
        migrations.AddConstraint(
            "adjudication",
            models.CheckConstraint(
                condition=models.Q(("state__in", ["pending", "decided", "withdrawn"])),
                name="adjudication_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            "adjudication",
            models.CheckConstraint(
                condition=models.Q(models.Q(("state", "decided"), _negated=True), ("decided_at__isnull", False), _connector="OR"),
                name="adjudication_decided_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            "decision",
            models.UniqueConstraint(fields=("adjudication", "label"), name="decision_is_one_per_label"),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
