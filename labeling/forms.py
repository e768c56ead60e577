"""What readers and curators send: verdicts, and the settings of a round."""

import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.models import Role, User
from benchmarks.models import Benchmark
from cases.models import Study
from core.models import RunState
from labeling.actions import ControlArms, ReadingRules, Training
from labeling.actions.drafts import ANY_VERSION
from labeling.actions.reads import ANY_STANDING
from labeling.drafts import LARGEST, is_storable
from labeling.models import CannotJudgeReason, ReadingRound, ShowReport, TrainingSet, Verdict
from labeling.queries import who_may_come_late
from labeling.verdicts import ADDED, STRUCK, LabelChange
from sampling.models import SamplingRun

LARGEST_ANSWERS = 5 * 1024**2


class KeysField(forms.MultipleChoiceField):
    """Keys of labels; which ones there are is the action's to know, and to refuse by name."""

    def __init__(self) -> None:
        super().__init__(required=False)

    def valid_value(self, value: str) -> bool:
        return len(value) <= 60


class SentJson(forms.Field):
    """A hidden input that the viewer fills: a list or an object of at most 64 KB that the database can hold.

    Anything else is refused with the sentence ``refusal``; without one it counts as empty.
    """

    widget = forms.HiddenInput

    def __init__(self, kind: type, refusal: str = "") -> None:
        super().__init__(required=False)
        self.kind, self.refusal = kind, refusal

    def to_python(self, value: Any) -> Any:
        if not value:
            return self.kind()
        try:
            sent = json.loads(value) if len(value) <= LARGEST else None
        except ValueError:
            sent = None
        if isinstance(sent, self.kind) and is_storable(sent):
            return sent
        if self.refusal:
            raise forms.ValidationError(self.refusal)
        return self.kind()


class SeenForm(forms.Form):
    """What every form of a case says: which verdict its page showed, the key that makes it count once, and those it replaces.

    ``page`` and ``based`` are what the page's drafts say too: where they were entered, and the version it began with.
    """

    standing = forms.IntegerField(required=False)
    sent_before = forms.CharField(required=False, max_length=2_000)
    idempotency_key = forms.CharField(required=False, max_length=100)
    page = forms.CharField(required=False, max_length=100)
    based = forms.CharField(required=False, max_length=100)

    def seen(self) -> int | None:
        """The standing read that the page showed: None for none, ANY_STANDING where the form does not say."""
        return self.cleaned_data["standing"] if "standing" in self.data else ANY_STANDING

    def based_on(self) -> str | None:
        """The version of the draft that the page began with: "" for none, ANY_VERSION where the form does not say."""
        return str(self.cleaned_data["based"]) if "based" in self.data else ANY_VERSION


class UndoForm(forms.Form):
    """What an undo takes back: a verdict or a closing, by its id, as its page told of it."""

    read = forms.IntegerField(required=False)
    closing = forms.IntegerField(required=False)

    def undoes(self, field: str) -> int:
        """The id in ``field``: 0, which none has, where the other is named; ANY_STANDING where neither is."""
        given = self.cleaned_data if self.is_valid() else {}
        return given.get(field) or (0 if any(given.values()) else ANY_STANDING)


class CannotJudgeForm(SeenForm):
    """Why a case is closed without a verdict; the action asks for words where the reason is another one.

    ``entered`` is what else stood on the page (labels ticked, comment, marks), as a draft holds it.
    """

    reason = forms.ChoiceField(choices=CannotJudgeReason.choices, error_messages={"required": "Choose why."})
    why = forms.CharField(required=False, max_length=10_000)
    entered = SentJson(dict)


class VerdictForm(SeenForm):
    """A verdict on one case. *Agree mostly* and *Disagree* say what the reader would change, unless the round lets them
    be bare; files need not.

    Where the case shows no suggestions, the verdict is the labels that are ticked, or none.
    """

    verdict = forms.ChoiceField(choices=Verdict.choices)
    struck = KeysField()
    added = KeysField()
    comment = forms.CharField(required=False, max_length=10_000)
    marks = SentJson(list, f"The marks of this case are no list, or more than {LARGEST // 1024} KB; delete some.")
    display = SentJson(dict)

    def __init__(self, *args: Any, may_be_bare: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.may_be_bare = may_be_bare

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        verdict = data.get("verdict")
        says_enough = (
            self.may_be_bare
            or verdict in {Verdict.AGREE_ALL, Verdict.LABELS}
            or self.changes()
            or data.get("comment", "").strip()
        )
        if verdict and not says_enough:
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
        name = str(obj) if str(obj) == obj.username else f"{obj}, {obj.username}"
        return f"{name} ({obj.home_site_code})" if obj.home_site_code else name


def _share_field(label: str, most: float, words: str) -> forms.FloatField:
    return forms.FloatField(
        required=False,
        min_value=0,
        max_value=most,
        label=label,
        help_text=f"Per read that counts, 0 to {most:g}; they never count. {words}",
    )


class LateReaderForm(forms.Form):
    """Who is dealt into a round that is under way, and the most they read."""

    reader = forms.ModelChoiceField(User.objects.none(), empty_label="choose")
    max_reads = forms.IntegerField(
        required=False, min_value=0, max_value=1_000_000, widget=forms.NumberInput(attrs={"placeholder": "no limit"})
    )

    def __init__(self, round_: ReadingRound, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reader"].queryset = who_may_come_late(round_)  # type: ignore[attr-defined]  # a model choice field


class RoundForm(forms.Form):
    """The settings of a round; the first verdict freezes them."""

    sampling_run = _RunChoice(SamplingRun.objects.none(), label="Sample", empty_label=None)
    readers = _ReaderChoices(User.objects.none(), widget=forms.CheckboxSelectMultiple)
    max_reads = forms.CharField(
        required=False,
        label="Most reads of some readers",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For who has less time: one user name and a number a line, such as ada 80. The others share the rest evenly.",
    )
    reads_per_study = forms.IntegerField(min_value=1, max_value=99, label="Reads per study")
    show_report = forms.ChoiceField(
        choices=ShowReport.choices,
        label="Show the report",
        help_text="Never: readers judge the pictures alone. The sentences behind a suggestion follow the same rule.",
    )
    semi_collaborative = forms.BooleanField(
        required=False,
        label="Others' verdicts appear after one's own",
        help_text="Under pseudonyms, and may be answered by a new verdict. Otherwise readers stay blind to each other.",
    )
    require_corrections = forms.BooleanField(
        required=False,
        label="Agree mostly and Disagree need a label struck or added",
        help_text="Otherwise a comment may stand alone.",
    )
    require_comment = forms.BooleanField(required=False, label="Agree mostly and Disagree need a comment")
    may_be_bare = forms.BooleanField(
        required=False,
        label="Agree mostly and Disagree need neither",
        help_text="Such a verdict says that something is wrong, not what; the suggested labels then count as kept.",
    )
    is_open_to_all = forms.BooleanField(
        required=False,
        label="Open to all",
        help_text="Cases are not dealt beforehand: each reader takes the next one, on loan for 45 minutes.",
    )
    exclude_own_site = forms.BooleanField(required=False, label="Nobody reads studies of their own site")
    hide_suggestions_fraction = _share_field(
        "Extra reads without suggestions", 1.0, "The reader ticks the labels from scratch."
    )
    seeded_error_fraction = _share_field(
        "Extra reads with a planted error",
        1.0,
        "One suggestion is left out, or one that nothing supports is added. Not where the report is always shown.",
    )
    repeat_fraction = _share_field("Repeats", 0.5, "Cases of a reader's own that come again, half a list later.")
    training_set = forms.ModelChoiceField(
        TrainingSet.objects.none(),
        required=False,
        empty_label="none",
        label="Training set",
        help_text="Worked cases that every reader gets first; after each verdict the expert's answer is shown.",
    )
    requires_training = forms.BooleanField(required=False, label="No other case opens before the training is done")
    training_pass_mark = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=100,
        label="Pass mark of the training",
        help_text="Percent of the training cases that must end at the expert's labels. Empty: reading them is enough.",
    )
    seed = forms.IntegerField(
        min_value=-(2**63), max_value=2**63 - 1, initial=0, help_text="The same seed deals the same cases again."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sampling_run"].queryset = finished_samples()  # type: ignore[attr-defined]  # a model choice field
        readers = User.objects.filter(role=Role.READER, is_active=True).order_by("name", "username")
        self.fields["readers"].queryset = readers  # type: ignore[attr-defined]  # a model choice field
        sets = TrainingSet.objects.filter(cases__isnull=False).distinct().order_by("name")
        self.fields["training_set"].queryset = sets  # type: ignore[attr-defined]  # a model choice field

    def clean(self) -> dict[str, Any]:
        """The settings as ``open_round`` takes them: shares become ``arms``, the rules of reading ``rules``, and so on."""
        data = super().clean() or {}
        data["max_reads"] = self._caps(data.get("max_reads", ""), data.get("readers") or ())
        if data.get("may_be_bare") and (data.get("require_corrections") or data.get("require_comment")):
            self.add_error("may_be_bare", "A round cannot ask for a label or a comment and for neither; choose one.")
        data["arms"] = ControlArms(**{field.name: data.pop(field.name, None) or 0.0 for field in fields(ControlArms)})
        data["rules"] = ReadingRules(
            **{field.name: bool(data.pop(field.name, False)) for field in fields(ReadingRules)}
        )
        data["training"] = Training(
            training_set=data.pop("training_set", None),
            is_required=bool(data.pop("requires_training", False)),
            pass_mark=data.pop("training_pass_mark", None),
        )
        return data

    def _caps(self, text: str, readers: Iterable[User]) -> dict[int, int]:
        """The caps that were written down, by the reader's id; a line that is none is an error of its field."""
        chosen = {reader.username: reader.pk for reader in readers}
        caps = {}
        for line in filter(None, map(str.strip, text.splitlines())):
            name, _, number = line.rpartition(" ")
            if not name or not number.isdecimal():
                self.add_error("max_reads", f"{line!r} is not a user name and a number, such as ada 80.")
            elif name.strip() not in chosen:
                self.add_error("max_reads", f"{name.strip()!r} is not the user name of a reader chosen above.")
            else:
                caps[chosen[name.strip()]] = int(number)
        return caps


def finished_samples() -> QuerySet[SamplingRun]:
    """Sampling runs that a round can be opened on, newest first."""
    return SamplingRun.objects.filter(state=RunState.SUCCEEDED).select_related("benchmark").order_by("-pk")


class CloseRoundForm(forms.Form):
    """The confirmation: the round's own name."""

    name = forms.CharField(max_length=300)


class TrainingSetForm(forms.Form):
    """A training set, with its cases as a file or to be added one by one."""

    benchmark = forms.ModelChoiceField(Benchmark.objects.order_by("title"), empty_label=None)
    name = forms.CharField(max_length=120, help_text="For example: Calibration, May 2026.")
    file = forms.FileField(
        required=False,
        label="Cases",
        help_text="CSV: study_id,labels,explanation and, where needed, site; labels are keys joined by semicolons. "
        "Without a file, add the cases one by one.",
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > LARGEST_ANSWERS:
            raise forms.ValidationError(f"{file.name} has {file.size / 1024**2:.0f} MB; at most 5 MB are taken.")
        return file


class TrainingCaseForm(forms.Form):
    """One worked case: a study of the benchmark, the labels that are there, and why."""

    study = forms.CharField(max_length=64, label="Study", help_text="Its study_id, or SITE/study_id.")
    answer = forms.MultipleChoiceField(
        required=False,
        label="Labels that are there",
        widget=forms.CheckboxSelectMultiple,
        help_text="None: a normal study.",
    )
    explanation = forms.CharField(required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, training_set: TrainingSet, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.studies = Study.objects.visible_to(user).in_pool_of(training_set.benchmark)
        labels = training_set.taxonomy.labels.order_by("position").values_list("key", "name")
        self.fields["answer"].choices = list(labels)  # type: ignore[attr-defined]  # a choice field

    def clean_study(self) -> Study:
        site, _, name = self.cleaned_data["study"].rpartition("/")
        found = self.studies.filter(study_id=name, **({"site__code": site} if site else {}))
        if len(found[:2]) != 1:
            problem = "There is no study" if not found else "Several sites have a study"
            raise forms.ValidationError(
                f"{problem} {self.cleaned_data['study']!r} in this benchmark; name it as SITE/ID."
            )
        return found[0]
