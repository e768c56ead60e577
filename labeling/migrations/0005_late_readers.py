"""Readers who were dealt in after their round was opened."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('labeling', '0004_control_arms'),
    ]

    operations = [
        migrations.AddField(
            model_name='roundreader',
            name='is_late',
            field=models.BooleanField(default=False, help_text='Dealt in after the round was opened.'),
        ),
    ]
