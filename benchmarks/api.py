"""Benchmarks over the API, for everyone who is signed in."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.routers import SimpleRouter

from accounts.permissions import IsReaderOrCurator
from benchmarks.models import Benchmark, Label, Taxonomy
from benchmarks.queries import current_taxonomy


class LabelSerializer(serializers.ModelSerializer[Label]):
    class Meta:
        model = Label
        fields = ["key", "name", "definition", "synonyms", "codes", "exclusive", "weight", "group"]


class TaxonomySerializer(serializers.ModelSerializer[Taxonomy]):
    labels = LabelSerializer(many=True)

    class Meta:
        model = Taxonomy
        fields = ["version", "declared_version", "sha256", "labels"]


class BenchmarkSerializer(serializers.ModelSerializer[Benchmark]):
    taxonomy = serializers.SerializerMethodField()

    class Meta:
        model = Benchmark
        fields = ["slug", "title", "description", "modality", "body_part", "settings", "taxonomy"]

    @extend_schema_field(TaxonomySerializer)
    def get_taxonomy(self, benchmark: Benchmark) -> dict[str, object]:
        """The current version, with its labels."""
        return TaxonomySerializer(current_taxonomy(benchmark)).data


class BenchmarkViewSet(viewsets.ReadOnlyModelViewSet[Benchmark]):
    """Benchmark definitions with their current taxonomy."""

    permission_classes = [IsReaderOrCurator]
    serializer_class = BenchmarkSerializer
    queryset = Benchmark.objects.order_by("slug")
    lookup_field = "slug"


router = SimpleRouter()
router.register("benchmarks", BenchmarkViewSet, basename="benchmark")
urlpatterns = router.urls
