"""What a curator fills in to start an extraction."""

from typing import Any

from django import forms

from benchmarks.models import Benchmark
from llm_extract.actions import PipelineChoice
from llm_extract.actions.choices import MOST_READINGS, MOST_REQUESTS, MOST_TOKENS
from llm_extract.forms.choices import Readiness, all_readiness, stage_choices
from llm_extract.models import Prompt, Stage

CAPS = ("max_cost", "max_tokens", "max_requests")
ASKED_OF_MODELS = ("extractor_prompt", "further_prompts", "samples", "mapper_prompt", "maps_all", "in_batches")


def _prompt_words(prompt: Prompt) -> str:
    return f"{prompt} (shipped)" if prompt.is_shipped else str(prompt)


class PromptField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """A prompt by name and version."""

    def label_from_instance(self, prompt: Prompt) -> str:
        return _prompt_words(prompt)


class PromptsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Prompts by name and version."""

    def label_from_instance(self, prompt: Prompt) -> str:
        return _prompt_words(prompt)


class CapsForm(forms.Form):
    """How far a run may go."""

    max_cost = forms.DecimalField(
        label="Stop before this cost",
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=4,
        help_text="In the backend's currency. Needs its prices; empty for no cap.",
    )
    max_tokens = forms.IntegerField(
        label="Stop before so many tokens", required=False, min_value=1, max_value=MOST_TOKENS
    )
    max_requests = forms.IntegerField(
        label="Stop before so many requests", required=False, min_value=1, max_value=MOST_REQUESTS
    )


class ExtractionForm(CapsForm):
    benchmark = forms.ModelChoiceField(Benchmark.objects.all(), empty_label=None)
    extractor = forms.ChoiceField(help_text="Reads each report and lists its findings.")
    mapper = forms.ChoiceField(help_text="Maps the findings to the benchmark's labels.")
    extractor_prompt = PromptField(
        Prompt.objects.filter(stage=Stage.EXTRACT),
        required=False,
        empty_label="the one that new runs use",
        help_text="What a model is asked of a report. The rules engine needs none.",
    )
    mapper_prompt = PromptField(
        Prompt.objects.filter(stage=Stage.MAP),
        required=False,
        empty_label="the one that new runs use",
        help_text="What a model is asked of the findings. The vocabulary needs none.",
    )
    further_prompts = PromptsField(
        Prompt.objects.filter(stage=Stage.EXTRACT),
        label="More prompts for each report",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Each reads every report as well. It shows which labels hang on the wording, and costs as many times more.",
    )
    samples = forms.IntegerField(
        label="Readings of each report",
        initial=1,
        min_value=1,
        max_value=MOST_READINGS,
        help_text="More than one shows where a model doubts itself, and costs as many times more. 1 to 9; each prompt reads "
        "at least once.",
    )
    maps_all = forms.BooleanField(
        label="Let the model map every finding",
        required=False,
        help_text="Otherwise it is asked only about findings that no label's words map, which costs less.",
    )
    in_batches = forms.BooleanField(
        label="Ask in batches",
        required=False,
        help_text="By the server's Batch API: answers come within a day, usually at half the price.",
    )
    limit = forms.IntegerField(
        label="Reports at most",
        required=False,
        min_value=1,
        max_value=MOST_REQUESTS,
        help_text="To try a choice on a few; empty for all that wait.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known: list[Readiness] = all_readiness()
        self.fields["extractor"] = self._stage_field("extractor", Stage.EXTRACT)
        self.fields["mapper"] = self._stage_field("mapper", Stage.MAP)

    def _stage_field(self, name: str, stage: Stage) -> forms.ChoiceField:
        return forms.ChoiceField(choices=stage_choices(stage, self.known), help_text=self.fields[name].help_text)

    @property
    def unready(self) -> list[Readiness]:
        """Backends that stand on no list of choices, each with its reason."""
        return [one for one in self.known if not one.is_ready]

    @property
    def model_fields(self) -> list[forms.BoundField]:
        """What matters only where a model is asked; more prompts only where there are some to choose."""
        has_more = self.fields["further_prompts"].queryset.count() > 1  # type: ignore[attr-defined]  # a field of rows
        names = [name for name in ASKED_OF_MODELS if name in self.fields and (has_more or name != "further_prompts")]
        return [self[name] for name in (*names, *CAPS)]

    def choice(self) -> PipelineChoice:
        """The pipeline as chosen."""
        data = self.cleaned_data
        names = ("extractor", "mapper", *ASKED_OF_MODELS, *CAPS)
        values = {name: data[name] for name in names if name in self.fields}
        # The prompt that is named reads anyway: ticked once more, it is the same one.
        further = tuple(one for one in data["further_prompts"] if one != data["extractor_prompt"])
        return PipelineChoice(**values | {"further_prompts": further})

    def choices_made(self) -> dict[str, Any]:
        """What `create_extraction_run` is to be called with."""
        data = self.cleaned_data
        return {"benchmark": data["benchmark"], "limit": data["limit"], "choice": self.choice()}
