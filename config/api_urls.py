"""The REST API's address book: each room's router under /api/v1/, and the OpenAPI schema."""

from django.urls import include, path

urlpatterns = [
    path("", include("accounts.api")),
    path("", include("dashboard.api")),
    path("", include("benchmarks.api")),
    path("", include("cases.api")),
    path("", include("llm_extract.api")),
    path("", include("sampling.api")),
    path("", include("labeling.api")),
    path("", include("consensus.api")),
    path("", include("releases.api")),
]
