"""What a curator fills in to start an extraction."""

from django import forms

from benchmarks.models import Benchmark
from llm_extract.actions import PipelineChoice
from llm_extract.backends import EXTRACTORS, MAPPERS


class ExtractionForm(forms.Form):
    benchmark = forms.ModelChoiceField(Benchmark.objects.all(), empty_label=None)
    extractor = forms.ChoiceField(
        choices=[(name, name) for name in EXTRACTORS],
        help_text="Reads each report and lists its findings. “rules” is the embedded engine: no model, no key, no cost.",
    )
    mapper = forms.ChoiceField(
        choices=[(name, name) for name in MAPPERS], help_text="Maps findings to the benchmark's labels."
    )
    limit = forms.IntegerField(
        required=False, min_value=1, help_text="Stop after so many reports, to try a choice; empty for all."
    )

    def choices_made(self) -> dict[str, object]:
        """What `create_extraction_run` is to be called with."""
        data = self.cleaned_data
        choice = PipelineChoice(extractor=data["extractor"], mapper=data["mapper"])
        return {"benchmark": data["benchmark"], "limit": data["limit"], "choice": choice}
