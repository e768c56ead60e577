"""Suggestions and findings are never edited or deleted; a change of mind is a new set."""

from django.db import migrations

TABLES = (
    "llm_extract_extraction",
    "llm_extract_finding",
    "llm_extract_suggestionset",
    "llm_extract_suggestion",
    "llm_extract_suggestion_findings",
)


class Migration(migrations.Migration):
    dependencies = [("llm_extract", "0001_initial"), ("core", "0002_append_only_events")]
    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER {table}_never_changes BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"DROP TRIGGER {table}_never_changes ON {table}",
        )
        for table in TABLES
    ]
