"""Suggestions and extraction runs over the API: curators and admins; a sealed holdout is an admin's alone."""

from django.db.models import QuerySet
from rest_framework import mixins, serializers, viewsets
from rest_framework.routers import SimpleRouter

from accounts.access import acting_user
from accounts.permissions import IsCurator
from llm_extract.models import ExtractionRun, Suggestion
from llm_extract.queries import suggestions_visible_to


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
    """Suggested labels, all versions. ``?benchmark=slug&study_id=…`` narrow the list."""

    permission_classes = [IsCurator]
    serializer_class = SuggestionSerializer
    queryset = Suggestion.objects.none()

    def get_queryset(self) -> QuerySet[Suggestion]:
        found = suggestions_visible_to(acting_user(self.request)).select_related(
            "label", "suggestion_set__study__site", "suggestion_set__taxonomy__benchmark"
        )
        if slug := self.request.query_params.get("benchmark"):
            found = found.filter(suggestion_set__taxonomy__benchmark__slug=slug)
        if study_id := self.request.query_params.get("study_id"):
            found = found.filter(suggestion_set__study__study_id=study_id)
        return found.order_by("pk")


class ExtractionRunSerializer(serializers.ModelSerializer[ExtractionRun]):
    benchmark = serializers.CharField(source="benchmark.slug")

    class Meta:
        model = ExtractionRun
        fields = [
            "id",
            "benchmark",
            "extractor",
            "mapper",
            "state",
            "done",
            "total",
            "counts",
            "params",
            "message",
            "created_at",
            "finished_at",
        ]


class ExtractionRunViewSet(viewsets.ReadOnlyModelViewSet[ExtractionRun]):
    """Extraction runs, newest first."""

    permission_classes = [IsCurator]
    serializer_class = ExtractionRunSerializer
    queryset = ExtractionRun.objects.select_related("benchmark").order_by("-pk")


router = SimpleRouter()
router.register("suggestions", SuggestionViewSet, basename="suggestion")
router.register("extraction-runs", ExtractionRunViewSet, basename="extraction-run")
urlpatterns = router.urls
