"""Why and why not: prices, terms and parts of difficulty; a curator's wishes; plans."""

import django.db.models.deletion
from django.db import migrations, models



class Migration(migrations.Migration):
    dependencies = [
        ("sampling", "0002_sampled_patient_is_the_studys"),
        ("benchmarks", "0001_initial"),
        ("core", "0001_initial"),
    ]
    operations = [
        migrations.AddField(
            "samplingrun",
            "wishes",
            models.JSONField(default=dict, help_text="Label targets, studies locked and excluded, clusters."),
        ),
        migrations.AddField(
            "samplingrun",
            "prices",
            models.JSONField(default=dict, help_text="The price list of the optimum, for why and why not."),
        ),
        migrations.AddField(
            "sampledstudy",
            "difficulty",
            models.JSONField(default=dict, help_text="What each named part adds to the study's difficulty."),
        ),
        migrations.AddField(
            "sampledstudy",
            "terms",
            models.JSONField(default=list, help_text="[[group, name, points]], adding up to its margin."),
        ),
        migrations.CreateModel(
            "SamplingPlan",
            fields=[
                (
                    "run_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="core.run",
                    ),
                ),
                ("size", models.PositiveIntegerField()),
                ("seed", models.BigIntegerField()),
                (
                    "consensus_rate",
                    models.FloatField(help_text="Share of the read studies that consensus is expected to accept."),
                ),
                ("wishes", models.JSONField(default=dict)),
                ("pool_size", models.PositiveIntegerField(blank=True, null=True)),
                ("buckets", models.JSONField(default=list, help_text="As a sampling run's.")),
                (
                    "benchmark",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sampling_plans",
                        to="benchmarks.benchmark",
                    ),
                ),
                (
                    "taxonomy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sampling_plans",
                        to="benchmarks.taxonomy",
                    ),
                ),
            ],
            options={"ordering": ["-pk"]},
            bases=("core.run",),
        ),
        migrations.AddConstraint(
            "samplingplan",
            models.CheckConstraint(
                condition=models.Q(("consensus_rate__gt", 0), ("consensus_rate__lte", 1)),
                name="sampling_plan_rate_is_a_share",
            ),
        ),
    ]
