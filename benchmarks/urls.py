"""Pages of the benchmarks room."""

from django.urls import path

from benchmarks import views

app_name = "benchmarks"

urlpatterns = [
    path("", views.benchmark_list, name="list"),
    path("load/", views.benchmark_load, name="load"),
    path("<slug:slug>/", views.benchmark_detail, name="detail"),
]
