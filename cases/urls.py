"""Pages of the cases room."""

from django.urls import path

from cases import views
from cases.views import contributions, contributors, gate, pictures, uploads

app_name = "cases"

urlpatterns = [
    path("", views.study_list, name="study_list"),
    path("<int:pk>/", views.study_detail, name="study_detail"),
    path("imports/", views.import_list, name="import_list"),
    path("imports/new/", views.import_create, name="import_create"),
    path("imports/<int:pk>/", views.import_detail, name="import_detail"),
    path("imports/<int:pk>/again/", views.import_again, name="import_again"),
    path("imports/<int:pk>/gate/", gate.contribution_report, name="gate_report"),
    path("quarantine/", gate.quarantine, name="quarantine"),
    path("quarantine/<int:pk>/decide/", gate.decide, name="decide"),
    path("images/<int:pk>/hold/", gate.hold, name="hold_picture"),
    path("uploads/new/", uploads.upload_create, name="upload_create"),
    path("uploads/<int:pk>/", uploads.upload_detail, name="upload_detail"),
    path("uploads/<int:pk>/files/", uploads.upload_files, name="upload_files"),
    path("uploads/<int:pk>/files/<int:file_pk>/", uploads.upload_piece, name="upload_piece"),
    path("uploads/<int:pk>/finish/", uploads.upload_finish, name="upload_finish"),
    path("uploads/<int:pk>/discard/", uploads.upload_discard, name="upload_discard"),
    path("contributions/", contributions.contribution_list, name="contribution_list"),
    path("contributions/new/", contributions.contribution_create, name="contribution_create"),
    path("contributions/<int:pk>/", contributions.contribution_detail, name="contribution_detail"),
    path("contributions/<int:pk>/gate/", contributions.contribution_gate, name="contribution_gate"),
    path("contributions/dicomweb/", contributions.contribution_dicomweb, name="contribution_dicomweb"),
    path("contributions/dicomweb/token/", contributions.contribution_token, name="contribution_token"),
    path("contributors/", contributors.contributor_list, name="contributor_list"),
    path("contributors/new/", contributors.contributor_invite, name="contributor_invite"),
    path("contributors/<int:pk>/link/", contributors.contributor_link, name="contributor_link"),
    path("contributors/<int:pk>/end/", contributors.membership_end, name="membership_end"),
    path("frames/<int:pk>/", views.frames_detail, name="frames_detail"),
    # An original never changes, so its number names it; the digest of what is shown of it may stand beside it.
    path("images/<int:pk>/preview/", pictures.image_preview, name="image_preview"),
    path("images/<int:pk>/preview/<slug:sha256>/", pictures.image_preview, name="image_preview"),
    path("images/<int:pk>/thumbnail/", pictures.image_thumbnail, name="image_thumbnail"),
    path("images/<int:pk>/thumbnail/<slug:sha256>/", pictures.image_thumbnail, name="image_thumbnail"),
    path("images/<int:pk>/frames/<int:frame>/whole/", pictures.frame_whole, name="frame_whole"),
    path("images/<int:pk>/frames/<slug:digest>/<int:frame>/", pictures.image_frame, name="image_frame"),
]
