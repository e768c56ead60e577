"""What of a study is told to people and programs in place of what the hospital wrote: its UIDs and its day."""

from datetime import date, timedelta
from functools import cache

from django.conf import settings

from cases.models import Study
from cases.pseudonyms import Pseudonyms
from cases.queries import site_key
from cases.queries.keys import is_held


@cache
def _pseudonyms(key: str) -> Pseudonyms:
    return Pseudonyms(f"dicomweb\0{key}".encode())


def pseudonyms() -> Pseudonyms:
    """The names that rows have outside, under the installation's key: the same on pages, over the API and over DICOMweb."""
    return _pseudonyms(settings.PSEUDONYM_KEY)


def told_date(study: Study) -> date | None:
    """The day of a study as it is told, earlier by as many days as all dates of the patient.

    None where it is unknown, or where the site's studies came in under another key.
    """
    if study.study_date is None or not is_held(study.site):
        return None
    return study.study_date - timedelta(days=site_key(study.site.code).days_back(study.patient.pseudonym))
