"""The only writers of backends, prompts, answers, runs, findings, suggestions and the bench."""

from llm_extract.actions.backends import save_backend, try_connection
from llm_extract.actions.calibrating import keep_calibration
from llm_extract.actions.choices import PipelineChoice
from llm_extract.actions.following import go_on, retry_failures
from llm_extract.actions.gold import ImportedGold, create_gold_set, import_gold
from llm_extract.actions.imports import ImportedSuggestions, import_suggestions, note_sealed_export
from llm_extract.actions.prompts import ensure_shipped_prompts, promote_prompt, save_prompt_version
from llm_extract.actions.runs import create_extraction_run, extract_labels
from llm_extract.actions.storing import store_suggestions
from llm_extract.actions.stress import bar_version, create_stress_trial, lift_bar, run_stress_trial
from llm_extract.actions.trials import create_trial, finished_trial_like, run_trial
from llm_extract.errors import ExtractionRefusedError

__all__ = [
    "ExtractionRefusedError",
    "ImportedGold",
    "ImportedSuggestions",
    "PipelineChoice",
    "bar_version",
    "create_extraction_run",
    "create_gold_set",
    "create_stress_trial",
    "create_trial",
    "ensure_shipped_prompts",
    "extract_labels",
    "finished_trial_like",
    "go_on",
    "import_gold",
    "import_suggestions",
    "keep_calibration",
    "lift_bar",
    "note_sealed_export",
    "promote_prompt",
    "retry_failures",
    "run_stress_trial",
    "run_trial",
    "save_backend",
    "save_prompt_version",
    "store_suggestions",
    "try_connection",
]
