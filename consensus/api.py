"""Outcomes over the API: derived from the reads at the moment of asking, by the benchmark's own rule."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import acting_user
from accounts.permissions import IsCurator
from consensus.queries import outcomes_of_round
from labeling.models import ReadingRound


class OutcomeSerializer(serializers.Serializer[Any]):
    study_id = serializers.CharField()
    site = serializers.CharField()
    state = serializers.CharField()
    labels = serializers.ListField(child=serializers.CharField(), allow_null=True)
    split_labels = serializers.ListField(child=serializers.CharField())
    rule = serializers.CharField()
    rests_on = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of the reads.")
    adjudication = serializers.IntegerField(allow_null=True, help_text="Id of the adjudication that decided it.")


class OutcomeList(ListAPIView[Any]):
    """The outcome of every study of a round; a sealed holdout is an admin's alone."""

    permission_classes = [IsCurator]
    serializer_class = OutcomeSerializer
    queryset = ReadingRound.objects.select_related("benchmark")

    @extend_schema(operation_id="round_outcomes_list")
    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        """All outcomes, paged."""
        round_ = get_object_or_404(self.get_queryset(), pk=self.kwargs["round_pk"])
        rows = [
            {
                "study_id": one.study.study_id,
                "site": one.study.site.code,
                "state": one.outcome.state,
                "labels": sorted(one.outcome.labels) if one.outcome.labels is not None else None,
                "split_labels": sorted(one.outcome.split_labels),
                "rule": one.outcome.rule,
                "rests_on": list(one.outcome.rests_on),
                "adjudication": one.outcome.adjudication,
            }
            for one in outcomes_of_round(round_, user=acting_user(request))
        ]
        page = self.paginator.paginate_queryset(rows, request, view=self)  # type: ignore[union-attr]
        return self.get_paginated_response(OutcomeSerializer(page, many=True).data)


urlpatterns = [path("rounds/<int:round_pk>/outcomes/", OutcomeList.as_view(), name="round-outcomes")]
