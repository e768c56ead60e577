"""Pages of the labeling room."""

from django.urls import path

from labeling.views import reader, rounds

app_name = "labeling"

urlpatterns = [
    path("", reader.worklist_page, name="worklist"),
    path("case/<int:pk>/", reader.case_page, name="case"),
    path("case/<int:pk>/undo/", reader.undo_page, name="undo"),
    path("done/<int:pk>/", reader.done_page, name="done"),
    path("rounds/", rounds.round_list, name="round_list"),
    path("rounds/new/", rounds.round_create, name="round_create"),
    path("rounds/<int:pk>/", rounds.round_detail, name="round_detail"),
    path("rounds/<int:pk>/close/", rounds.round_close, name="round_close"),
    path("rounds/<int:pk>/studies.csv", rounds.studies_csv, name="round_studies"),
    path("rounds/<int:pk>/assignments.csv", rounds.assignments_csv, name="round_assignments"),
    path("rounds/<int:pk>/reads.csv", rounds.reads_csv, name="round_reads"),
]
