"""What a curator fills in on the bench."""

from typing import Any

from django import forms

from accounts.models import User
from benchmarks.models import Benchmark
from llm_extract.actions.choices import MOST_REQUESTS
from llm_extract.forms.runs import ExtractionForm
from llm_extract.gold_sources import gold_offers
from llm_extract.models import GoldSet

LARGEST_CSV = 50 * 1024**2


def _name_field() -> forms.CharField:
    return forms.CharField(
        label="Name of the gold set", max_length=80, help_text="For example: two radiologists, May 2026."
    )


class GoldFileForm(forms.Form):
    """A file of labels for one benchmark."""

    benchmark = forms.ModelChoiceField(Benchmark.objects.order_by("title"), empty_label=None)
    name = _name_field()
    file = forms.FileField(label="Labels", help_text="A CSV file in UTF-8, long or wide; see below.")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_CSV:
            raise forms.ValidationError(
                f"{file.name} has {file.size / 1024**2:.0f} MB; at most 50 MB are taken here. Use import_gold."
            )
        return file


class GoldReadsForm(forms.Form):
    """Labels that reads already in give."""

    offer = forms.ChoiceField(label="Reading round", help_text="Closed rounds of a benchmark's current labels.")
    name = _name_field()

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers = {
            f"{benchmark.pk}|{offer.key}": (benchmark, offer)
            for benchmark in Benchmark.objects.order_by("title")
            for offer in gold_offers(benchmark, user)
        }
        choices = [(key, offer.title) for key, (_, offer) in self.offers.items()]
        self.fields["offer"] = forms.ChoiceField(
            choices=choices, label=self.fields["offer"].label, help_text=self.fields["offer"].help_text
        )


class GoldSetField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """A gold set with its benchmark."""

    def label_from_instance(self, gold_set: GoldSet) -> str:
        return f"{gold_set} ({gold_set.benchmark})"


class _PipelineForm(ExtractionForm):
    """A pipeline to try: the fields of an extraction run, but for batches, which take up to a day."""

    in_batches = None  # type: ignore[assignment]  # Django's way to leave out a field of the parent


class TrialForm(_PipelineForm):
    benchmark = None  # type: ignore[assignment]  # the gold set has one
    gold_set = GoldSetField(GoldSet.objects.select_related("benchmark").order_by("-pk"), empty_label=None)
    limit = forms.IntegerField(
        label="Reports",
        required=False,
        min_value=1,
        max_value=MOST_REQUESTS,
        help_text="A fixed draw: the same reports for every pipeline. 20 show whether a prompt works; empty for all.",
    )


class StressForm(_PipelineForm):
    limit = forms.IntegerField(
        label="Altered reports", initial=200, min_value=1, max_value=5000, help_text="1 to 5,000; 200 give ±2 points."
    )
    seed = forms.IntegerField(
        initial=7, min_value=0, max_value=2_147_483_647, help_text="The same seed, the same altered reports."
    )


class BarForm(forms.Form):
    reason = forms.CharField(
        label="Why", max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text="Shown to whoever chooses it."
    )
