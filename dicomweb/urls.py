"""The addresses of DICOMweb, once for everything and once for each benchmark and site."""

from django.urls import URLPattern, path

from dicomweb.views.rendered import Rendered, RenderedTogether, Thumbnail
from dicomweb.views.retrieve import BulkData, Frames, Metadata
from dicomweb.views.search import InstanceSearch, SeriesSearch
from dicomweb.views.studies import Instances, Studies, Study

app_name = "dicomweb"
_SCOPE = "<slug:benchmark>/<slug:site>/"


def _addresses(prefix: str) -> list[URLPattern]:
    study = f"{prefix}studies/<str:study>"
    series = f"{study}/series/<str:series>"
    instance = f"{series}/instances/<str:instance>"
    frames = f"{instance}/frames/<str:frames>"
    return [
        path(f"{prefix}studies", Studies.as_view(), name="studies"),
        path(f"{prefix}series", SeriesSearch.as_view(), name="series_search"),
        path(f"{prefix}instances", InstanceSearch.as_view(), name="instance_search"),
        path(study, Study.as_view(), name="study"),
        path(f"{study}/series", SeriesSearch.as_view(), name="study_series"),
        path(f"{study}/instances", InstanceSearch.as_view(), name="study_instances"),
        path(f"{study}/metadata", Metadata.as_view(), name="study_metadata"),
        path(f"{study}/rendered", RenderedTogether.as_view(), name="study_rendered"),
        path(f"{study}/thumbnail", Thumbnail.as_view(), name="study_thumbnail"),
        path(series, Instances.as_view(), name="series"),
        path(f"{series}/instances", InstanceSearch.as_view(), name="series_instances"),
        path(f"{series}/metadata", Metadata.as_view(), name="series_metadata"),
        path(f"{series}/rendered", RenderedTogether.as_view(), name="series_rendered"),
        path(f"{series}/thumbnail", Thumbnail.as_view(), name="series_thumbnail"),
        path(instance, Instances.as_view(), name="instance"),
        path(f"{instance}/metadata", Metadata.as_view(), name="instance_metadata"),
        path(f"{instance}/thumbnail", Thumbnail.as_view(), name="instance_thumbnail"),
        path(f"{instance}/rendered", Rendered.as_view(), name="instance_rendered"),
        path(f"{instance}/bulkdata/<str:tag>", BulkData.as_view(), name="bulkdata"),
        path(frames, Frames.as_view(), name="frames"),
        path(f"{frames}/rendered", Rendered.as_view(), name="frame_rendered"),
        path(f"{frames}/thumbnail", Thumbnail.as_view(), name="frame_thumbnail"),
    ]


urlpatterns = [*_addresses(""), *_addresses(_SCOPE)]
