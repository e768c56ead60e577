"""What a curator writes to make a new version of a prompt."""

from django import forms

from llm_extract.models import Prompt


class PromptForm(forms.Form):
    name = forms.SlugField(
        max_length=40, help_text="The same name makes the next version; another name starts a prompt of its own."
    )
    text = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 28, "class": "mono prompt-text", "spellcheck": "false"}),
        strip=False,
        max_length=40_000,
        help_text="Blanks in double braces are filled in for each report; the ones that are there must stay.",
    )

    def clean_text(self) -> str:
        """With the line ends that files have: a browser sends CR LF."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")

    @classmethod
    def editing(cls, prompt: Prompt) -> "PromptForm":
        """The form as it is first shown: the prompt's own text."""
        return cls(initial={"name": prompt.name, "text": prompt.text})
