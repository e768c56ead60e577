"""What readers and curators send: verdicts, and the settings of a round."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.models import Role, User
from core.models import RunState
from labeling.models import ShowReport, Verdict
from labeling.queries import Case
from labeling.verdicts import ADDED, STRUCK, LabelChange
from sampling.models import SamplingRun


class VerdictForm(forms.Form):
    """A verdict on one case. *Agree mostly* and *Disagree* say what the reader would change, here; files need not."""

    verdict = forms.ChoiceField(choices=Verdict.choices)
    struck = forms.MultipleChoiceField(required=False)
    added = forms.MultipleChoiceField(required=False)
    comment = forms.CharField(required=False, max_length=10_000)
    idempotency_key = forms.CharField(required=False, max_length=100)

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["struck"].choices = [(item.label.key, item.label.name) for item in case.suggested]  # type: ignore[attr-defined]  # a choice field
        self.fields["added"].choices = [(item.label.key, item.label.name) for item in case.others]  # type: ignore[attr-defined]  # a choice field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        verdict = data.get("verdict")
        if verdict and verdict != Verdict.AGREE_ALL and not (self.changes() or data.get("comment", "").strip()):
            raise forms.ValidationError("Strike or add at least one label, or say in the comment what is wrong.")
        return data

    def changes(self) -> tuple[LabelChange, ...]:
        """The corrections ticked."""
        struck = (LabelChange(key, STRUCK) for key in self.cleaned_data.get("struck", ()))
        added = (LabelChange(key, ADDED) for key in self.cleaned_data.get("added", ()))
        return (*struck, *added)


class _RunChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.benchmark.title}: sample {obj.pk}, {obj.size} studies"


class _ReaderChoices(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not generic at run time
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} ({obj.home_site_code})" if obj.home_site_code else str(obj)


class RoundForm(forms.Form):
    """The settings of a round; the first verdict freezes them."""

    sampling_run = _RunChoice(SamplingRun.objects.none(), label="Sample", empty_label=None)
    readers = _ReaderChoices(User.objects.none(), widget=forms.CheckboxSelectMultiple)
    reads_per_study = forms.IntegerField(min_value=1, max_value=99, label="Reads per study")
    show_report = forms.ChoiceField(
        choices=ShowReport.choices,
        label="Show the report",
        help_text="Never: readers judge the pictures alone. The sentences behind a suggestion follow the same rule.",
    )
    exclude_own_site = forms.BooleanField(required=False, label="Nobody reads studies of their own site")
    seed = forms.IntegerField(
        min_value=-(2**63), max_value=2**63 - 1, initial=0, help_text="The same seed deals the same cases again."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sampling_run"].queryset = finished_samples()  # type: ignore[attr-defined]  # a model choice field
        readers = User.objects.filter(role=Role.READER, is_active=True).order_by("name", "username")
        self.fields["readers"].queryset = readers  # type: ignore[attr-defined]  # a model choice field


def finished_samples() -> QuerySet[SamplingRun]:
    """Sampling runs that a round can be opened on, newest first."""
    return SamplingRun.objects.filter(state=RunState.SUCCEEDED).select_related("benchmark").order_by("-pk")


class CloseRoundForm(forms.Form):
    """The confirmation: the round's own name."""

    name = forms.CharField(max_length=300)
