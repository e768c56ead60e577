"""Suggestions, extraction runs, backends and prompts: curators and admins; a sealed holdout is an admin's alone."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from accounts.access import acting_user
from accounts.permissions import IsCurator
from cases.gate.told_names import leads_to_somebody
from cases.queries import study_pseudonyms
from llm_extract.forms.choices import Readiness, all_readiness
from llm_extract.models import ExtractionRun, Prompt, Stage, Suggestion
from llm_extract.queries import suggestions_visible_to
from llm_extract.queries.money import annotated_spend, with_spend
from llm_extract.queries.prompts import standing


class SuggestionSerializer(serializers.ModelSerializer[Suggestion]):
    study_id = serializers.CharField(source="suggestion_set.study.study_id")
    site = serializers.CharField(source="suggestion_set.study.site.code")
    benchmark = serializers.CharField(source="suggestion_set.taxonomy.benchmark.slug")
    version = serializers.IntegerField(source="suggestion_set.version")
    label = serializers.CharField(source="label.key")  # type: ignore[assignment]  # a field of the answer, not the title

    class Meta:
        model = Suggestion
        fields = [
            "id",
            "study_id",
            "site",
            "benchmark",
            "version",
            "label",
            "status",
            "confidence",
            "evidence",
            "reason",
        ]


class SuggestionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Suggestion]):
    """Suggested labels, all versions. ``?benchmark=slug`` narrows the list, and ``?study=`` with the study's ``id``, or
    ``?study_id=`` with what it is called here.
    """

    permission_classes = [IsCurator]
    serializer_class = SuggestionSerializer
    queryset = Suggestion.objects.none()

    def get_queryset(self) -> QuerySet[Suggestion]:
        found = suggestions_visible_to(acting_user(self.request)).select_related(
            "label", "suggestion_set__study__site", "suggestion_set__taxonomy__benchmark"
        )
        if slug := self.request.query_params.get("benchmark"):
            found = found.filter(suggestion_set__taxonomy__benchmark__slug=slug)
        if study := self.request.query_params.get("study"):
            if not study.isdecimal():
                raise serializers.ValidationError(
                    {"study": f"{study!r} is no number; give the study's id in studies/."}
                )
            found = found.filter(suggestion_set__study=int(study))
        if study_id := self.request.query_params.get("study_id"):
            if leads_to_somebody(study_id):
                message = "It may be a name, or lead to one, which no address should hold: give study= with its id in studies/."
                raise serializers.ValidationError({"study_id": message})
            found = found.filter(suggestion_set__study__study_id__in={study_id, *study_pseudonyms([study_id])})
        return found.order_by("pk")


class SpendSerializer(serializers.Serializer[Any]):
    """What a run paid for; `cost` sums the answers of known price, `unpriced` requests have none."""

    requests = serializers.IntegerField()
    tokens = serializers.IntegerField()
    cost = serializers.DecimalField(max_digits=14, decimal_places=6)
    unpriced = serializers.IntegerField()
    currency = serializers.CharField()


class ExtractionRunSerializer(serializers.ModelSerializer[ExtractionRun]):
    benchmark = serializers.CharField(source="benchmark.slug")
    extractor_prompt = serializers.StringRelatedField[Prompt](read_only=True, allow_null=True)
    mapper_prompt = serializers.StringRelatedField[Prompt](read_only=True, allow_null=True)
    params = serializers.SerializerMethodField()
    spend = serializers.SerializerMethodField()

    class Meta:
        model = ExtractionRun
        fields = [
            "id",
            "benchmark",
            "extractor",
            "mapper",
            "extractor_prompt",
            "mapper_prompt",
            "samples",
            "in_batches",
            "max_cost",
            "max_tokens",
            "max_requests",
            "version",
            "input_sha256",
            "retry_of",
            "state",
            "done",
            "total",
            "counts",
            "params",
            "spend",
            "message",
            "created_at",
            "finished_at",
        ]

    def get_params(self, run: ExtractionRun) -> dict[str, Any]:
        """What was asked, without where a backend is reached: that is an admin's to know."""
        return {key: _without_address(value) if isinstance(value, dict) else value for key, value in run.params.items()}

    @extend_schema_field(SpendSerializer)
    def get_spend(self, run: ExtractionRun) -> dict[str, Any]:
        return dict(SpendSerializer(annotated_spend(run)).data)


def _without_address(options: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if key not in {"base_url", "api_key_env", "api_version"}}


class ExtractionRunViewSet(viewsets.ReadOnlyModelViewSet[ExtractionRun]):
    """Extraction runs, newest first, with what each has spent."""

    permission_classes = [IsCurator]
    serializer_class = ExtractionRunSerializer
    queryset = with_spend(
        ExtractionRun.objects.select_related("benchmark", "extractor_prompt", "mapper_prompt").order_by("-pk")
    )


class BackendSerializer(serializers.Serializer[Readiness]):
    """A backend as a curator may know it: no address, no name of a variable."""

    name = serializers.CharField(source="backend.name")
    model = serializers.CharField(source="backend.model")
    kind = serializers.CharField(source="backend.kind")
    is_ready = serializers.BooleanField()
    reason = serializers.CharField(source="public_reason")
    may_see_unmasked = serializers.BooleanField(source="backend.may_see_unmasked")


class BackendViewSet(viewsets.ViewSet):
    """Model backends that runs may name, beside the embedded ones."""

    permission_classes = [IsCurator]

    @extend_schema(responses=BackendSerializer(many=True))
    def list(self, request: Request) -> Response:
        return Response([BackendSerializer(one).data for one in all_readiness()])


class PromptSerializer(serializers.ModelSerializer[Prompt]):
    stage = serializers.CharField()
    is_promoted = serializers.SerializerMethodField()

    class Meta:
        model = Prompt
        fields = ["id", "stage", "name", "version", "text", "sha256", "is_shipped", "is_promoted", "created_at"]

    def get_is_promoted(self, prompt: Prompt) -> bool:
        return prompt.pk in self.context["standing"]


class PromptViewSet(viewsets.ReadOnlyModelViewSet[Prompt]):
    """Every version of every prompt; the promoted one of a stage is what new runs use."""

    permission_classes = [IsCurator]
    serializer_class = PromptSerializer
    queryset = Prompt.objects.order_by("stage", "name", "-version")

    def get_serializer_context(self) -> dict[str, Any]:
        found = [standing(stage) for stage in Stage]
        return {**super().get_serializer_context(), "standing": {one.pk for one in found if one}}


router = SimpleRouter()
router.register("suggestions", SuggestionViewSet, basename="suggestion")
router.register("extraction-runs", ExtractionRunViewSet, basename="extraction-run")
router.register("backends", BackendViewSet, basename="backend")
router.register("prompts", PromptViewSet, basename="prompt")
urlpatterns = router.urls
