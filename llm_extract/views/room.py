"""What all pages of the room share: its tabs."""

from typing import Any

from django.urls import reverse

RUNS, BENCH, BACKENDS, PROMPTS, EXPORTS = "Runs", "Bench", "Backends", "Prompts", "Exports"
TABS = {
    RUNS: "llm_extract:run_list",
    BENCH: "llm_extract:bench",
    BACKENDS: "llm_extract:backend_list",
    PROMPTS: "llm_extract:prompt_list",
    EXPORTS: "llm_extract:export_list",
}


def room_tabs(here: str) -> list[dict[str, Any]]:
    """The room's parts as `{% tabs %}` takes them, the one named ``here`` marked."""
    return [
        {"name": name, "url": reverse(url_name), "current": name == here, "count": None}
        for name, url_name in TABS.items()
    ]
