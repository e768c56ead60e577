"""``studies`` and what stands below: searched and retrieved by GET, stored into by POST."""

from django.http import HttpResponse, HttpResponseBase
from rest_framework.request import Request

from accounts.permissions import IsReaderOrCuratorOrStores
from dicomweb.views.base import Address, DicomWebView
from dicomweb.views.retrieve import retrieve
from dicomweb.views.search import find_studies
from dicomweb.views.store import store


class Studies(DicomWebView):
    """All studies that the caller may have."""

    permission_classes = [IsReaderOrCuratorOrStores]

    def get(self, request: Request, **names: str) -> HttpResponse:
        return find_studies(request, Address(**names).scope)

    def post(self, request: Request, **names: str) -> HttpResponse:
        return store(request, Address(**names))


class Study(DicomWebView):
    """One study: retrieved by GET, stored into by POST."""

    permission_classes = [IsReaderOrCuratorOrStores]

    def get(self, request: Request, **names: str) -> HttpResponseBase:
        return retrieve(request, Address(**names))

    def post(self, request: Request, **names: str) -> HttpResponse:
        return store(request, Address(**names))


class Instances(DicomWebView):
    """The instances of one series, or one of them."""

    def get(self, request: Request, **names: str) -> HttpResponseBase:
        return retrieve(request, Address(**names))
