"""Releases over the API: curators see sizes and the released side; the holdout is an admin's alone."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import mixins, serializers, viewsets
from rest_framework.routers import SimpleRouter

from accounts.access import acting_user
from accounts.permissions import IsCurator
from releases.models import Release, ReleaseCase
from releases.queries import cases_visible_to, releases_visible_to


class ReleaseSerializer(serializers.ModelSerializer[Release]):
    name = serializers.CharField()
    benchmark = serializers.CharField(source="benchmark.slug")
    taxonomy_version = serializers.IntegerField(source="taxonomy.version")

    class Meta:
        model = Release
        fields = [
            "id",
            "name",
            "benchmark",
            "version",
            "state",
            "taxonomy_version",
            "rule",
            "n_released",
            "n_holdout",
            "n_eligible",
            "algorithm",
            "objective",
            "commitment",
            "created_at",
            "frozen_at",
            "published_at",
            "withdrawn_at",
        ]


class ReleaseViewSet(viewsets.ReadOnlyModelViewSet[Release]):
    """Releases, newest first. The split's secret is in no answer."""

    permission_classes = [IsCurator]
    serializer_class = ReleaseSerializer
    queryset = Release.objects.none()

    def get_queryset(self) -> QuerySet[Release]:
        return releases_visible_to(acting_user(self.request))


class ReleaseCaseSerializer(serializers.ModelSerializer[ReleaseCase]):
    study_id = serializers.CharField(source="study.study_id")
    site = serializers.CharField(source="study.site.code")
    partition = serializers.CharField(source="release_patient.partition")

    class Meta:
        model = ReleaseCase
        fields = ["case_id", "study_id", "site", "partition", "labels", "reasons"]


class ReleaseCaseViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[ReleaseCase]):
    """The cases of one release that the caller may see."""

    permission_classes = [IsCurator]
    serializer_class = ReleaseCaseSerializer
    queryset = ReleaseCase.objects.none()

    def get_queryset(self) -> QuerySet[ReleaseCase]:
        if getattr(self, "swagger_fake_view", False):
            return ReleaseCase.objects.none()
        user = acting_user(self.request)
        return cases_visible_to(user, get_object_or_404(releases_visible_to(user), pk=self.kwargs["release_pk"]))


router = SimpleRouter()
router.register("releases", ReleaseViewSet, basename="release")
router.register(r"releases/(?P<release_pk>\d+)/cases", ReleaseCaseViewSet, basename="release-case")
urlpatterns = router.urls
