"""Pages of the dashboard room."""

from django.urls import path

from dashboard import views
from dashboard.views import sites

app_name = "dashboard"

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("sites/", sites.site_list, name="site_list"),
    path("runs/", views.run_list, name="run_list"),
    path("runs/<int:pk>/control/", views.run_control, name="run_control"),
]
