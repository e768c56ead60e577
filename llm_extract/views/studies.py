"""One study: its report with what rests on each word, findings, suggestions version by version, and the patient's course."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import acting_user, admin_only, curator_only
from accounts.models import User
from cases.models import Study
from llm_extract.actions.looking import note_raw_answers_seen
from llm_extract.findings import ReportFinding
from llm_extract.models import Extraction, Finding, ModelAnswer, Suggestion, SuggestionSet
from llm_extract.queries import study_findings, study_suggestion_sets
from llm_extract.queries.calibrations import curve_of
from llm_extract.queries.courses import finding_of, patient_timeline
from llm_extract.queries.figures import flag_words, report_words
from llm_extract.views.formats import finder_for
from llm_extract.views.spans import Piece, cut


@require_GET
@curator_only
def study_suggestions(request: HttpRequest, pk: int) -> HttpResponse:
    """What is suggested for a study, the newest version or the one asked for, beside the report it rests on."""
    user = acting_user(request)
    study = _study(user, pk)
    sets = list(study_suggestion_sets(study))
    wanted = request.GET.get("set", "")
    chosen = next((one for one in sets if str(one.pk) == wanted), sets[0] if sets else None)
    findings = list(study_findings(chosen)) if chosen else []
    context: dict[str, Any] = {
        "study": study,
        "versions": [(one, _in_words(one)) for one in sets],
        "chosen": chosen,
        "of_the_report": report_words(chosen.flags) if chosen else "",
        "suggestions": _with_calibrated(chosen) if chosen else [],
        "findings": _as_stated(study, chosen, findings),
        "pieces": _pieces(study, chosen, findings),
        "timeline": patient_timeline(user, study, chosen.taxonomy) if chosen else None,
        "n_answers": len(chosen.extraction.answers) if chosen and chosen.extraction and user.is_admin else 0,
    }
    return render(request, "llm_extract/study_suggestions.html", context)


def _with_calibrated(chosen: SuggestionSet) -> list[tuple[Suggestion, list[str], float | None]]:
    """Each suggestion with its flags in words, and its confidence put right where a curve is kept for its version."""
    curve = curve_of(chosen.run.version) if chosen.run else None
    return [
        (one, flag_words(one.flags), curve.apply(one.confidence) if curve and one.confidence is not None else None)
        for one in chosen.suggestions.all()
    ]


def _as_stated(
    study: Study, chosen: SuggestionSet | None, findings: list[Finding]
) -> list[tuple[Finding, ReportFinding]]:
    """Each row with its finding in the report's own terms."""
    if chosen is None or not findings:
        return []
    text = study.report.text
    stated = finder_for(chosen.taxonomy).as_stated(text, [finding_of(row, text) for row in findings])
    return list(zip(findings, stated, strict=True))


def _in_words(suggestion_set: SuggestionSet) -> str:
    """The labels a version suggests, in one line."""
    standing = [one for one in suggestion_set.suggestions.all() if one.status != "absent"]
    return ", ".join(f"{one.label}{' (uncertain)' * (one.status == 'uncertain')}" for one in standing) or "none"


def _study(user: User, pk: int) -> Study:
    return get_object_or_404(Study.objects.visible_to(user).select_related("site", "patient", "report"), pk=pk)


def _pieces(study: Study, chosen: SuggestionSet | None, findings: list[Finding]) -> list[tuple[Piece, str]]:
    """The report cut up, each piece with how it is marked: by a standing suggestion, by an absent one, or not at all."""
    report = getattr(study, "report", None)
    if report is None:
        return []
    suggestions = list(chosen.suggestions.all()) if chosen else []
    spans = {f"s{one.pk}": one.span_pairs for one in suggestions} | {
        f"f{one.pk}": [(one.start, one.end)] for one in findings
    }
    standing = {f"s{one.pk}" for one in suggestions if one.status != "absent"}

    def mark(piece: Piece) -> str:
        if standing.intersection(piece.names):
            return "standing"
        return "absent" if any(name.startswith("s") for name in piece.names) else ""

    return [(piece, mark(piece)) for piece in cut(report.text, spans)]


@require_http_methods(["GET", "POST"])
@admin_only
def study_answers(request: HttpRequest, pk: int) -> HttpResponse:
    """The raw answers behind an extraction: asked for first, shown once the audit trail says who looked."""
    user = acting_user(request)
    extraction = get_object_or_404(Extraction.objects.select_related("report__study__site"), pk=pk)
    if not extraction.answers:
        raise Http404("No model was asked for this extraction.")
    answers: list[ModelAnswer] = []
    if request.method == "POST":
        note_raw_answers_seen(extraction=extraction, by=user)
        rows = ModelAnswer.objects.filter(key__in=extraction.answers).select_related("backend")
        answers = sorted(rows, key=lambda one: extraction.answers.index(one.key))
    context = {"extraction": extraction, "study": extraction.report.study, "answers": answers}
    return render(request, "llm_extract/study_answers.html", context)
