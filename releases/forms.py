"""What an admin fills in to build and export releases."""

from django import forms

from benchmarks.models import Benchmark
from releases.adapters.formats import NAMES
from releases.models import Partition


class BuildForm(forms.Form):
    benchmark = forms.ModelChoiceField(
        Benchmark.objects.filter(rounds__isnull=False).distinct(),
        empty_label=None,
        help_text="Its newest reading round is used.",
    )
    released = forms.IntegerField(
        required=False, min_value=0, help_text="Studies to release; empty for the benchmark's own size."
    )
    holdout = forms.IntegerField(
        required=False, min_value=0, help_text="Studies to hold out; empty for the benchmark's own size."
    )
    seed = forms.IntegerField(initial=1, min_value=0, help_text="Of the selection. The split has a secret of its own.")


class ExportForm(forms.Form):
    partition = forms.ChoiceField(
        choices=Partition.choices, help_text="Exporting the holdout is an admin's alone and stands in the audit trail."
    )
    formats = forms.MultipleChoiceField(
        choices=[(name, name) for name in NAMES], initial=list(NAMES), widget=forms.CheckboxSelectMultiple
    )


class ConfirmForm(forms.Form):
    name = forms.CharField()
