"""Frame files of each image, and the pictures that releases take apart from those that a screen paints first."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('benchmarks', '0002_taxonomies_never_change'),
        ('cases', '0001_initial'),
        ('core', '0002_append_only_events'),
    ]

    operations = [
        migrations.AddField(
            model_name='image',
            name='film_sha256',
            field=models.CharField(blank=True, help_text='Of the derived 8-bit picture of at most 2,048 pixels, which releases take.', max_length=64),
        ),
        migrations.AlterField(
            model_name='image',
            name='preview_sha256',
            field=models.CharField(blank=True, help_text='Of the small 8-bit picture that a screen paints first.', max_length=64),
        ),
        migrations.CreateModel(
            name='FrameRun',
            fields=[
                ('run_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='core.run')),
                ('benchmark', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='frame_runs', to='benchmarks.benchmark')),
            ],
            options={
                'ordering': ['-pk'],
            },
            bases=('core.run',),
        ),
        migrations.CreateModel(
            name='FrameSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField(help_text='Of the format; frames of an older one are derived anew.')),
                ('digests', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), default=list, help_text="SHA-256 of each frame's file before coding.", size=None)),
                ('stored_bytes', models.BigIntegerField(default=0, help_text='What the files take, in both codings.')),
                ('problem', models.CharField(blank=True, help_text='Why there are none, as one sentence.', max_length=500)),
                ('derived_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('image', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='frame_set', to='cases.image')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('digests', []), ('problem', ''), _connector='XOR'), name='frame_set_has_frames_or_says_why_not')],
            },
        ),
    ]
