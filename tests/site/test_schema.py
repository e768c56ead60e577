"""The OpenAPI schema describes the whole API without a doubt."""

from io import StringIO

import pytest
from django.core.management import call_command

from tests.factories import make_user


def test_schema_is_made_without_a_warning(tmp_path):
    out = tmp_path / "schema.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(out), stderr=StringIO())
    text = out.read_text()
    for path in ("benchmarks", "studies", "suggestions", "sampling-runs", "rounds", "reads", "outcomes", "releases"):
        assert f"{path}/" in text


@pytest.mark.django_db
def test_schema_is_for_those_who_are_signed_in(client):
    assert client.get("/api/v1/schema/").status_code == 401
    client.force_login(make_user("reader"))
    assert client.get("/api/v1/schema/").status_code == 200
