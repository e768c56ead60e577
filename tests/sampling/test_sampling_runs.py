"""Sampling runs: from the pool to picks with reasons."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from cases.models import GateFinding, Image, ImportRun, Series, Site, Study
from core.adapters.tables import TableError
from core.errors import DomainError
from core.models import Event, RunProblem
from sampling.actions import SampleRefusedError, Wishes, create_plan, create_sampling_run, draw, same_draw, work_plan
from sampling.adapters.clusters import read_near_duplicates
from sampling.models import SampledStudy, SamplingPlan, SamplingRun
from sampling.queries import NoSampleError, newest_finished_run, pooled_studies
from tests.factories import make_benchmark, make_site, make_study, make_suggestions, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def benchmark():
    return make_benchmark()


@pytest.fixture
def pool(benchmark):
    """Twelve patients: effusions, one pneumothorax, normals; one patient has two studies."""
    labels = [["pleural_effusion"]] * 5 + [["pneumothorax", "pleural_effusion"]] + [[]] * 6
    for place, keys in enumerate(labels):
        make_suggestions(make_study(benchmark, study_id=f"S{place}", patient=f"P{min(place, 10)}"), benchmark, keys)
    return benchmark


def drawn(benchmark, size=6, seed=1, wishes=None):
    run = create_sampling_run(benchmark=benchmark, size=size, seed=seed, wishes=wishes, by=None)
    draw(run_id=run.pk)
    run.refresh_from_db()
    return run


def test_one_study_per_patient_every_label_normals_kept(pool):
    run = drawn(pool)
    picks = list(run.sampled_studies.select_related("study"))
    assert len({pick.patient_id for pick in picks}) == len(picks) == 6
    labels = [{one.label.key for one in pick.suggestion_set.suggestions.all()} for pick in picks]
    assert any("pneumothorax" in found for found in labels)
    assert any(not found for found in labels)


def test_every_pick_says_why(pool):
    assert all(pick.reasons for pick in drawn(pool).sampled_studies.all())


def test_same_seed_gives_the_same_picks_in_any_run(pool):
    first, second = drawn(pool, seed=3), drawn(pool, seed=3)
    picks = [list(run.sampled_studies.values_list("study", "rank")) for run in (first, second)]
    assert picks[0] == picks[1]
    assert same_draw(benchmark=pool, size=6, seed=3) == second
    assert same_draw(benchmark=pool, size=6, seed=4) is None


def test_a_changed_pool_is_drawn_from_again(pool):
    drawn(pool, seed=3)
    make_suggestions(make_study(pool), pool, ["cardiomegaly"])
    assert same_draw(benchmark=pool, size=6, seed=3) is None


def test_command_repeated_draws_nothing_new(pool, tmp_path):
    out = StringIO()
    for _ in range(2):
        call_command(
            "draw_sample",
            "--benchmark",
            "chest",
            "--size",
            "6",
            "--seed",
            "3",
            "--out",
            str(tmp_path / "s.csv"),
            stdout=out,
        )
    assert "drew these 6 studies already" in out.getvalue()
    assert SampledStudy.objects.count() == 6
    header, *rows = (tmp_path / "s.csv").read_text().splitlines()
    assert header == "study_id,rank,reasons,inclusion_probability,site"
    assert len(rows) == 6


def test_study_without_suggestions_is_not_a_candidate(benchmark):
    make_study(benchmark)
    assert pooled_studies(benchmark) == []


def test_uncertain_counts_as_standing_absent_does_not(benchmark):
    study = make_study(benchmark)
    make_suggestions(study, benchmark, {"pneumothorax": "uncertain", "cardiomegaly": "absent"})
    [pooled] = pooled_studies(benchmark)
    assert pooled.candidate.labels == pooled.candidate.uncertain == {"pneumothorax"}


def test_sample_larger_than_patients_is_refused_with_both_numbers(pool):
    run = create_sampling_run(benchmark=pool, size=50, seed=1, by=None)
    with pytest.raises(SampleRefusedError, match=r"50 .* 11 patients"):
        draw(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert "11 patients" in run.message


def test_empty_pool_says_to_extract_first(benchmark):
    run = create_sampling_run(benchmark=benchmark, size=5, seed=1, by=None)
    with pytest.raises(SampleRefusedError, match="extract labels first"):
        draw(run_id=run.pk)


def test_size_below_one_is_refused(benchmark):
    with pytest.raises(SampleRefusedError, match="at least 1"):
        create_sampling_run(benchmark=benchmark, size=0, seed=1, by=None)


def test_bucket_table_is_stored_with_the_run(pool):
    run = drawn(pool)
    labels = {row["name"]: row for row in run.buckets if row["group"] == "label"}
    assert labels["pneumothorax"]["have"] == 1
    assert run.pool_size == 12


def test_creation_is_audited(benchmark):
    curator = make_user("curator")
    create_sampling_run(benchmark=benchmark, size=2, seed=9, by=curator)
    assert Event.objects.get(verb="sampling.created").data == {"size": 2, "seed": 9}


def test_newest_finished_run_is_named_or_asked_for(pool):
    with pytest.raises(NoSampleError, match="draw a sample first"):
        newest_finished_run(pool)
    run = drawn(pool)
    assert newest_finished_run(pool) == run


def test_no_problem_rows_on_success(pool):
    assert not RunProblem.objects.filter(run=drawn(pool)).exists()
    assert SampledStudy.objects.count() == 6


def test_stored_terms_and_parts_add_up(pool):
    run = drawn(pool)
    assert run.prices["buckets"]
    for pick in run.sampled_studies.all():
        assert pick.margin == pytest.approx(sum(points for _, _, points in pick.terms))
        assert set(pick.difficulty) == {"findings", "hedges", "doubt", "rarity"}
        assert 0 <= pick.difficulty_score <= 1


def test_why_and_why_not_are_answered(pool, client):
    run = drawn(pool)
    picked = run.sampled_studies.select_related("study").first()
    left = Study.objects.exclude(pk__in=run.sampled_studies.values("study")).first()
    client.force_login(make_user("curator"))
    page = client.get(reverse("sampling:why", args=[run.pk, picked.study_id])).content.decode()
    assert "Picked: " in page
    assert "Margin" in page
    page = client.get(reverse("sampling:why", args=[run.pk, left.pk])).content.decode()
    assert "Not picked: " in page


def test_an_age_band_is_no_pair(pool, client):
    Study.objects.update(age=81)
    run = drawn(pool)
    client.force_login(make_user("curator"))
    study = run.sampled_studies.first().study_id
    page = " ".join(client.get(reverse("sampling:run_detail", args=[run.pk])).content.decode().split())
    assert "Age: 70+." in page
    assert "70 +" not in client.get(reverse("sampling:why", args=[run.pk, study])).content.decode()


def test_what_picks_are_searched_for_is_posted_and_sealed(pool, client):
    run = drawn(pool)
    client.force_login(make_user("curator"))
    wanted = run.sampled_studies.first().study.study_id
    page = reverse("sampling:sampled_list", args=[run.pk])
    there = client.post(page, {"q": wanted})["Location"]
    assert "q=" not in there
    shown = client.get(there)
    assert f'value="{wanted}"' in shown.text
    assert [one.study.study_id for one in shown.context["page"]] == [wanted]
    assert wanted in client.get(f"{there}&csv=1").text


def test_why_is_a_curators(pool, client):
    run = drawn(pool)
    client.force_login(make_user("reader"))
    assert client.get(reverse("sampling:why", args=[run.pk, Study.objects.first().pk])).status_code == 403


def test_wishes_are_kept_and_honoured(pool):
    wishes = Wishes(label_targets={"pleural_effusion": 3}, locked=["S7"], excluded=["north/S6"])
    run = create_sampling_run(benchmark=pool, size=5, seed=1, wishes=wishes, by=None)
    draw(run_id=run.pk)
    run.refresh_from_db()
    names = set(run.sampled_studies.values_list("study__study_id", flat=True))
    assert "S7" in names
    assert "S6" not in names
    assert run.params["picked_in_any_case"] == 1
    assert same_draw(benchmark=pool, size=5, seed=1, wishes=wishes) == run
    assert same_draw(benchmark=pool, size=5, seed=1) is None


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        (Wishes(locked=["nobody"]), "Study nobody is not in the pool of chest"),
        (Wishes(label_targets={"hernia": 2}), "no label 'hernia'"),
        (Wishes(label_targets={"pneumothorax": -2}), "must be 0 or more"),
    ],
)
def test_wishes_for_what_is_not_there_are_refused(pool, wishes, words):
    with pytest.raises(DomainError, match=words):
        create_sampling_run(benchmark=pool, size=5, seed=1, wishes=wishes, by=None)


def test_study_of_two_sites_must_be_named_with_its_site(pool):
    make_study(pool, site=make_site("south"), study_id="S7")
    with pytest.raises(DomainError, match="at more than one site"):
        create_sampling_run(benchmark=pool, size=5, seed=1, wishes=Wishes(locked=["S7"]), by=None)
    create_sampling_run(benchmark=pool, size=5, seed=1, wishes=Wishes(locked=["north/S7"]), by=None)


def test_studies_that_share_a_picture_are_one_patient(pool):
    for place in (7, 8, 9):
        study = Study.objects.get(study_id=f"S{place}")
        series = Series.objects.create(study=study, series_uid=f"1.{place}", modality="DX")
        Image.objects.create(
            series=series, sop_uid=f"1.{place}.1", sha256="0" * 64, pixel_sha256="a" * 64, rows=9, columns=9
        )
    groups = {one.candidate.key: one.candidate.duplicates for one in pooled_studies(pool)}
    assert {groups[f"north/S{place}"] for place in (7, 8, 9)} == {"north/S7"}
    run = drawn(pool, size=9)
    assert run.sampled_studies.filter(study__study_id__in=["S7", "S8", "S9"]).count() == 1


def test_of_studies_whose_pictures_the_gate_found_much_alike_one_is_picked(pool):
    run = ImportRun.objects.create(kind="import", benchmark=pool, site=Site.objects.get(code="north"))
    images = []
    for place in (7, 8):
        study = Study.objects.get(study_id=f"S{place}")
        series = Series.objects.create(study=study, series_uid=f"1.{place}", modality="DX")
        images.append(Image.objects.create(series=series, sop_uid=f"1.{place}.1", sha256="0" * 64, rows=9, columns=9))
    one, other = images
    GateFinding.objects.create(
        run=run, study=other.series.study, image=other, other_image=one, check_name="near_duplicate", outcome="pass"
    )
    groups = {one.candidate.key: one.candidate.duplicates for one in pooled_studies(pool)}
    assert groups["north/S7"] == groups["north/S8"] == "north/S7"
    assert groups["north/S9"] != "north/S7"
    assert drawn(pool, size=9).sampled_studies.filter(study__study_id__in=["S7", "S8"]).count() == 1


def test_plan_tells_without_picking(pool, client):
    client.force_login(make_user("curator"))
    data = {"benchmark": pool.pk, "size": 6, "seed": 1, "consensus_rate": 50, "plan": "1"}
    answer = client.post(reverse("sampling:run_create"), data)
    plan = SamplingPlan.objects.get()
    assert answer.url == reverse("sampling:plan_detail", args=[plan.pk])
    work_plan(run_id=plan.pk)
    page = client.get(answer.url).content.decode()
    assert "Expected to survive" in page
    assert "For 25 positives of a label to survive, 50 studies" in page
    assert SampledStudy.objects.count() == 0
    assert not SamplingRun.objects.exists()


def test_form_keeps_what_it_refuses(pool, client):
    client.force_login(make_user("curator"))
    data = {"benchmark": pool.pk, "size": 6, "seed": 1, "consensus_rate": 50, "locked": "nobody", "label_targets": "x"}
    answer = client.post(reverse("sampling:run_create"), data)
    assert answer.status_code == 422
    assert "not a label" in answer.content.decode()
    answer = client.post(reverse("sampling:run_create"), data | {"label_targets": "pneumothorax 1"})
    assert "Study nobody is not in the pool" in answer.content.decode()


def test_command_takes_lists_and_clusters(pool, tmp_path):
    (tmp_path / "keep.txt").write_text("S7\n")
    (tmp_path / "clusters.csv").write_text("study_id,cluster\nS8,a\nS9,a\n")
    out = StringIO()
    call_command(
        "draw_sample",
        "--benchmark",
        "chest",
        "--size",
        "6",
        "--keep",
        tmp_path / "keep.txt",
        "--clusters",
        tmp_path / "clusters.csv",
        "--target",
        "pleural_effusion=2",
        stdout=out,
    )
    run = SamplingRun.objects.get()
    assert run.wishes["clusters"] == {"north/S8": "a", "north/S9": "a"}
    assert run.sampled_studies.filter(study__study_id="S7").exists()


def test_near_duplicates_by_hash_or_by_group_give_one_study_each(pool, tmp_path):
    hashes = tmp_path / "hashes.csv"
    rows = ["S7,00000000000000ff", "S8,00000000000000fe", "S9,ffffffffffffffff"]
    hashes.write_text("\n".join(["study_id,image_hash", *rows]) + "\n")
    near = read_near_duplicates(hashes, name="hashes.csv")
    assert near == {"S7": "S7", "S8": "S7"}
    run = drawn(pool, size=8, wishes=Wishes(near_duplicates=near))
    assert run.sampled_studies.filter(study__study_id__in=["S7", "S8"]).count() == 1
    assert run.wishes["near_duplicates"] == {"north/S7": "S7", "north/S8": "S7"}
    assert same_draw(benchmark=pool, size=8, seed=run.seed, wishes=Wishes(near_duplicates=near)) == run
    groups = tmp_path / "groups.csv"
    groups.write_text("study_id,cluster,site\nS7,x,north\nS8,x,north\n")
    assert read_near_duplicates(groups, name="groups.csv") == {"north/S7": "x", "north/S8": "x"}


def test_a_hash_that_is_none_is_refused_by_line(tmp_path):
    file = tmp_path / "hashes.csv"
    file.write_text("study_id,image_hash\nS7,xyz\n")
    with pytest.raises(TableError, match="line 2: image_hash is 'xyz'; it must be 16 hexadecimal digits"):
        read_near_duplicates(file, name="hashes.csv")


def test_command_takes_near_duplicates_and_says_what_is_short(pool, tmp_path):
    (tmp_path / "near.csv").write_text("study_id,cluster\nS7,a\nS8,a\n")
    out = StringIO()
    call_command(
        "draw_sample", "--benchmark", "chest", "--size", "6", "--near-duplicates", tmp_path / "near.csv", stdout=out
    )  # fmt: skip
    assert SamplingRun.objects.get().sampled_studies.filter(study__study_id__in=["S7", "S8"]).count() <= 1
    assert "cardiomegaly: 0 of 1; no study of the pool has it." in out.getvalue()


def test_buckets_as_csv(pool, client):
    run = drawn(pool)
    client.force_login(make_user("curator"))
    text = client.get(reverse("sampling:buckets", args=[run.pk])).content.decode()
    assert text.startswith("group,name,picked,target,pool,patients\nlabel,")


def test_tables_of_a_run_and_a_plan_sort_and_come_as_csv(pool, client):
    run = drawn(pool)
    client.force_login(make_user("curator"))
    address = reverse("sampling:run_detail", args=[run.pk])
    page = client.get(address + "?sort=-label:3").content.decode()
    assert "Cardiomegaly: 0 of 1; no study of the pool has it." in page
    assert page.index("Pleural effusion</th>") < page.index("Pneumothorax</th>") < page.index("Cardiomegaly</th>")
    rows = client.get(address + "?table=label&sort=label:3").content.decode().splitlines()
    assert rows[:2] == ["Label,Picked,Target,In the pool,Patients", "Cardiomegaly,0,1,0,0"]
    plan = create_plan(benchmark=pool, size=6, seed=1, consensus_rate=0.5, by=None)
    work_plan(run_id=plan.pk)
    address = reverse("sampling:plan_detail", args=[plan.pk])
    assert 'aria-sort="ascending"' in client.get(address + "?sort=plan:4").content.decode()
    assert client.get(address + "?table=plan").content.decode().startswith("Label,Target,At best,In the pool,Expected")


def test_the_page_shows_labels_that_come_together_and_tells_what_is_alike_in_a_sentence(pool, client):
    run = drawn(pool)
    client.force_login(make_user("curator"))
    page = " ".join(client.get(reverse("sampling:run_detail", args=[run.pk])).content.decode().split())
    assert "<title>Picked studies that have two labels</title>" in page
    assert "1 Pleural effusion and 2: 1" in page
    assert "Site: north. Manufacturer: not known of any study." in page
    assert "Site: picked, wanted, in the pool" not in page


def test_a_sample_larger_than_the_pool_is_refused_by_command_and_page_with_what_is_short(pool, client):
    with pytest.raises(CommandError, match=r"40 studies .* has 11 patients, 29 short; ask for 11 or fewer"):
        call_command("draw_sample", "--benchmark", "chest", "--size", "40")
    run = SamplingRun.objects.get()
    client.force_login(make_user("curator"))
    page = client.get(reverse("sampling:run_detail", args=[run.pk])).content.decode()
    assert "29 short; ask for 11 or fewer" in page
