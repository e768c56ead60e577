"""``studies`` and what stands below: searched and retrieved by GET, stored into by POST."""

from django.http import HttpResponse, HttpResponseBase
from rest_framework.request import Request

from dicomweb.views.base import DicomWebView, scope_of
from dicomweb.views.retrieve import retrieve
from dicomweb.views.search import find_studies
from dicomweb.views.store import store


class Studies(DicomWebView):
    """All studies that the caller may have."""

    def get(self, request: Request, benchmark: str = "", site: str = "") -> HttpResponse:
        return find_studies(request, scope_of(benchmark, site))

    def post(self, request: Request, benchmark: str = "", site: str = "") -> HttpResponse:
        return store(request, benchmark, site)


class Study(DicomWebView):
    """One study: retrieved by GET, stored into by POST."""

    def get(self, request: Request, study: str, benchmark: str = "", site: str = "") -> HttpResponseBase:
        return retrieve(request, study, benchmark=benchmark, site=site)

    def post(self, request: Request, study: str, benchmark: str = "", site: str = "") -> HttpResponse:
        return store(request, benchmark, site, study)


class Series(DicomWebView):
    """The instances of one series."""

    def get(self, request: Request, study: str, series: str, benchmark: str = "", site: str = "") -> HttpResponseBase:
        return retrieve(request, study, series, benchmark=benchmark, site=site)


class Instance(DicomWebView):
    """One instance."""

    def get(
        self, request: Request, study: str, series: str, instance: str, benchmark: str = "", site: str = ""
    ) -> HttpResponseBase:
        return retrieve(request, study, series, instance, benchmark, site)
