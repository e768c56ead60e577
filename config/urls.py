"""The address book: one line per room."""

from django.urls import include, path

urlpatterns = [
    path("", include("dashboard.urls")),
    path("account/", include("allauth.urls")),
    path("people/", include("accounts.urls")),
    path("benchmarks/", include("benchmarks.urls")),
    path("studies/", include("cases.urls")),
    path("extraction/", include("llm_extract.urls")),
    path("sampling/", include("sampling.urls")),
    path("reading/", include("labeling.urls")),
    path("consensus/", include("consensus.urls")),
    path("releases/", include("releases.urls")),
    path("dicom-web/", include("dicomweb.urls")),
    path("api/v1/", include("config.api_urls")),
]
