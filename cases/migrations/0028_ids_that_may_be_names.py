"""Studies whose identifier holds letters that no machine writes, and that may be a name which nobody knows, are called by a
pseudonym, as those are that hold a known one.
"""

from typing import Any

from django.conf import settings
from django.db import migrations

_OWN_PATIENT = "study:"
_AT_ONCE = 1_000


def under_the_key(apps: Any, _schema_editor: Any) -> None:
    """A site whose studies came in under another key is left as it is: nothing of it is told, nor can be mapped."""
    from cases.gate.header.pseudonyms import SiteKey
    from cases.gate.told_names import leads_to_somebody  # half a second of words, which only an upgrade should pay

    for site in apps.get_model("cases", "Site").objects.all():
        key = SiteKey.of(settings.PSEUDONYM_KEY, site.code)
        if site.key_check not in {"", key.check_value()}:
            continue
        studies = apps.get_model("cases", "Study").objects.filter(site=site)
        for some in _batches(studies.only("study_id")):
            named = [one for one in some if leads_to_somebody(one.study_id)]
            for one in named:
                one.study_id = key.study(one.study_id)
            studies.bulk_update(named, ["study_id"])
        patients = apps.get_model("cases", "Patient").objects.filter(site=site, pseudonym__startswith=_OWN_PATIENT)
        for some in _batches(patients.only("pseudonym")):
            named = [one for one in some if leads_to_somebody(one.pseudonym.removeprefix(_OWN_PATIENT))]
            for one in named:
                one.pseudonym = _OWN_PATIENT + key.study(one.pseudonym.removeprefix(_OWN_PATIENT))
            patients.bulk_update(named, ["pseudonym"])


def _batches(rows: Any) -> Any:
    last = 0
    while some := list(rows.filter(pk__gt=last).order_by("pk")[:_AT_ONCE]):
        last = some[-1].pk
        yield some


class Migration(migrations.Migration):
    dependencies = [("cases", "0026_files_called_by_uids")]

    operations = [migrations.RunPython(under_the_key, migrations.RunPython.noop)]
