"""The cases part of the API: sites, studies and imports, for curators and admins, to be read."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from accounts.permissions import IsCurator
from cases.gate.told_names import leads_to_somebody
from cases.models import Image, ImportRun, Report, Series, Site, Study, StudyQuerySet
from cases.pseudonyms import Kind
from cases.queries import STUDY_SORTS, StudyFilter, filtered_studies, import_runs, shown_patient, study_whole
from cases.queries.told import pseudonyms, told_date
from core.models import RunProblem


@extend_schema_field(OpenApiTypes.STR)
class ToldUID(serializers.Field[int, str, str, int]):
    """The UID that stands for a row over DICOMweb too; the hospital's own is told to nobody."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(source="pk", read_only=True)
        self.kind = kind

    def to_representation(self, value: int) -> str:
        return pseudonyms().uid_of(self.kind, value)


@extend_schema_field({"type": "string", "format": "date", "nullable": True})
class ToldDate(serializers.Field[Study, str, str | None, Study]):
    """The day of a study, earlier by as many days as all dates of the patient, as over DICOMweb."""

    def __init__(self) -> None:
        super().__init__(source="*", read_only=True)

    def to_representation(self, value: Study) -> str | None:
        told = told_date(value)
        return told.isoformat() if told else None


class SiteSerializer(serializers.ModelSerializer[Site]):
    class Meta:
        model = Site
        fields = ["code", "name", "created_at"]


class StudySerializer(serializers.ModelSerializer[Study]):
    site = serializers.SlugRelatedField[Site](slug_field="code", read_only=True)
    study_uid = ToldUID(Kind.STUDY)
    study_date = ToldDate()
    has_report = serializers.BooleanField(read_only=True)
    has_images = serializers.BooleanField(read_only=True)

    class Meta:
        model = Study
        fields = [
            "id",
            "site",
            "study_id",
            "study_uid",
            "modality",
            "body_part",
            "view_position",
            "age",
            "sex",
            "study_date",
            "has_report",
            "has_images",
            "created_at",
        ]


class ImageSerializer(serializers.ModelSerializer[Image]):
    sop_uid = ToldUID(Kind.INSTANCE)

    class Meta:
        model = Image
        fields = ["id", "sop_uid", "view_position", "laterality", "rows", "columns", "frames", "display", "sha256"]


class SeriesSerializer(serializers.ModelSerializer[Series]):
    series_uid = ToldUID(Kind.SERIES)
    images = ImageSerializer(many=True, read_only=True)

    class Meta:
        model = Series
        fields = ["series_uid", "modality", "description", "number", "images"]


class ReportSerializer(serializers.ModelSerializer[Report]):
    class Meta:
        model = Report
        fields = ["text", "sha256", "is_empty"]


class StudyWholeSerializer(serializers.ModelSerializer[Study]):
    site = serializers.SlugRelatedField[Site](slug_field="code", read_only=True)
    patient = serializers.SerializerMethodField(help_text="A keyed pseudonym, the same for all studies of the patient.")
    study_uid = ToldUID(Kind.STUDY)
    study_date = ToldDate()
    series = SeriesSerializer(many=True, read_only=True)
    report = ReportSerializer(read_only=True, allow_null=True, default=None)

    class Meta:
        model = Study
        fields = [
            "id",
            "site",
            "patient",
            "study_id",
            "study_uid",
            "modality",
            "body_part",
            "view_position",
            "age",
            "sex",
            "manufacturer",
            "study_date",
            "metadata",
            "series",
            "report",
            "created_at",
        ]

    def get_patient(self, study: Study) -> str:
        return shown_patient(study)


class ProblemSerializer(serializers.ModelSerializer[RunProblem]):
    class Meta:
        model = RunProblem
        fields = ["kind", "where", "line", "field", "value", "message", "is_warning"]


class ImportRunSerializer(serializers.ModelSerializer[ImportRun]):
    benchmark = serializers.SlugRelatedField(slug_field="slug", read_only=True)  # type: ignore[var-annotated]
    site = serializers.SlugRelatedField[Site](slug_field="code", read_only=True)

    class Meta:
        model = ImportRun
        fields = [
            "id",
            "benchmark",
            "site",
            "layout",
            "state",
            "total",
            "done",
            "counts",
            "message",
            "created_at",
            "started_at",
            "finished_at",
        ]


class ImportRunWholeSerializer(ImportRunSerializer):
    problems = ProblemSerializer(many=True, read_only=True)

    class Meta(ImportRunSerializer.Meta):
        fields = [*ImportRunSerializer.Meta.fields, "problems"]


class SiteViewSet(viewsets.ReadOnlyModelViewSet[Site]):
    """The sites that contribute."""

    permission_classes = [IsCurator]
    serializer_class = SiteSerializer
    queryset = Site.objects.order_by("code")
    lookup_field = "code"


_FILTERS = [
    OpenApiParameter("site", OpenApiTypes.STR, description="Code of the site."),
    OpenApiParameter("modality", OpenApiTypes.STR),
    OpenApiParameter("benchmark", OpenApiTypes.STR, description="Slug; studies in its pool."),
    OpenApiParameter(
        "q",
        OpenApiTypes.STR,
        description="Part of the study's id; a name or a StudyInstanceUID is POSTed to search/.",
    ),
    OpenApiParameter("report", OpenApiTypes.STR, enum=["yes", "no"]),
    OpenApiParameter("images", OpenApiTypes.STR, enum=["yes", "no"]),
    OpenApiParameter("sort", OpenApiTypes.STR, enum=[sign + key for key in STUDY_SORTS for sign in ("", "-")]),
]


class SearchSerializer(serializers.Serializer[Any]):
    """What a list of studies is searched for."""

    q = serializers.CharField(max_length=128, allow_blank=True)


@extend_schema_view(
    list=extend_schema(parameters=_FILTERS),
    search=extend_schema(
        parameters=[one for one in _FILTERS if one.name != "q"],
        request=SearchSerializer,
        responses=StudySerializer(many=True),
    ),
)
class StudyViewSet(viewsets.ReadOnlyModelViewSet[Study]):
    """Studies this person may list; one by its id comes with series, images and report. Addresses hold no names."""

    permission_classes = [IsCurator]
    queryset = Study.objects.none()

    def get_queryset(self) -> StudyQuerySet:
        if self.action == "retrieve":
            return study_whole(self.request.user)
        asked = self.request.query_params.dict()
        if self.action == "search":
            body = SearchSerializer(data=self.request.data)
            body.is_valid(raise_exception=True)
            asked |= body.validated_data
        elif leads_to_somebody(asked.get("q", "")):
            raise ValidationError(
                {"q": "It may be a name, or lead to one: no address should hold it. POST it to search/."}
            )
        return filtered_studies(self.request.user, StudyFilter.from_query(asked))

    @action(detail=False, methods=["post"], url_path="search")
    def search(self, request: Request) -> Response:
        """The same list, with what is searched for (`q`) in the body."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(StudySerializer(page, many=True).data)

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Study]]:
        return StudyWholeSerializer if self.action == "retrieve" else StudySerializer


class ImportRunViewSet(viewsets.ReadOnlyModelViewSet[ImportRun]):
    """Imports; one by its id comes with what it refused."""

    permission_classes = [IsCurator]
    queryset = import_runs()

    def get_serializer_class(self) -> type[serializers.BaseSerializer[ImportRun]]:
        return ImportRunWholeSerializer if self.action == "retrieve" else ImportRunSerializer


router = SimpleRouter()
router.register("sites", SiteViewSet, basename="site")
router.register("studies", StudyViewSet, basename="study")
router.register("imports", ImportRunViewSet, basename="import")
urlpatterns = router.urls
