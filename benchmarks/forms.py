"""What a curator uploads to load a benchmark."""

from django import forms
from django.core.files.uploadedfile import UploadedFile

MAX_BYTES = 1024**2


class DefinitionForm(forms.Form):
    file = forms.FileField(label="Definition", help_text="A YAML file; docs/benchmarks.md describes every key.")

    def clean_file(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if file.size and file.size > MAX_BYTES:
            raise forms.ValidationError(f"{file.name} has {file.size} bytes; a definition has at most {MAX_BYTES}.")
        return file
