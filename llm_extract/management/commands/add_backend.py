"""add_backend NAME --kind openai --model MODEL …: sets up a model backend, or mends the one of that name."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from core.commands import ProductCommand
from llm_extract.actions.backends import save_backend
from llm_extract.forms.backends import BackendForm
from llm_extract.models import Backend, BackendKind

NUMBERS = ("max_output_tokens", "concurrency", "requests_per_minute", "tokens_per_minute", "timeout_seconds")
SWITCHES = ("is_reasoning", "weighs_options")
TEXTS = ("kind", "model", "base_url", "api_version", "api_key_env", "currency")
PRICES = ("price_input", "price_cached", "price_output", "batch_share")


class Command(ProductCommand):
    help = "Set up a model backend, or change what is named of the one there is. The key itself is never stored."
    example = (
        "add_backend gpt-4o --kind openai --model gpt-4o --base-url https://api.openai.com/v1 "
        "--api-key-env OPENAI_API_KEY --price-input 2.50 --price-output 10"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="how runs name it: letters, digits, hyphens")
        parser.add_argument("--kind", choices=BackendKind.values, help="openai (any compatible server), azure or local")
        parser.add_argument("--model", help="the server's name of the model, or the folder of a local one")
        parser.add_argument("--base-url", help="address of the server, e.g. http://127.0.0.1:8000/v1")
        parser.add_argument("--api-version", help="Azure only")
        parser.add_argument("--api-key-env", help="environment variable that holds the key; ends in _API_KEY")
        parser.add_argument("--is-reasoning", choices=["yes", "no"], help="thinks first and takes no temperature")
        parser.add_argument("--weighs-options", choices=["yes", "no"], help="local: maps by weighing every label")
        parser.add_argument("--max-output-tokens", type=int)
        parser.add_argument("--concurrency", type=int, help="questions at once")
        parser.add_argument("--requests-per-minute", type=int)
        parser.add_argument("--tokens-per-minute", type=int)
        parser.add_argument("--timeout-seconds", type=int)
        parser.add_argument("--currency", help="of the prices, e.g. USD")
        parser.add_argument("--price-input", help="of a million input tokens")
        parser.add_argument("--price-cached", help="of a million cached tokens")
        parser.add_argument("--price-output", help="of a million output tokens")
        parser.add_argument(
            "--batch-share", help="what a token costs in a batch, as a share of its price (default: 0.5)"
        )

    def work(self, **options: Any) -> None:
        backend = Backend.objects.filter(name=options["name"]).first()
        form = BackendForm(_values(backend, options), instance=backend or Backend())
        if not form.is_valid():
            problems = [f"{name}: {error}" for name, errors in form.errors.items() for error in errors]
            raise CommandError("; ".join(problems), returncode=1)
        saved = save_backend(backend=form.save(commit=False), by=None)
        self.say(
            f"Backend {saved.name} is {'changed' if backend else 'set up'}: {saved.model}, {saved.get_kind_display()}."
        )
        if saved.kind != BackendKind.LOCAL and not saved.structured_mode:
            self.say(f"Test it next: manage.py test_backend {saved.name}")


def _values(backend: Backend | None, options: dict[str, Any]) -> dict[str, Any]:
    """What the form would be sent: what there is, or the defaults, with what was named on top."""
    there = backend or Backend()
    values = {name: getattr(there, name) for name in BackendForm.Meta.fields}
    for name in (*TEXTS, *NUMBERS, *PRICES):
        if options[name] is not None:
            values[name] = options[name]
    for name in SWITCHES:
        if options[name] is not None:
            values[name] = options[name] == "yes"
    return values | {"name": options["name"]}
