"""The only writers of backends, prompts, answers, runs, findings, suggestions and the bench."""

from llm_extract.actions.choices import PipelineChoice
from llm_extract.actions.imports import ImportedSuggestions, import_suggestions, note_sealed_export
from llm_extract.actions.prompts import ensure_shipped_prompts, promote_prompt, save_prompt_version
from llm_extract.actions.runs import create_extraction_run, extract_labels, retry_failures
from llm_extract.actions.storing import store_suggestions
from llm_extract.errors import ExtractionRefusedError

__all__ = [
    "ExtractionRefusedError",
    "ImportedSuggestions",
    "PipelineChoice",
    "create_extraction_run",
    "ensure_shipped_prompts",
    "extract_labels",
    "import_suggestions",
    "note_sealed_export",
    "promote_prompt",
    "retry_failures",
    "save_prompt_version",
    "store_suggestions",
]
