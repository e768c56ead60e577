"""The DICOMweb app. It has no rows of its own."""

from django.apps import AppConfig


class DicomwebConfig(AppConfig):
    name = "dicomweb"
