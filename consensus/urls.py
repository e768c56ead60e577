"""Pages of the consensus room."""

from django.urls import path

from consensus import views

app_name = "consensus"

urlpatterns = [
    path("", views.round_list, name="list"),
    path("<int:pk>/", views.round_consensus, name="round"),
    path("<int:pk>/outcomes/", views.outcome_list, name="outcome_list"),
    path("<int:pk>/agreement/", views.agreement_create, name="agreement_create"),
    path("agreement/<int:pk>/", views.agreement_detail, name="agreement"),
]
