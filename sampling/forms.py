"""What a curator fills in to draw a sample."""

from django import forms

from benchmarks.models import Benchmark


class SamplingForm(forms.Form):
    benchmark = forms.ModelChoiceField(Benchmark.objects.all(), empty_label=None)
    size = forms.IntegerField(min_value=1, help_text="Studies to pick, at most one per patient.")
    seed = forms.IntegerField(initial=1, min_value=0, help_text="The same pool, size and seed give the same sample.")
