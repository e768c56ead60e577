"""The only writers of releases: build a draft, freeze, publish, withdraw, export."""

from releases.actions.building import build_release, create_build
from releases.actions.exporting import create_export, export_to_folder, work_export
from releases.actions.rules import ReleaseRefusedError
from releases.actions.states import discard_draft, freeze_release, publish_release, withdraw_release

__all__ = [
    "ReleaseRefusedError",
    "build_release",
    "create_build",
    "create_export",
    "discard_draft",
    "export_to_folder",
    "freeze_release",
    "publish_release",
    "withdraw_release",
    "work_export",
]
