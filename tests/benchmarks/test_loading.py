"""Loading definitions: idempotent, versioned, by command and by page."""

from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from benchmarks.models import Benchmark, Label, Taxonomy
from benchmarks.queries import UnknownBenchmarkError, UnknownLabelError, benchmark_by_slug, label_by_key, labels_by_key
from core.models import Event
from tests.factories import make_benchmark, make_user

pytestmark = pytest.mark.django_db

YAML = """
slug: knee
title: Knee
modality: [DX]
taxonomy:
  version: "1"
  labels:
    - {key: effusion, name: Joint effusion}
"""


def test_command_creates_then_leaves_unchanged(tmp_path):
    file = tmp_path / "knee.yaml"
    file.write_text(YAML)
    out = StringIO()
    call_command("create_benchmark", str(file), stdout=out)
    call_command("create_benchmark", str(file), stdout=out)
    assert "knee created: 1 labels" in out.getvalue()
    assert "knee unchanged" in out.getvalue()
    assert Event.objects.count() == 1


def test_changed_label_makes_a_new_version_and_keeps_the_old():
    make_benchmark(labels=["a"])
    benchmark = make_benchmark(labels=["a", "b"])
    assert [taxonomy.version for taxonomy in benchmark.taxonomies.order_by("version")] == [1, 2]
    assert benchmark.taxonomies.get(version=1).labels.count() == 1


def test_changed_title_keeps_the_version():
    make_benchmark(title="One")
    assert make_benchmark(title="Two").taxonomies.count() == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("slug: [", "line 1, column 8: not valid YAML"),
        ("slug: x\n", "taxonomy is missing"),
        ("- 1", "must be a mapping"),
    ],
)
def test_bad_file_is_refused_with_exit_code_1(tmp_path, content, message):
    file = tmp_path / "bad.yaml"
    file.write_text(content)
    with pytest.raises(CommandError, match=message) as refusal:
        call_command("create_benchmark", str(file))
    assert refusal.value.returncode == 1


def test_missing_file_says_why(tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("create_benchmark", str(tmp_path / "none.yaml"))


def test_unknown_slug_names_the_known():
    make_benchmark("chest")
    with pytest.raises(UnknownBenchmarkError, match=r"'knee' \(known: chest\)"):
        benchmark_by_slug("knee")


def test_unknown_label_names_the_allowed():
    taxonomy = make_benchmark(labels=["a", "b"]).taxonomies.get()
    with pytest.raises(UnknownLabelError, match="'c'; allowed: a, b"):
        label_by_key(labels_by_key(taxonomy), "c")


@pytest.mark.parametrize("model", [Taxonomy, Label])
def test_database_refuses_to_change_a_taxonomy(model):
    make_benchmark()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        model.objects.update(id=0)


def test_curator_loads_a_definition_by_page(client):
    client.force_login(make_user("curator"))
    upload = SimpleUploadedFile("knee.yaml", YAML.encode())
    response = client.post(reverse("benchmarks:load"), {"file": upload})
    assert response.url == reverse("benchmarks:detail", args=["knee"])
    assert "Joint effusion" in client.get(response.url).text


def test_page_shows_what_is_wrong_beside_the_field(client):
    client.force_login(make_user("curator"))
    response = client.post(reverse("benchmarks:load"), {"file": SimpleUploadedFile("x.yaml", b"slug: X")})
    assert response.status_code == 422
    assert "taxonomy is missing" in response.text
    assert not Benchmark.objects.exists()


def test_reader_may_look_but_not_load(client):
    make_benchmark()
    client.force_login(make_user("reader"))
    assert client.get(reverse("benchmarks:list")).status_code == 200
    assert client.get(reverse("benchmarks:load")).status_code == 403


def test_api_gives_the_current_taxonomy(client):
    make_benchmark(labels=["a", "b"])
    client.force_login(make_user("reader"))
    data = client.get("/api/v1/benchmarks/chest/").json()
    assert [label["key"] for label in data["taxonomy"]["labels"]] == ["a", "b"]
