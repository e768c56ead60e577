"""Imports of reports: what is stored, what is refused, and that nothing happens twice."""

import pytest

from cases.actions import ImportRefusedError, create_import_run, get_or_create_site, import_studies
from cases.gate.report import masking
from cases.gate.report.forms import Private
from cases.gate.report.masking import MaskedText, PatientData
from cases.gate.report.version import masking_version
from cases.models import GateFinding, Patient, PoolEntry, Report, Site, Study
from core.actions import pause_run, resume_run
from core.errors import DomainError, RunNotClaimableError
from core.models import Event, RunState
from tests.cases.builders import SHARED, everything, outcome, patient, remarks, reports_csv, rules, take_in
from tests.factories import make_benchmark, make_study, make_suggestions, make_user

FULL = ("study_id", "report_text", "patient_id", "age", "sex", "study_date", "scanner")


def test_reports_become_studies_of_the_site_in_the_pool_of_the_benchmark(benchmark_, tmp_path):
    path = reports_csv(tmp_path / "r.csv", [("S1", "Clear lungs.", "P1", "45", "F", "2026-01-02", "X")], FULL)
    run = take_in(benchmark_, reports=path)
    assert outcome(run) == (1, 0, 0)
    assert run.state == RunState.SUCCEEDED
    study = Study.objects.in_pool_of(benchmark_).get()
    assert (study.site.code, study.study_id, study.patient.pseudonym) == ("north", "S1", patient("P1"))
    assert (study.age, study.sex, str(study.study_date), study.metadata) == (45, "F", "2026-01-02", {"scanner": "X"})
    assert study.report.text == "Clear lungs."


def test_further_columns_name_nobody(benchmark_, tmp_path):
    columns = ("study_id", "report_text", "PatientName", "referring_physician", "scanner", "told")
    rows = [
        (f"S{n}", "Clear lungs.", "DOE^JANE", "Dr Quill", "X", "Called to Dr. Quill at 555-123-4567") for n in (1, 2)
    ]
    run = take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", rows, columns))
    assert outcome(run) == (2, 0, 0)
    kept = Study.objects.first().metadata
    assert kept.keys() == {"scanner", "told"}
    assert kept["scanner"] == "X"
    assert "Quill" not in kept["told"]
    assert "4567" not in kept["told"]
    assert sorted(problem.field for problem in run.problems.all()) == ["PatientName", "referring_physician"]
    before = everything()
    assert outcome(take_in(benchmark_, reports=tmp_path / "r.csv")) == (0, 2, 0)
    assert everything() == before


def test_who_a_column_names_is_masked_in_the_rows_text(benchmark_, tmp_path):
    rows = [("S1", "grace hope seen. Lungs clear.", "Hope, Grace"), ("S2", "With hope of clear lungs.", "")]
    take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", rows, ("study_id", "report_text", "PatientName")))
    texts = dict(Report.objects.values_list("study__study_id", "text"))
    assert texts == {"S1": "[NAME] seen. Lungs clear.", "S2": "With hope of clear lungs."}
    assert GateFinding.objects.get().study.study_id == "S1"


def test_a_rows_patient_is_masked_in_its_text_by_number_and_by_name(benchmark_, tmp_path):
    rows = [
        ("S1", "Previous 8391: normal. Compared with Mr-08391.", "MR08391"),
        ("S2", "grace hope seen in 2019. With hope.", "HOPE_GRACE_2019"),
        ("S3", "Nodule of 12 mm, 1,234 HU.", "12"),
    ]
    take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", rows, ("study_id", "report_text", "patient_id")))
    texts = dict(Report.objects.values_list("study__study_id", "text"))
    assert texts == {
        "S1": "Previous [ID]: normal. Compared with [ID].",
        "S2": "[NAME] seen in 2019. With hope.",
        "S3": "Nodule of 12 mm, 1,234 HU.",
    }
    found = GateFinding.objects.get(study__study_id="S1")
    assert (found.where, found.what[:13]) == (["ID"], "2 places name")


def test_a_study_without_a_patient_is_a_patient_of_its_own(benchmark_, tmp_path):
    take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "a"), ("S2", "b")]))
    assert Patient.objects.count() == 2


def test_a_second_import_changes_nothing(benchmark_, tmp_path):
    path = reports_csv(tmp_path / "r.csv", [(f"S{n}", f"text {n}") for n in range(450)])
    assert outcome(take_in(benchmark_, reports=path)) == (450, 0, 0)
    before = everything()
    assert outcome(take_in(benchmark_, reports=path)) == (0, 450, 0)
    assert everything() == before


def test_what_may_name_somebody_is_masked_in_the_text_that_is_read_and_is_a_finding(benchmark_, tmp_path, client):
    sent = "FINDINGS: Clear lungs. Seen by Dr. Weber on 3/4/2019, MRN: 12345678."
    path = reports_csv(tmp_path / "r.csv", [("S1", sent), ("S2", "FINDINGS: No pneumothorax at T12, 3.2 cm.")])
    assert outcome(take_in(benchmark_, reports=path)) == (2, 0, 0)
    masked, clean = Report.objects.order_by("study__study_id")
    assert masked.text == "FINDINGS: Clear lungs. Seen by Dr. [NAME] on [DATE], MRN: [ID]."
    assert (masked.original, clean.original) == (sent, "")
    assert masked.masked_by == clean.masked_by == masking_version()
    finding = GateFinding.objects.get()
    assert (finding.study.study_id, finding.check_name, finding.outcome) == ("S1", "report_text", "pass")
    assert finding.where == ["DATE", "ID", "NAME"]
    assert Study.objects.in_pool_of(benchmark_).count() == 2  # flagged, not held
    assert outcome(take_in(benchmark_, reports=path)) == (0, 2, 0)
    client.force_login(make_user("curator"))
    for address in (f"/studies/{masked.study_id}/", f"/api/v1/studies/{masked.study_id}/"):
        page = client.get(address).content.decode()
        assert "[NAME]" in page
        assert "Weber" not in page


def test_a_text_in_which_masking_finds_more_once_masked_is_not_said_to_be_masked(benchmark_, tmp_path, monkeypatch):
    first = masking.mask
    monkeypatch.setattr(masking, "mask", lambda text, named=(): MaskedText("Seen by [NAME] Weber.", first(text).found))
    monkeypatch.setattr(masking, "patient_data", lambda text, **_: (PatientData(15, 20, Private.NAME),))
    take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "Seen by Dr. Anna Weber.")]))
    assert Report.objects.get().masked_by == ""


def test_good_rows_come_in_beside_bad_ones_and_mended_ones_come_in_later(benchmark_, tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes(b"study_id,report_text,age\nS1,good,40\nS2,d\xe9j\xe0,41\nS3,text,old\nS1,again,40\n")
    run = take_in(benchmark_, reports=path)
    assert outcome(run) == (1, 0, 3)
    assert rules(run) == ["encoding", "value", "duplicate"]
    assert [problem.line for problem in run.problems.all()] == [3, 4, 5]
    path.write_text("study_id,report_text,age\nS1,good,40\nS2,déjà,41\nS3,text,42\n", encoding="utf-8")
    assert outcome(take_in(benchmark_, reports=path)) == (2, 1, 0)


def test_a_wrong_header_rejects_the_file_and_the_run_ends(benchmark_, tmp_path):
    (tmp_path / "r.csv").write_text("a,b\n1,2\n")
    run = take_in(benchmark_, reports=tmp_path / "r.csv")
    assert outcome(run) == (0, 0, 1)
    assert run.state == RunState.SUCCEEDED


def test_a_report_that_is_too_long_is_rejected_with_its_size(benchmark_, tmp_path, settings):
    settings.MAX_REPORT_CHARACTERS = 1000
    run = take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "x" * 1_048_576), ("S2", "fine")]))
    assert outcome(run) == (1, 0, 1)
    assert run.problems.get().value == "(1,048,576 characters)"


def test_a_report_attaches_to_a_study_known_by_its_id_or_its_uid(benchmark_, tmp_path):
    first = make_study(benchmark_, study_id="S1")
    second = make_study(benchmark_, study_id="S2", study_uid="1.2.840.1")
    take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "one"), ("1.2.840.1", "two")]))
    assert Study.objects.count() == 2
    assert Report.objects.get(study=first).text == "one"
    assert Report.objects.get(study=second).text == "two"


def test_a_changed_report_is_refused_and_nothing_of_its_row_is_taken_over(benchmark_, tmp_path):
    make_study(benchmark_, study_id="S1", report="old")
    run = take_in(
        benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "new", "44")], ("study_id", "report_text", "age"))
    )
    assert outcome(run) == (0, 0, 1)
    assert rules(run) == ["report_differs"]
    problem = run.problems.get()
    assert problem.value == ""
    assert "new" not in problem.message
    study = Study.objects.get()
    assert (study.report.text, study.age) == ("old", None)


def test_two_rows_that_mean_one_study_by_id_and_by_uid_do_not_overwrite_each_other(benchmark_, tmp_path):
    make_study(benchmark_, study_id="S1", study_uid="1.2.3")
    run = take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "one"), ("1.2.3", "other")]))
    assert outcome(run) == (1, 0, 1)
    assert Report.objects.get().text == "one"


def test_empty_fields_are_filled_and_contradictions_are_remarked_not_stored(benchmark_, tmp_path):
    make_study(benchmark_, study_id="S1", report="r", age=40)
    header = ("study_id", "report_text", "age", "sex")
    run = take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "r", "41", "F")], header))
    study = Study.objects.get()
    assert (study.age, study.sex) == (40, "F")
    assert outcome(run) == (1, 0, 0)
    assert remarks(run) == ["contradiction"]
    assert (run.problems.get().field, run.problems.get().value) == ("age", "41")


def test_a_day_that_contradicts_is_told_by_the_distance_alone(benchmark_, tmp_path):
    header = ("study_id", "report_text", "study_date")
    take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "r", "1950-03-12")], header))
    run = take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "r", "1950-03-02")], header))
    told = run.problems.get()
    assert (told.kind, told.value) == ("contradiction", "")
    assert told.message == "study_date differs by 10 days from the one stored for study S1, which is kept."


def test_a_patient_named_later_replaces_the_studys_own(benchmark_, tmp_path):
    take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "a"), ("S2", "b")]))
    named = reports_csv(
        tmp_path / "n.csv", [("S1", "a", "P1"), ("S2", "b", "P1")], ("study_id", "report_text", "patient_id")
    )
    assert outcome(take_in(benchmark_, reports=named)) == (2, 0, 0)
    assert Patient.objects.get().pseudonym == patient("P1")


def test_another_patient_than_the_stored_one_is_remarked_without_naming_either(benchmark_, tmp_path):
    make_study(benchmark_, study_id="S1", patient="P1", report="a")
    path = reports_csv(tmp_path / "r.csv", [("S1", "a", "Smith-7")], ("study_id", "report_text", "patient_id"))
    run = take_in(benchmark_, reports=path)
    assert Study.objects.get().patient.pseudonym == "P1"
    problem = run.problems.get()
    assert problem.is_warning
    assert "Smith" not in problem.value + problem.message


def test_a_patient_cannot_be_named_any_more_once_the_study_is_sampled(benchmark_, tmp_path):
    from benchmarks.queries import current_taxonomy
    from sampling.models import SampledStudy, SamplingRun

    take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "a"), ("S2", "b")]))
    study = Study.objects.get(study_id="S1")
    run = SamplingRun.objects.create(
        kind="sampling", benchmark=benchmark_, taxonomy=current_taxonomy(benchmark_), size=1, seed=1
    )
    SampledStudy.objects.create(
        run=run,
        study=study,
        patient=study.patient,
        suggestion_set=make_suggestions(study, benchmark_),
        rank=1,
        reasons=[],
        inclusion_probability=1.0,
    )
    path = reports_csv(
        tmp_path / "n.csv", [("S1", "a", "P1"), ("S2", "b", "P1")], ("study_id", "report_text", "patient_id")
    )
    run = take_in(benchmark_, reports=path)
    assert Study.objects.get(study_id="S1").patient.pseudonym == "study:S1"
    assert Study.objects.get(study_id="S2").patient.pseudonym == patient("P1")
    assert remarks(run) == ["patient_fixed"]


def test_an_empty_report_is_kept_marked_and_remarked(benchmark_, tmp_path):
    run = take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", " ")]))
    assert Report.objects.get().is_empty
    assert outcome(run) == (1, 0, 0)
    assert remarks(run) == ["empty_report"]


def test_a_site_column_decides_the_site_and_one_that_is_not_there_is_refused_untold(benchmark_, tmp_path):
    rows = [("S1", "a", "south"), ("S1", "b", ""), ("S2", "c", "otherHollingberry")]
    path = reports_csv(tmp_path / "r.csv", rows, ("study_id", "report_text", "site"))
    Site.objects.create(code="south")
    run = take_in(benchmark_, reports=path)
    assert outcome(run) == (2, 0, 1)
    assert set(Study.objects.values_list("site__code", "study_id")) == {("south", "S1"), ("north", "S1")}
    assert set(Site.objects.values_list("code", flat=True)) == {"north", "south"}
    problem = run.problems.get(is_warning=False)
    assert (problem.kind, problem.line, problem.field) == ("unknown_site", 4, "site")
    assert "Hollingberry" not in f"{problem.message}{problem.value}{problem.where}"


def test_sites_that_rows_name_are_made_where_the_import_is_told_to(benchmark_, tmp_path):
    path = reports_csv(tmp_path / "r.csv", [("S1", "a", "south"), ("S1", "b", "")], ("study_id", "report_text", "site"))
    run = create_import_run(benchmark=benchmark_, site_code="north", reports_source=str(path), with_new_sites=True)
    assert outcome(import_studies(run.pk)) == (2, 0, 0)
    assert set(Study.objects.values_list("site__code", "study_id")) == {("south", "S1"), ("north", "S1")}


def test_a_known_study_enters_a_second_benchmarks_pool(benchmark_, tmp_path):
    path = reports_csv(tmp_path / "r.csv", [("S1", "a")])
    take_in(benchmark_, reports=path)
    other = make_benchmark("second")
    assert outcome(take_in(other, reports=path)) == (1, 0, 0)
    assert PoolEntry.objects.count() == 2
    assert Study.objects.count() == 1


def test_a_stopped_run_goes_on_where_it_was_and_counts_what_it_did_before(benchmark_, tmp_path):
    path = reports_csv(tmp_path / "r.csv", [(f"S{n}", f"text {n}") for n in range(500)])
    run = create_import_run(benchmark=benchmark_, site_code="north", reports_source=str(path))

    class Killed(BaseException):
        """As by a signal: nothing of ours catches it."""

    def die(done, total):
        if done == 400:
            raise Killed

    with pytest.raises(Killed):
        import_studies(run.pk, die)
    assert Study.objects.count() == 400
    type(run).objects.filter(pk=run.pk).update(state=RunState.QUEUED, claim=None)
    finished = import_studies(run.pk)
    assert outcome(finished) == (500, 0, 0)
    assert Study.objects.count() == 500


def test_a_paused_run_lets_go_and_resumes(benchmark_, tmp_path):
    user = make_user("curator")
    path = reports_csv(tmp_path / "r.csv", [(f"S{n}", "text") for n in range(600)])
    run = create_import_run(benchmark=benchmark_, site_code="north", reports_source=str(path), by=user)
    run = import_studies(run.pk, lambda done, total: pause_run(run=run, by=user) if done == 200 else None)
    assert run.state == RunState.PAUSED
    assert Study.objects.count() == 200
    resume_run(run=run, by=user)
    assert outcome(import_studies(run.pk)) == (600, 0, 0)


def test_a_finished_run_is_not_worked_again(benchmark_, tmp_path):
    run = take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "a")]))
    with pytest.raises(RunNotClaimableError):
        import_studies(run.pk)


def test_a_source_that_is_gone_fails_the_run_with_a_sentence(benchmark_):
    run = create_import_run(benchmark=benchmark_, site_code="north", source="/nowhere/at/all.zip")
    with pytest.raises(DomainError, match=r"nothing at 'all.zip'"):
        import_studies(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "/nowhere" not in run.message


@pytest.mark.parametrize("code", ["", "no spaces", "ümlaut", "a" * 51, "a/b"])
def test_a_site_code_that_is_none_is_refused_with_a_better_one(code, db):
    with pytest.raises(ImportRefusedError, match="letters, digits"):
        get_or_create_site(code=code)
    assert not Site.objects.exists()


@pytest.mark.parametrize("options", [{}, {"source": "x", "layout": "zoo"}])
def test_an_import_of_nothing_or_in_no_layout_is_refused(options, benchmark_):
    with pytest.raises(ImportRefusedError):
        create_import_run(benchmark=benchmark_, site_code="north", **options)


def test_asking_and_finishing_leave_events_without_patient_fields(benchmark_, tmp_path):
    take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("SECRET-1", "Mr Smith has a cough")]))
    events = Event.objects.filter(verb__startswith="import.").order_by("pk")
    assert [event.verb for event in events] == ["import.asked", "import.worked_off"]
    assert events[1].data == {"imported": 1, "unchanged": 0, "rejected": 0}
    assert "SECRET" not in str([event.data for event in Event.objects.all()])


def test_a_batch_takes_few_queries(benchmark_, tmp_path, django_assert_max_num_queries):
    path = reports_csv(tmp_path / "r.csv", [(f"S{n}", f"text {n}") for n in range(200)])
    run = create_import_run(benchmark=benchmark_, site_code="north", reports_source=str(path))
    with django_assert_max_num_queries(60):
        import_studies(run.pk)


@pytest.mark.shared_data
def test_the_real_openi_reports_come_in_once(benchmark_, shared):
    source = SHARED / "reports_openi" / "indiana_reports.csv"
    assert outcome(take_in(benchmark_, source, layout="openi")) == (3080, 0, 0)
    assert Report.objects.filter(is_empty=True).count() == 21
    assert outcome(take_in(benchmark_, source)) == (0, 3080, 0)
