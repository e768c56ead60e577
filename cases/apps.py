"""The cases app."""

import warnings

from django.apps import AppConfig

from core.runs import register_run_kind


def _dispatch(run_id: int) -> None:
    from cases.tasks import import_task

    import_task.delay_on_commit(run_id)  # type: ignore[attr-defined]  # of celery's Django task class


def _dispatch_frames(run_id: int) -> None:
    from cases.tasks import frame_run_task

    frame_run_task.delay_on_commit(run_id)  # type: ignore[attr-defined]  # of celery's Django task class


def _obstacle(run_id: int) -> str:
    from cases.queries.uploads import obstacle_to_import

    return obstacle_to_import(run_id)


class CasesConfig(AppConfig):
    name = "cases"

    def ready(self) -> None:
        # pydicom's warnings repeat values of headers, which may name a patient: no log may hold them.
        warnings.filterwarnings("ignore", category=UserWarning, module=r"(?:pydicom|cases|dicomweb)\b")
        register_run_kind("import", dispatcher=_dispatch, page="cases:import_detail", obstacle=_obstacle)
        register_run_kind("frames", dispatcher=_dispatch_frames, page="cases:frames_detail")
