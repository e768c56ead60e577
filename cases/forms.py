"""What a curator fills in to start an import."""

import re
from typing import Any

from django import forms

from benchmarks.models import Benchmark
from cases.actions import suggested_code
from cases.adapters.layouts import LAYOUTS
from cases.models import Site

_CODE = r"[-a-zA-Z0-9_]{1,50}"


class ImportForm(forms.Form):
    """A zip of pictures, a CSV file of reports, or both, from one site for one benchmark."""

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
    layout = forms.ChoiceField(
        choices=[(name, "Find out" if name == "auto" else name) for name in LAYOUTS if name != "midrc"],
        initial="auto",
        required=False,
        help_text="How the files lie in the zip.",
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
        if not cleaned.get("pictures") and not cleaned.get("reports"):
            self.add_error(None, "Give a zip of pictures, a CSV file of reports, or both.")
        return cleaned

    @property
    def site_code(self) -> str:
        """The code of the chosen or new site."""
        site = self.cleaned_data["site"]
        return str(site.code if site else self.cleaned_data["new_site"])
