"""The reads that three radiologists really gave of 810 films, through the commands and the pages from agreement to split."""

import io
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse

from cases.models import Study
from consensus.models import AgreementRun
from labeling.models import ReadingRound
from releases.models import Release
from tests.factories import make_user

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.shared_data]


@pytest.fixture
def shared() -> Path:
    found = ROOT.parent / "shared" / "data"
    if not (found / "readers_nih_google").is_dir():
        pytest.skip("the real reads are not here (../shared/data/readers_nih_google)")
    return found


def manage(command: str, *arguments: object) -> str:
    said = io.StringIO()
    call_command(command, *map(str, arguments), stdout=said, stderr=said)
    return said.getvalue()


def test_real_reads_go_through_agreement_what_if_selection_and_split(shared, tmp_path, client):
    subprocess.run(
        [
            sys.executable,
            ROOT / "perf/nih_google_to_csv.py",
            "--data",
            shared / "readers_nih_google",
            "--out",
            tmp_path,
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    manage("create_benchmark", tmp_path / "nih14.yaml")
    manage("import_suggestions", tmp_path / "suggestions.csv", "--benchmark", "nih14", "--site", "nih")
    manage("import_reads", tmp_path / "reads.csv", "--benchmark", "nih14", "--create-round")
    manage("agreement", "--benchmark", "nih14", "--out", tmp_path / "agreement.json")
    figures = json.loads((tmp_path / "agreement.json").read_text())
    assert (figures["n_studies"], figures["n_reads"], figures["eligible"]) == (810, 2430, 205)
    low, high = figures["verdict"]["fleiss_kappa"]["ci95"]
    assert low < figures["verdict"]["fleiss_kappa"]["value"] < high
    assert "nih14-v1" in manage("build_release", "--benchmark", "nih14", "--released", 50, "--holdout", 50, "--seed", 1)
    release = Release.objects.get()
    assert release.objective["selection_proven"]
    assert (release.n_released, release.n_holdout) == (50, 50)
    # 170 of the 532 patients have several films, and none of them stands on both sides.
    films = Counter(Study.objects.values_list("patient_id", flat=True))
    assert (len(films), sum(count > 1 for count in films.values()), max(films.values())) == (532, 170, 9)
    sides = set(release.cases.values_list("patient_id", "release_patient__partition"))
    assert len(sides) == len({patient for patient, _side in sides}) < 100

    client.force_login(make_user("curator"))
    round_ = ReadingRound.objects.get()
    text = client.get(reverse("consensus:what_if", args=[round_.pk]) + "?csv").content.decode()
    eligible = {row.split(",")[0]: 0 for row in text.splitlines()[1:]}
    for row in text.splitlines()[1:]:
        rule, group, _, kept, *_ = row.split(",")
        eligible[rule] += int(kept) if group == "findings" else 0
    assert eligible["at_least-2-agree_all/v1"] == 205
    assert eligible["identical_corrected-2/v1"] == 357
    assert eligible["identical_corrected-3/v1"] == eligible["unanimous/v1"] == 146
    for name, pk in (("consensus:what_if", round_.pk), ("consensus:round", round_.pk), ("releases:report", release.pk)):
        assert client.get(reverse(name, args=[pk])).status_code == 200
    page = client.get(reverse("consensus:agreement", args=[AgreementRun.objects.get().pk])).content.decode()
    assert "2\u202f430 reads of 810 studies by 3 readers" in page
    shown = {
        row.split(",")[0]: row.split(",")[1] for row in _table(client, "consensus:agreement", AgreementRun, "verdict")
    }
    assert (shown["Fleiss' κ"], shown["Share of Agree all"]) == (
        f"{figures['verdict']['fleiss_kappa']['value']:.3f}",
        f"{628 / 2430:.3f}",
    )


def _table(client, name: str, model, table: str) -> list[str]:
    address = reverse(name, args=[model.objects.latest("pk").pk])
    return client.get(f"{address}?table={table}").content.decode().splitlines()
