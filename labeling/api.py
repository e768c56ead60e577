"""The labeling part of the API: rounds for curators, a reader's own cases and verdicts."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.permissions import IsCurator, IsReader, IsReaderOrCurator
from labeling.actions import cannot_judge, record_read, undo_cannot_judge
from labeling.marks import MOST_MARKS
from labeling.models import (
    CannotJudge,
    CannotJudgeReason,
    CorrectionKind,
    Read,
    ReadingRound,
    ReadSource,
    Slot,
    Verdict,
)
from labeling.queries import cases_of, planted_words, reads_visible_to, rounds_with_counts
from labeling.queries.sealing import sealed_rounds
from labeling.verdicts import LabelChange


def _user(request: Request) -> User:
    """The caller, typed; the permission classes let nobody else in."""
    if not isinstance(request.user, User):
        raise TypeError("An API view without a permission class.")
    return request.user


class RoundSerializer(serializers.ModelSerializer[ReadingRound]):
    """A round and how far it is."""

    benchmark = serializers.SlugRelatedField("slug", read_only=True)  # type: ignore[var-annotated]  # a slug
    n_studies = serializers.IntegerField(read_only=True)
    n_readers = serializers.IntegerField(read_only=True)
    n_slots = serializers.IntegerField(read_only=True, help_text="Reads dealt.")
    n_read = serializers.IntegerField(read_only=True, help_text="Reads that are in.")

    class Meta:
        model = ReadingRound
        fields = (
            *("id", "benchmark", "number", "state", "reads_per_study", "show_report", "exclude_own_site", "seed"),
            *("sampling_run", "created_at", "closed_at", "n_studies", "n_readers", "n_slots", "n_read"),
        )


class SlotSerializer(serializers.ModelSerializer[Slot]):
    """A case on the reader's list: no study identifier, no other reader."""

    class Meta:
        model = Slot
        fields = ("id", "round", "order", "state")


class CorrectionSerializer(serializers.Serializer[LabelChange]):
    """One label that the reader added, or a suggestion struck."""

    label = serializers.CharField(max_length=60, help_text="The label's key.")  # type: ignore[assignment]  # named so
    kind = serializers.ChoiceField(CorrectionKind.choices)


class ReadSerializer(serializers.ModelSerializer[Read]):
    """A standing verdict. ``study_id``, ``site``, ``arm`` and ``planted`` are told to curators and admins only."""

    slot = serializers.PrimaryKeyRelatedField(read_only=True)  # type: ignore[var-annotated]  # an id
    round = serializers.IntegerField(source="slot.round_id", read_only=True)
    corrections = serializers.SerializerMethodField()
    study_id = serializers.SerializerMethodField()
    site = serializers.SerializerMethodField()
    arm = serializers.SerializerMethodField()
    planted = serializers.SerializerMethodField()
    reader = serializers.CharField(source="slot.reader.username", read_only=True)

    class Meta:
        model = Read
        fields = (
            *("id", "slot", "round", "study_id", "site", "reader", "verdict", "corrections", "comment"),
            *("submitted_at", "seconds", "source", "arm", "planted", "marks"),
        )

    @extend_schema_field(CorrectionSerializer(many=True))
    def get_corrections(self, read: Read) -> list[dict[str, str]]:
        return [{"label": item.label.key, "kind": item.kind} for item in read.corrections.all()]

    def get_study_id(self, read: Read) -> str | None:
        return read.slot.round_study.study.study_id if self._is_curator() else None

    def get_site(self, read: Read) -> str | None:
        return read.slot.round_study.study.site.code if self._is_curator() else None

    def get_arm(self, read: Read) -> str | None:
        return read.slot.arm if self._is_curator() else None

    def get_planted(self, read: Read) -> str | None:
        return planted_words(read.slot) if self._is_curator() else None

    def _is_curator(self) -> bool:
        user = self.context["request"].user
        return isinstance(user, User) and user.is_curator


class VerdictSerializer(serializers.Serializer[Read]):
    """A verdict to store."""

    verdict = serializers.ChoiceField(Verdict.choices, help_text="`labels` where the case shows no suggestions.")
    corrections = CorrectionSerializer(many=True, required=False)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=10_000)
    marks = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        max_length=MOST_MARKS,
        help_text="On the pictures: docs/reading.md.",
    )


class CannotJudgeSerializer(serializers.ModelSerializer[CannotJudge]):
    """Why a case is closed without a verdict; `comment` is needed for another reason."""

    slot = serializers.PrimaryKeyRelatedField(read_only=True)  # type: ignore[var-annotated]  # an id
    reason = serializers.ChoiceField(CannotJudgeReason.choices)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=10_000)

    class Meta:
        model = CannotJudge
        fields = ("id", "slot", "reason", "comment", "submitted_at")
        read_only_fields = ("id", "submitted_at")


class RoundList(generics.ListAPIView[ReadingRound]):
    """Reading rounds, newest first."""

    permission_classes = [IsCurator]
    serializer_class = RoundSerializer
    queryset = rounds_with_counts()


class RoundDetail(generics.RetrieveAPIView[ReadingRound]):
    """One reading round."""

    permission_classes = [IsCurator]
    serializer_class = RoundSerializer
    queryset = rounds_with_counts()


class SlotList(generics.ListAPIView[Slot]):
    """The caller's own cases, round by round in reading order."""

    permission_classes = [IsReader]
    serializer_class = SlotSerializer
    queryset = Slot.objects.none()

    def get_queryset(self) -> QuerySet[Slot]:
        return cases_of(_user(self.request)).order_by("-round", "order")


class ReadList(generics.ListAPIView[Read]):
    """Standing verdicts: a reader's own, a curator's all but those of a sealed holdout, an admin's all."""

    permission_classes = [IsReaderOrCurator]
    serializer_class = ReadSerializer
    queryset = Read.objects.none()

    @extend_schema(
        parameters=[
            OpenApiParameter("round", OpenApiTypes.INT, description="Only this round's."),
            OpenApiParameter(
                "controls", OpenApiTypes.BOOL, description="1: those that do not count too (curators and admins)."
            ),
        ]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Read]:
        wants_all = self.request.query_params.get("controls", "") in {"1", "true"}
        reads = reads_visible_to(_user(self.request), with_controls=wants_all)
        asked = self.request.query_params.get("round", "")
        return reads.filter(slot__round=int(asked)) if asked.isdecimal() else reads


class SlotReads(generics.GenericAPIView[Any]):
    """Store a verdict on one of the caller's own cases."""

    permission_classes = [IsReader]
    serializer_class = VerdictSerializer
    queryset = Slot.objects.none()

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description="The same key on the same case stores once, however often it is sent.",
            )
        ],
        responses={201: ReadSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        user = _user(request)
        slot = get_object_or_404(cases_of(user), pk=pk)
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        read = record_read(
            slot=slot,
            verdict=data["verdict"],
            corrections=[LabelChange(item["label"], item["kind"]) for item in data.get("corrections", ())],
            comment=data.get("comment", ""),
            marks=data.get("marks", ()),
            by=user,
            now=timezone.now(),
            idempotency_key=request.headers.get("Idempotency-Key"),
            source=ReadSource.API,
        )
        stored = ReadSerializer(read, context=self.get_serializer_context())
        return Response(stored.data, status=status.HTTP_201_CREATED)


class SlotCannotJudge(generics.GenericAPIView[Any]):
    """Close one of the caller's own cases without a verdict; it goes to another reader. DELETE takes it back."""

    permission_classes = [IsReader]
    serializer_class = CannotJudgeSerializer
    queryset = Slot.objects.none()

    @extend_schema(responses={201: CannotJudgeSerializer})
    def post(self, request: Request, pk: int) -> Response:
        user = _user(request)
        slot = _own_slot(user, pk)
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = cannot_judge(
            slot=slot,
            reason=given.validated_data["reason"],
            comment=given.validated_data.get("comment", ""),
            by=user,
            now=timezone.now(),
            idempotency_key=request.headers.get("Idempotency-Key"),
            source=ReadSource.API,
        )
        return Response(self.get_serializer(said).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={200: SlotSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        user = _user(request)
        slot = undo_cannot_judge(slot=_own_slot(user, pk), by=user, now=timezone.now())
        return Response(SlotSerializer(slot).data)


def _own_slot(user: User, pk: int) -> Slot:
    """A slot of the caller, closed ones included: taking back must find what was closed."""
    return get_object_or_404(Slot.objects.exclude(round__in=sealed_rounds()), pk=pk, reader=user)


urlpatterns = [
    path("rounds/", RoundList.as_view(), name="round-list"),
    path("rounds/<int:pk>/", RoundDetail.as_view(), name="round-detail"),
    path("slots/", SlotList.as_view(), name="slot-list"),
    path("slots/<int:pk>/reads/", SlotReads.as_view(), name="slot-reads"),
    path("slots/<int:pk>/cannot-judge/", SlotCannotJudge.as_view(), name="slot-cannot-judge"),
    path("reads/", ReadList.as_view(), name="read-list"),
]
