"""Pages of the sampling room."""

from django.urls import path

from sampling import views

app_name = "sampling"

urlpatterns = [
    path("", views.run_list, name="run_list"),
    path("new/", views.run_create, name="run_create"),
    path("plans/<int:pk>/", views.plan_detail, name="plan_detail"),
    path("<int:pk>/", views.run_detail, name="run_detail"),
    path("<int:pk>/studies/", views.sampled_list, name="sampled_list"),
    path("<int:pk>/studies/<int:study_pk>/", views.why, name="why"),
    path("<int:pk>/buckets.csv", views.buckets_csv, name="buckets"),
]
