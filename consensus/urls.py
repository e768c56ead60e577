"""Pages of the consensus room."""

from django.urls import path

from consensus.views import adjudication, bias, readers, rounds, what_if

app_name = "consensus"

urlpatterns = [
    path("", rounds.round_list, name="list"),
    path("<int:pk>/", rounds.round_consensus, name="round"),
    path("<int:pk>/outcomes/", rounds.outcome_list, name="outcome_list"),
    path("<int:pk>/agreement/", rounds.agreement_create, name="agreement_create"),
    path("<int:pk>/bias/", bias.bias_page, name="bias"),
    path("<int:pk>/readers/", readers.readers_page, name="readers"),
    path("<int:pk>/what-if/", what_if.what_if_page, name="what_if"),
    path("<int:pk>/adjudication/", adjudication.queue, name="adjudication_queue"),
    path("<int:pk>/adjudication/deal/", adjudication.deal, name="adjudication_deal"),
    path("adjudication/", adjudication.own_list, name="adjudication_list"),
    path("adjudication/<int:pk>/", adjudication.case, name="adjudication"),
    path("adjudication/<int:pk>/withdraw/", adjudication.withdraw, name="adjudication_withdraw"),
    path("agreement/<int:pk>/", rounds.agreement_detail, name="agreement"),
]
