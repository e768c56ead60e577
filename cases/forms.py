"""What a curator fills in to start an import."""

import re
from typing import Any

from django import forms

from benchmarks.models import Benchmark
from cases.actions import suggested_code
from cases.adapters.layouts import LAYOUTS
from cases.contribution import Region
from cases.models import Decision, Site

_CODE = r"[-a-zA-Z0-9_]{1,50}"


class UploadForm(forms.Form):
    """Whose files they are: one site's, for one benchmark; under which terms, and who vouches for it."""

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
    layout = forms.ChoiceField(
        choices=[(name, "Find out" if name == "auto" else name) for name in LAYOUTS],
        initial="auto",
        required=False,
        help_text="How the files lie in the folder or zip.",
    )
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

    decision = forms.ChoiceField(choices=[(one.value, one.label) for one in Decision if one.value])
    regions = forms.CharField(required=False, max_length=4000)

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
