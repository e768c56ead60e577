"""What a curator fills in to plan and to draw a sample."""

from collections.abc import Callable
from typing import Any

from django import forms

from benchmarks.models import Benchmark
from sampling.actions import Wishes
from sampling.adapters.clusters import read_clusters, read_near_duplicates


class SamplingForm(forms.Form):
    """Size and seed, and what is to hold in any case; ``wishes()`` gives the latter once the form is valid."""

    benchmark = forms.ModelChoiceField(Benchmark.objects.all(), empty_label=None)
    size = forms.IntegerField(min_value=1, help_text="Studies to pick, at most one per patient.")
    seed = forms.IntegerField(initial=1, min_value=0, help_text="The same pool, size and seed give the same sample.")
    consensus_rate = forms.FloatField(
        label="Expected to survive consensus",
        initial=38,
        min_value=1,
        max_value=100,
        help_text="Percent of the studies read. For the plan alone: it says how many of each label will be left.",
    )
    label_targets = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A target other than a tenth of the size, one label a line: pneumothorax 60",
    )
    locked = forms.CharField(
        label="Pick in any case",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One study a line, as its site knows it; site/study where two sites use the same name.",
    )
    excluded = forms.CharField(
        label="Leave out in any case", required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="The same."
    )
    clusters = forms.FileField(
        required=False,
        help_text="CSV <code>study_id,cluster[,site]</code> of studies whose pictures look alike, from any embedding: two "
        "of each are wanted.",
    )
    near_duplicates = forms.FileField(
        label="Near-duplicates",
        required=False,
        help_text="CSV <code>study_id,cluster[,site]</code> or <code>study_id,image_hash[,site]</code> (64 bits, hexadecimal): "
        "one study at most of each group of nearly the same pictures. Pictures that are the same are found without it.",
    )

    def clean_label_targets(self) -> dict[str, int]:
        targets = {}
        for line in self.cleaned_data["label_targets"].splitlines():
            if not line.strip():
                continue
            key, _, number = line.strip().rpartition(" ")
            if not key or not number.isdecimal():
                raise forms.ValidationError(
                    f"{line.strip()!r} is not a label's key and a number, such as pneumothorax 60."
                )
            targets[key.strip()] = int(number)
        return targets

    def clean_clusters(self) -> dict[str, str]:
        return self._read("clusters", read_clusters)

    def clean_near_duplicates(self) -> dict[str, str]:
        return self._read("near_duplicates", read_near_duplicates)

    def _read(self, name: str, reader: Callable[..., dict[str, str]]) -> dict[str, str]:
        file = self.cleaned_data.get(name)
        if not file:
            return {}
        try:
            return reader(file, name=file.name)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def asked(self) -> dict[str, Any]:
        """What a draw is asked: benchmark, size, seed and wishes."""
        data = self.cleaned_data
        wishes = Wishes(
            data["label_targets"],
            data["locked"].splitlines(),
            data["excluded"].splitlines(),
            data["clusters"],
            data["near_duplicates"],
        )
        return {"benchmark": data["benchmark"], "size": data["size"], "seed": data["seed"], "wishes": wishes}
