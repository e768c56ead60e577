"""What a curator or a contributor fills in to start an import, and to invite a contributor."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.forms import TokenForm
from benchmarks.models import Benchmark
from cases.actions import suggested_code
from cases.actions.decisions import UNMASK
from cases.adapters.layouts import LAYOUTS
from cases.contribution import ATTESTATION, Region
from cases.models import Decision, Membership, Site

_CODE = r"[-a-zA-Z0-9_]{1,50}"


class SiteForm(forms.Form):
    """A benchmark, and a site that is known or new."""

    benchmark = forms.ModelChoiceField(queryset=Benchmark.objects.order_by("title"), empty_label=None)
    site = forms.ModelChoiceField(
        queryset=Site.objects.order_by("code"), required=False, empty_label="A new site", to_field_name="code"
    )
    new_site = forms.CharField(
        label="Code of the new site",
        required=False,
        max_length=50,
        help_text="Letters, digits, - and _. Only when the site is not in the list above.",
    )

    def clean_new_site(self) -> str:
        code: str = self.cleaned_data["new_site"].strip()
        if code and not re.fullmatch(_CODE, code):
            raise forms.ValidationError(
                f"“{code}” cannot be a code: use letters, digits, - and _, such as {suggested_code(code)}."
            )
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        site, code = cleaned.get("site"), cleaned.get("new_site", "")
        if site is None and not code and "site" not in self.errors:
            self.add_error("new_site", "Choose a site above, or give a new one a code.")
        if site is not None and code:
            self.add_error(
                "new_site", f"Either the site {site.code} or a new one: empty this field, or choose “A new site”."
            )
        return cleaned

    @property
    def site_code(self) -> str:
        """The code of the chosen or new site."""
        site = self.cleaned_data["site"]
        return str(site.code if site else self.cleaned_data["new_site"])


def _layout_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=[(name, "Find out" if name == "auto" else name) for name in LAYOUTS],
        initial="auto",
        required=False,
        help_text="How the files lie in the folder or zip.",
    )


class UploadForm(SiteForm):
    """Whose files they are: one site's, for one benchmark; under which terms, and who vouches for it."""

    layout = _layout_field()
    agreement = forms.CharField(
        label="Use-agreement",
        required=False,
        max_length=200,
        help_text="Name and date of the agreement under which the site gives these studies.",
    )
    attested_by = forms.CharField(
        label="Attested by",
        required=False,
        max_length=200,
        help_text="Who vouches for the site that they may be used so and are de-identified.",
    )


class ContributorForm(SiteForm):
    """Whom a curator invites to send a site's studies, and under which agreement the site gives them."""

    email = forms.EmailField(label="E-mail address", help_text="It is the username too.")
    name = forms.CharField(label="Name", required=False, max_length=150)
    agreement = forms.CharField(
        label="Use-agreement",
        max_length=200,
        help_text="Name and date. The person accepts it anew with each contribution.",
    )
    field_order = ["email", "name", "benchmark", "site", "new_site", "agreement"]


class TermField(forms.BooleanField):
    """A box that must be ticked; ``words`` is the whole sentence beside it, the label its short name in an error."""

    def __init__(self, *, words: str = "", label: str, refusal: str) -> None:
        super().__init__(label=label, error_messages={"required": refusal})
        self.words = words


class AttestationForm(forms.Form):
    """What a contributor accepts and attests, once per contribution."""

    is_accepted = TermField(label="Agreement", refusal="Tick the box to accept it; nothing is taken in without.")
    is_attested = TermField(
        label="Attestation",
        words=ATTESTATION,
        refusal="Tick the box if it is so; nothing is taken in that nobody vouches for.",
    )

    def __init__(self, memberships: Sequence[Membership], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agreements = dict.fromkeys(one.agreement for one in memberships)
        self.tell_agreement(" and ".join(f"“{agreement}”" for agreement in agreements))

    def tell_agreement(self, which: str) -> None:
        """Says which agreement it is that is accepted."""
        words = f"My site gives these studies under the agreement {which}, and I accept its terms."
        self.fields["is_accepted"].words = words  # type: ignore[attr-defined]  # of TermField


class ContributionForm(AttestationForm):
    """What a contributor says before the files: for which benchmark of theirs, and the terms."""

    layout = _layout_field()
    field_order = ["benchmark", "layout", "is_accepted", "is_attested"]

    def __init__(self, memberships: Sequence[Membership], *args: Any, **kwargs: Any) -> None:
        super().__init__(memberships, *args, **kwargs)
        self.memberships = {str(one.benchmark_id): one for one in memberships}
        only = next(iter(self.memberships), "") if len(memberships) == 1 else ""
        if len(memberships) > 1:
            self.tell_agreement("of the benchmark chosen above")
        self.fields["benchmark"] = forms.ChoiceField(
            choices=[(pk, f"{one.benchmark.title}, under “{one.agreement}”") for pk, one in self.memberships.items()],
            widget=forms.HiddenInput if only else forms.RadioSelect,
            initial=only,
        )
        self.order_fields(self.field_order)

    @property
    def membership(self) -> Membership:
        """The chosen benchmark's."""
        return self.memberships[self.cleaned_data["benchmark"]]


class SiteTokenForm(AttestationForm, TokenForm):
    """A token of a contributor, and the same terms for all that is sent with it."""

    field_order = ["name", "expires_on", "is_accepted", "is_attested"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].help_text = "For example: PACS router."


class ImportForm(UploadForm):
    """A zip of pictures, a CSV file of reports, or both, from one site for one benchmark."""

    pictures = forms.FileField(
        label="Pictures",
        required=False,
        help_text="A zip of DICOM, PNG or JPEG files, one of these alone, or a .tgz of Open-i reports.",
    )
    reports = forms.FileField(
        label="Reports",
        required=False,
        help_text="A CSV file in UTF-8 with the columns study_id and report_text.",
    )
    field_order = ["benchmark", "site", "new_site", "pictures", "reports", "layout", "agreement", "attested_by"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("pictures") and not cleaned.get("reports"):
            self.add_error(None, "Give a zip of pictures, a CSV file of reports, or both.")
        return cleaned


class DecisionForm(forms.Form):
    """A curator's decision about a finding; ``regions`` has a box a line: left, top, width, height in pixels."""

    decision = forms.ChoiceField(
        choices=[*((one.value, one.label) for one in Decision if one.value), (UNMASK, "Mask taken back")]
    )
    regions = forms.CharField(required=False, max_length=4000)
    seen = forms.CharField(required=False, max_length=40)
    back = forms.ChoiceField(
        required=False, choices=[("study", "study"), ("decided", "decided"), ("rejected", "rejected")]
    )

    def clean_seen(self) -> str | None:
        """Which decision the page showed; None where it did not say."""
        return self.cleaned_data["seen"] if "seen" in self.data else None

    def clean_regions(self) -> list[Region]:
        boxes = []
        for line in self.cleaned_data["regions"].splitlines():
            if not line.strip():
                continue
            match = re.fullmatch(r"\s*(\d{1,6})[\s,]+(\d{1,6})[\s,]+(\d{1,6})[\s,]+(\d{1,6})\s*", line)
            if match is None:
                raise forms.ValidationError(
                    f"“{line.strip()[:40]}” is no box: give left, top, width and height as four whole numbers."
                )
            boxes.append(Region(*map(int, match.groups())))
        return boxes
