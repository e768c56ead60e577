"""Pages of the labeling room."""

from django.urls import path

from labeling.views import answer, attention, case, desk, keys, planned, rounds, training, worklist

app_name = "labeling"

urlpatterns = [
    path("", worklist.worklist_page, name="worklist"),
    path("case/<int:pk>/", case.case_page, name="case"),
    path("case/<int:pk>/undo/", case.undo_page, name="undo"),
    path("case/<int:pk>/cannot-judge/", case.cannot_judge_page, name="cannot_judge"),
    path("case/<int:pk>/draft/", desk.draft_page, name="draft"),
    path("case/<int:pk>/loan/", desk.loan_page, name="loan"),
    path("next/<int:pk>/", case.next_page, name="next"),
    path("session/", desk.session_page, name="session"),
    path("keys/", keys.keys_page, name="keys"),
    path("done/<int:pk>/", worklist.done_page, name="done"),
    path("case/<int:pk>/answer/", answer.answer_page, name="answer"),
    path("training/", training.training_list, name="training_list"),
    path("training/<int:pk>/", training.training_detail, name="training_detail"),
    path("training/cases/<int:pk>/remove/", training.training_case_remove, name="training_case_remove"),
    path("rounds/", rounds.round_list, name="round_list"),
    path("rounds/new/", rounds.round_create, name="round_create"),
    path("rounds/<int:pk>/", rounds.round_detail, name="round_detail"),
    path("rounds/<int:pk>/pairs/", planned.round_pairs, name="round_pairs"),
    path("rounds/<int:pk>/hand-over/<int:reader_pk>/", attention.hand_over_page, name="hand_over"),
    path("rounds/<int:pk>/deal-in/", attention.deal_in_page, name="deal_in"),
    path("rounds/<int:pk>/deal/<int:slot_pk>/", attention.deal_page, name="deal_waiting"),
    path("rounds/<int:pk>/hold/<int:hold_pk>/", attention.hold_page, name="hold"),
    path("rounds/<int:pk>/close/", rounds.round_close, name="round_close"),
    path("rounds/<int:pk>/studies.csv", rounds.studies_csv, name="round_studies"),
    path("rounds/<int:pk>/assignments.csv", rounds.assignments_csv, name="round_assignments"),
    path("rounds/<int:pk>/reads.csv", rounds.reads_csv, name="round_reads"),
    path("rounds/<int:pk>/marks.csv", rounds.marks_csv, name="round_marks"),
]
