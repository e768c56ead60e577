"""Sampling runs and their picks over the API, for curators and admins."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import mixins, serializers, viewsets
from rest_framework.routers import SimpleRouter

from accounts.access import acting_user
from accounts.permissions import IsCurator
from sampling.models import SampledStudy, SamplingRun
from sampling.queries import sampled_visible_to


class SamplingRunSerializer(serializers.ModelSerializer[SamplingRun]):
    benchmark = serializers.CharField(source="benchmark.slug")

    class Meta:
        model = SamplingRun
        fields = [
            "id",
            "benchmark",
            "size",
            "seed",
            "algorithm",
            "input_sha256",
            "pool_size",
            "state",
            "buckets",
            "params",
            "message",
            "created_at",
            "finished_at",
        ]


class SamplingRunViewSet(viewsets.ReadOnlyModelViewSet[SamplingRun]):
    """Sampling runs, newest first, with have, target and pool per bucket."""

    permission_classes = [IsCurator]
    serializer_class = SamplingRunSerializer
    queryset = SamplingRun.objects.select_related("benchmark").order_by("-pk")


class SampledStudySerializer(serializers.ModelSerializer[SampledStudy]):
    study_id = serializers.CharField(source="study.study_id")
    site = serializers.CharField(source="study.site.code")

    class Meta:
        model = SampledStudy
        fields = ["study_id", "site", "rank", "reasons", "inclusion_probability"]


class SampledStudyViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[SampledStudy]):
    """The picks of one run by rank."""

    permission_classes = [IsCurator]
    serializer_class = SampledStudySerializer
    queryset = SampledStudy.objects.none()

    def get_queryset(self) -> QuerySet[SampledStudy]:
        if getattr(self, "swagger_fake_view", False):
            return SampledStudy.objects.none()
        run = get_object_or_404(SamplingRun, pk=self.kwargs["run_pk"])
        return sampled_visible_to(acting_user(self.request), run)


router = SimpleRouter()
router.register("sampling-runs", SamplingRunViewSet, basename="sampling-run")
router.register(r"sampling-runs/(?P<run_pk>\d+)/studies", SampledStudyViewSet, basename="sampled-study")
urlpatterns = router.urls
