"""The accounts part of the API: who am I."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import acting_user
from accounts.models import User
from accounts.permissions import IsSignedIn


class MeSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["username", "name", "email", "role", "home_site_code"]
        read_only_fields = fields


class MeView(APIView):
    """Whose token or session this is, and what role it has."""

    permission_classes = [IsSignedIn]

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(acting_user(request)).data)


urlpatterns = [path("me", MeView.as_view(), name="me")]
