"""Pages of the dashboard room."""

from django.urls import path

from dashboard import views

app_name = "dashboard"

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("runs/", views.run_list, name="run_list"),
    path("runs/<int:pk>/control/", views.run_control, name="run_control"),
]
