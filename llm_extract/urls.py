"""Pages of the extraction room."""

from django.urls import path

from llm_extract import views

app_name = "llm_extract"

urlpatterns = [
    path("", views.run_list, name="run_list"),
    path("new/", views.run_create, name="run_create"),
    path("<int:pk>/", views.run_detail, name="run_detail"),
    path("study/<int:pk>/", views.study_suggestions, name="study_suggestions"),
]
