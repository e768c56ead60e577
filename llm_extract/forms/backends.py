"""What an admin fills in to set up a model backend."""

from typing import Any

from django import forms

from llm_extract.models import Backend, BackendKind

GROUPS = (
    ("What it is", ("name", "kind", "model", "is_reasoning", "weighs_options")),
    ("How it is reached", ("base_url", "api_version", "api_key_env")),
    (
        "Limits",
        ("max_output_tokens", "timeout_seconds", "concurrency", "requests_per_minute", "tokens_per_minute"),
    ),
    ("Prices", ("currency", "price_input", "price_cached", "price_output", "batch_share")),
)
RESERVED = ("rules", "vocabulary")


class BackendForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Everything but the switches, which have steps of their own, and the key, which is stored nowhere."""

    base_url = forms.URLField(
        label="Address",
        required=False,
        assume_scheme="http",
        help_text="E.g. http://127.0.0.1:8000/v1, or the resource's address for Azure; empty for a local model.",
    )

    class Meta:
        model = Backend
        fields = [name for _, names in GROUPS for name in names]
        labels = {
            "api_version": "API version",
            "api_key_env": "Variable that holds the key",
            "is_reasoning": "It is a reasoning model",
            "weighs_options": "It maps by weighing every label",
            "max_output_tokens": "Tokens of an answer at most",
            "concurrency": "Questions at once",
            "timeout_seconds": "Time limit of an answer, seconds",
            "price_input": "Price of a million input tokens",
            "price_cached": "Price of a million cached tokens",
            "price_output": "Price of a million output tokens",
            "batch_share": "Share of the price in a batch",
        }
        help_texts = {
            "requests_per_minute": "The account's limit; empty for none.",
            "tokens_per_minute": "The account's limit; empty for none.",
            "price_input": "As the provider lists it; empty if unknown, then every cost is shown as unknown.",
            "price_cached": "Empty if cached tokens cost the same.",
            "batch_share": "0.5 is half the price; 1 the same.",
        }

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields in the order one thinks of them, each group with its title."""
        return [(title, [self[name] for name in names]) for title, names in GROUPS]

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if name in RESERVED:
            raise forms.ValidationError(f"{name!r} is the name of an embedded engine; choose another.")
        return name

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        kind = data.get("kind")
        if kind == BackendKind.LOCAL and data.get("base_url"):
            self.add_error("base_url", "A local model has no address; leave it empty.")
        if kind and kind != BackendKind.LOCAL and not data.get("base_url") and "base_url" not in self.errors:
            self.add_error("base_url", f"{BackendKind(kind).label} needs an address, e.g. http://127.0.0.1:8000/v1.")
        if kind and kind != BackendKind.LOCAL and data.get("weighs_options"):
            self.add_error("weighs_options", "Only a local model can weigh labels; leave it off.")
        if kind == BackendKind.AZURE and not data.get("api_version"):
            self.add_error("api_version", "Azure needs an API version, e.g. 2024-10-21.")
        if (data.get("price_input") is None) != (data.get("price_output") is None):
            missing = "price_input" if data.get("price_input") is None else "price_output"
            self.add_error(missing, "Give both prices, or neither.")
        return data
