"""Pages of the cases room."""

from django.urls import path

from cases import views

app_name = "cases"

urlpatterns = [
    path("", views.study_list, name="study_list"),
    path("<int:pk>/", views.study_detail, name="study_detail"),
    path("imports/", views.import_list, name="import_list"),
    path("imports/new/", views.import_create, name="import_create"),
    path("imports/<int:pk>/", views.import_detail, name="import_detail"),
    path("imports/<int:pk>/again/", views.import_again, name="import_again"),
    # An image never changes, so its number names its bytes; the digest may stand beside it.
    path("images/<int:pk>/preview/", views.image_preview, name="image_preview"),
    path("images/<int:pk>/preview/<slug:sha256>/", views.image_preview, name="image_preview"),
    path("images/<int:pk>/thumbnail/", views.image_thumbnail, name="image_thumbnail"),
    path("images/<int:pk>/thumbnail/<slug:sha256>/", views.image_thumbnail, name="image_thumbnail"),
]
