"""Which backends a stage may use: the embedded ones, and an admin's as far as they are ready."""

from dataclasses import dataclass

from llm_extract.actions.choices import what_it_lacks
from llm_extract.backends import EXTRACTORS, MAPPERS, RULES, VOCABULARY
from llm_extract.models import Backend, BackendKind, Stage

EMBEDDED_WORDS = {
    RULES: "rules engine (embedded: no model, no key, no cost)",
    VOCABULARY: "vocabulary (embedded: no model, no key, no cost)",
}


@dataclass(frozen=True)
class Readiness:
    """A backend, and the sentence that says why no run may use it now; empty when one may.

    `public_reason` says the same without the name of a variable, which is an admin's to know.
    """

    backend: Backend
    reason: str
    public_reason: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether a run may use it."""
        return not self.reason


def readiness(backend: Backend) -> Readiness:
    """Whether a run may use a backend on this machine, and if not why and what to do."""
    reason = ""
    if not backend.is_active:
        reason = "It is switched off."
    elif lacks := what_it_lacks(backend):
        if backend.api_key_env and backend.api_key_env in lacks:
            return Readiness(backend, lacks, "It has no key on this machine; an admin sets it.")
        reason = lacks
    elif backend.kind != BackendKind.LOCAL and not backend.structured_mode:
        tested = "Its last test failed" if backend.probed_at else "It was never tested"
        reason = f"{tested}; an admin tests its connection."
    return Readiness(backend, reason, reason)


def all_readiness(*, with_inactive: bool = False) -> list[Readiness]:
    """Every backend by name, with whether it is ready."""
    backends = Backend.objects.all() if with_inactive else Backend.objects.filter(is_active=True)
    return [readiness(backend) for backend in backends.order_by("name")]


def stage_choices(stage: Stage, known: list[Readiness]) -> list[tuple[str, str]]:
    """Names and words of what a stage may use, the embedded ones first."""
    embedded = EXTRACTORS if stage == Stage.EXTRACT else MAPPERS
    # A model that weighs options can only map.
    ready = [
        one.backend for one in known if one.is_ready and not (stage == Stage.EXTRACT and one.backend.weighs_options)
    ]
    return [
        *((name, EMBEDDED_WORDS.get(name, name)) for name in embedded),
        *((one.name, f"{one.name} ({one.model}, {one.get_kind_display()})") for one in ready),
    ]
