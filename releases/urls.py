"""Pages of the releases room."""

from django.urls import path

from releases import views

app_name = "releases"

urlpatterns = [
    path("", views.release_list, name="list"),
    path("build/", views.build_create, name="build_create"),
    path("builds/<int:pk>/", views.build_detail, name="build_detail"),
    path("<int:pk>/", views.release_detail, name="detail"),
    path("<int:pk>/report/", views.release_report, name="report"),
    path("<int:pk>/cases/", views.case_list, name="case_list"),
    path("<int:pk>/export/", views.export_create, name="export_create"),
    path("exports/<int:pk>/", views.export_detail, name="export_detail"),
    path("exports/<int:pk>/file/", views.export_download, name="export_download"),
    path("<int:pk>/<slug:step>/", views.release_step, name="step"),
]
