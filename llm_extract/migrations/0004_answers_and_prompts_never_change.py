"""Paid answers, prompts and gold are never edited or deleted; better ones are new rows."""

from django.db import migrations

TABLES = (
    "llm_extract_modelanswer",
    "llm_extract_prompt",
    "llm_extract_promotion",
    "llm_extract_goldset",
    "llm_extract_goldlabel",
    "llm_extract_calibration",
)


class Migration(migrations.Migration):
    dependencies = [("llm_extract", "0003_backends_prompts_and_bench"), ("core", "0002_append_only_events")]
    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER {table}_never_changes BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"DROP TRIGGER {table}_never_changes ON {table}",
        )
        for table in TABLES
    ]
