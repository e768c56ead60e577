"""Patients under their site's key, and studies whose identifier may name somebody: what the site calls them is not kept.

Dates that are told go back by another number of days from here on, the same for all of a patient.
"""

from typing import Any

from django.conf import settings
from django.db import migrations, models

_OWN_PATIENT = "study:"
_AT_ONCE = 1_000


def under_the_key(apps: Any, _schema_editor: Any) -> None:
    """A site whose studies came in under another key is left as it is: nothing of it is told, nor can be mapped."""
    from cases.gate.header.pseudonyms import SiteKey
    from cases.gate.told_names import id_names_somebody  # half a second of words, which only an upgrade should pay

    for site in apps.get_model("cases", "Site").objects.all():
        key = SiteKey.of(settings.PSEUDONYM_KEY, site.code)
        if site.key_check not in {"", key.check_value()}:
            continue
        studies = apps.get_model("cases", "Study").objects.filter(site=site)
        for some in _batches(studies.only("study_id")):
            named = [one for one in some if id_names_somebody(one.study_id)]
            for one in named:
                one.study_id = key.study(one.study_id)
            studies.bulk_update(named, ["study_id"])
        patients = apps.get_model("cases", "Patient").objects.filter(site=site)
        for some in _batches(patients.only("pseudonym")):
            for one in some:
                one.pseudonym = _pseudonym(one.pseudonym, key, id_names_somebody)
            patients.bulk_update(some, ["pseudonym"])


def _pseudonym(name: str, key: Any, names_somebody: Any) -> str:
    if not name.startswith(_OWN_PATIENT):
        return str(key.patient(name))
    study_id = name.removeprefix(_OWN_PATIENT)
    return f"{_OWN_PATIENT}{key.study(study_id)}" if names_somebody(study_id) else name


def _batches(rows: Any) -> Any:
    last = 0
    while some := list(rows.filter(pk__gt=last).order_by("pk")[:_AT_ONCE]):
        last = some[-1].pk
        yield some


class Migration(migrations.Migration):
    dependencies = [("cases", "0015_what_stands_beside_pictures")]

    operations = [
        migrations.AlterField(
            model_name="study",
            name="study_id",
            field=models.CharField(
                help_text="The site's own identifier, or a pseudonym where that may name somebody.", max_length=128
            ),
        ),
        migrations.AlterField(
            model_name="uploadedfile",
            name="name",
            field=models.CharField(
                help_text="Below the folder that was chosen; gone with the file once its import has succeeded.",
                max_length=400,
            ),
        ),
        migrations.RunPython(under_the_key, migrations.RunPython.noop),
    ]
