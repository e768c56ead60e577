"""What a run may ask: model backends an admin set up, prompts, and every answer that was paid for."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone

from llm_extract.asking.protocol import Fault

PER_MILLION = {"max_digits": 12, "decimal_places": 4, "null": True, "blank": True, "validators": [MinValueValidator(0)]}


class BackendKind(models.TextChoices):
    OPENAI = "openai", "OpenAI-compatible server"
    AZURE = "azure", "Azure OpenAI"
    LOCAL = "local", "Local model in process"


class StructuredMode(models.TextChoices):
    JSON_SCHEMA = "json_schema", "JSON schema"
    JSON_OBJECT_SCHEMA = "json_object_schema", "JSON object with a schema"
    JSON_OBJECT = "json_object", "JSON object"
    PROMPT_ONLY = "prompt_only", "Asked for in the prompt"


class Backend(models.Model):
    """A language model that runs may use. Runs freeze what they used of it, so it may be mended later."""

    name = models.SlugField(max_length=40, unique=True, help_text="How runs and commands name it, e.g. gpt-4o.")
    kind = models.CharField(max_length=8, choices=BackendKind, default=BackendKind.OPENAI)
    model = models.CharField(max_length=300, help_text="The server's name of the model, or the folder of a local one.")
    base_url = models.URLField(blank=True, help_text="E.g. http://127.0.0.1:8000/v1; empty for a local model.")
    api_version = models.CharField(max_length=40, blank=True, help_text="Azure only.")
    api_key_env = models.CharField(
        max_length=80,
        blank=True,
        validators=[
            RegexValidator(
                r"^[A-Z][A-Z0-9_]*_API_KEY$", "Name an environment variable that ends in _API_KEY, never the key."
            )
        ],
        help_text="Environment variable that holds the key, e.g. OPENAI_API_KEY. The key itself is never stored.",
    )
    structured_mode = models.CharField(max_length=20, choices=StructuredMode, blank=True, help_text="Found by a probe.")
    is_reasoning = models.BooleanField(default=False, help_text="Thinks before it answers; takes no temperature.")
    weighs_options = models.BooleanField(
        default=False,
        help_text="Local models: map by weighing every label for each finding, with probabilities, instead of writing.",
    )
    max_output_tokens = models.PositiveIntegerField(default=2000, validators=[MinValueValidator(16)])
    concurrency = models.PositiveSmallIntegerField(default=8, validators=[MinValueValidator(1)])
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    tokens_per_minute = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    timeout_seconds = models.PositiveSmallIntegerField(default=120, validators=[MinValueValidator(1)])
    currency = models.CharField(max_length=3, default="USD")
    price_input = models.DecimalField("price of a million input tokens", **PER_MILLION)  # type: ignore[arg-type]
    price_cached = models.DecimalField("price of a million cached tokens", **PER_MILLION)  # type: ignore[arg-type]
    price_output = models.DecimalField("price of a million output tokens", **PER_MILLION)  # type: ignore[arg-type]
    batch_share = models.DecimalField(
        max_digits=4,
        decimal_places=3,
        default=Decimal("0.5"),
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="What a token costs in a batch, as a share of its price.",
    )
    may_see_unmasked = models.BooleanField(
        default=False, help_text="Send reports as they are. Off: names, dates, numbers of patients are masked first."
    )
    is_active = models.BooleanField(default=True)
    probe = models.JSONField(default=dict, blank=True, help_text="What the last connection test found.")
    probed_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=BackendKind.values), name="backend_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(structured_mode__in=["", *StructuredMode.values]),
                name="backend_structured_mode_is_known",
            ),
            models.CheckConstraint(condition=~models.Q(name__in=["rules", "vocabulary"]), name="backend_name_is_free"),
        ]

    def __str__(self) -> str:
        return self.name


class Stage(models.TextChoices):
    EXTRACT = "extract", "Report to findings"
    MAP = "map", "Findings to labels"


# The shipped prompts that new runs use until somebody promotes another.
DEFAULTS = {Stage.EXTRACT.value: "findings", Stage.MAP.value: "labels"}


class Prompt(models.Model):
    """One version of the words a stage asks with. Never edited (a trigger holds it): a change is a new version."""

    stage = models.CharField(max_length=8, choices=Stage)
    name = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    is_shipped = models.BooleanField(default=False, help_text="Came with the product, from its prompts folder.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["stage", "name", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["stage", "name", "version"], name="prompt_version_is_unique"),
            models.CheckConstraint(condition=models.Q(stage__in=Stage.values), name="prompt_stage_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Promotion(models.Model):
    """A prompt made the one that new runs use. The newest of a stage stands; none is ever taken away."""

    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="promotions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"promotion of {self.prompt_id}"


class ModelAnswer(models.Model):
    """What a model answered to one question, kept by cache key so that it is never paid for twice. Admins' alone."""

    key = models.CharField(max_length=64, unique=True, help_text="SHA-256 of all the answer depends on.")
    backend = models.ForeignKey(Backend, on_delete=models.PROTECT, related_name="answers")
    run = models.ForeignKey("core.Run", on_delete=models.PROTECT, related_name="answers", help_text="Who paid.")
    stage = models.CharField(max_length=8, choices=Stage)
    model = models.CharField(max_length=200, blank=True, help_text="As the server named it.")
    text = models.TextField(blank=True)
    reasoning = models.TextField(blank=True)
    fault = models.CharField(max_length=20, blank=True, choices=[(one.value, one.value) for one in Fault])
    input_tokens = models.PositiveIntegerField(null=True, help_text="Null: the server counted nothing.")
    cached_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(null=True)
    reasoning_tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=6, null=True, help_text="Null: unknown, not nothing.")
    booked_cost = models.DecimalField(
        max_digits=14,
        decimal_places=6,
        default=0,
        help_text="Held against the cap: at most this, where cost is unknown.",
    )
    booked_tokens = models.PositiveBigIntegerField(default=0)
    request_id = models.CharField(max_length=120, blank=True)
    seconds = models.FloatField(default=0)
    retries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"answer {self.pk}"
