"""Suggestions over the API: a study is found by the site's own name for it, whatever it is called here."""

import pytest

from accounts.models import Role
from cases.models import Study
from cases.queries import site_key
from tests.factories import make_benchmark, make_study, make_suggestions, make_user


@pytest.mark.django_db
def test_suggestions_of_a_study_that_is_called_by_a_pseudonym_are_found_by_the_sites_name(client):
    benchmark = make_benchmark()
    study = make_study(benchmark)
    make_suggestions(study, benchmark, ["pneumothorax"])
    Study.objects.filter(pk=study.pk).update(study_id=site_key(study.site.code).study("Tan87"))
    client.force_login(make_user(Role.CURATOR))
    assert client.get("/api/v1/suggestions/", {"study_id": "Tan87"}).json()["count"] > 0
    assert client.get("/api/v1/suggestions/", {"study_id": "Tan88"}).json()["count"] == 0
    assert (
        client.get("/api/v1/suggestions/", {"study_id": "Gladwellow"}).status_code == 400
    )  # no address should hold it
