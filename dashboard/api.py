"""The dashboard part of the API: the OpenAPI schema of the whole of it."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from accounts.permissions import IsReaderOrCurator

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(permission_classes=[IsReaderOrCurator]), name="schema"),
]
