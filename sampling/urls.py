"""Pages of the sampling room."""

from django.urls import path

from sampling import views

app_name = "sampling"

urlpatterns = [
    path("", views.run_list, name="run_list"),
    path("new/", views.run_create, name="run_create"),
    path("<int:pk>/", views.run_detail, name="run_detail"),
    path("<int:pk>/studies/", views.sampled_list, name="sampled_list"),
]
