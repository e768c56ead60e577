"""The labeling app."""

from django.apps import AppConfig

from cases.visibility import register_viewing_rule


class LabelingConfig(AppConfig):
    name = "labeling"

    def ready(self) -> None:
        from labeling.queries import is_prior_of_a_case, may_view

        register_viewing_rule(may_view)
        register_viewing_rule(is_prior_of_a_case)
