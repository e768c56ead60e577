"""Settings. Everything a site may change comes from the environment and is listed in docs/operations.md."""

import os
import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from kombu import Queue

from core.adapters.embedded_postgres import EmbeddedPostgres

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("DATA_DIR") or BASE_DIR / "var").resolve()


def _flag(name: str, *, default: bool = False) -> bool:
    return os.environ.get(name, str(int(default))).strip().lower() in {"1", "true", "yes", "on"}


def _words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def _origins(name: str) -> list[str]:
    """Origins as a browser names them. A star is refused: who may read answers is said one by one."""
    origins = _words(name)
    for origin in origins:
        if not re.fullmatch(r"https?://[a-z0-9.\-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?", origin):
            raise ImproperlyConfigured(
                f"{name} has {origin!r}; name origins as https://viewer.example.org: a scheme, a host in small letters and "
                "perhaps a port, nothing after it."
            )
    return origins


def _env_secret(name: str) -> str:
    """The secret from the environment, else one made on first use and kept in DATA_DIR, readable by its owner only."""
    if secret := os.environ.get(name):
        return secret
    path = DATA_DIR / name.lower()
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        part = DATA_DIR / f".{name.lower()}.{secrets.token_hex(8)}"
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(50))
            _publish(part, path)
        finally:
            part.unlink(missing_ok=True)
    return path.read_text()


def _publish(part: Path, path: Path) -> None:
    """Gives a whole file its name, unless another process was first: all that start together read the same one."""
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    except OSError:  # a disk without hard links
        part.rename(path)


def _pseudonym_key() -> str:
    """The key that identifiers of all sites are mapped with; whoever has it can test a guess at one."""
    key = _env_secret("PSEUDONYM_KEY")
    if len(key) < 32:
        raise ImproperlyConfigured(
            f"PSEUDONYM_KEY has {len(key)} characters; give at least 32 random ones, or leave it unset to have one made."
        )
    return key


def _database(url: str) -> dict[str, object]:
    """Django's settings of ``postgres://user:password@host:port/name?option=value``."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"DATABASE_URL begins with {parts.scheme!r}; it must be postgres://user:password@host:port/name."
        )
    options = dict(parse_qsl(parts.query))
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


SECRET_KEY = _env_secret("SECRET_KEY")
PSEUDONYM_KEY = _pseudonym_key()
DEBUG = _flag("DEBUG")
ALLOWED_HOSTS = _words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = _words("CSRF_TRUSTED_ORIGINS")
DICOMWEB_ORIGINS = _origins("DICOMWEB_ORIGINS")
# One switch for a deployment behind TLS; off, the product serves plain HTTP on loopback.
BEHIND_TLS = _flag("BEHIND_TLS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "csp",
    "core",
    "accounts",
    "benchmarks",
    "cases",
    "llm_extract",
    "sampling",
    "labeling",
    "consensus",
    "releases",
    "dicomweb",
    "dashboard",
    "demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.middleware.RefuseNulMiddleware",
    "core.middleware.ReaderZoneMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.access.AccountRulesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# One engine, two ways: a server by DATABASE_URL, else the product's own under DATA_DIR.
DATABASE_URL = os.environ.get("DATABASE_URL", "")
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_HEALTH_CHECKS": True,
        # A new connection costs a verdict 20 ms; the check above notices one that died.
        "CONN_MAX_AGE": 3600,
        **(_database(DATABASE_URL) if DATABASE_URL else EmbeddedPostgres(DATA_DIR).database_settings()),
    }
}
# What `core.prepared` asks is planned once for a connection. A pooler that gives each transaction another connection and knows no
# prepared statements needs PREPARED_STATEMENTS=0.
DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = (
    None if os.environ.get("PREPARED_STATEMENTS") == "0" else 0
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Files: originals and derivatives by content hash, exports by random name. Nothing here is served by URL;
# every byte passes a view that checks the reader's right to it.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "files"}},
    "staticfiles": {"BACKEND": "config.static_files.ModuleStaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "files"
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]

# Accounts: invitation only, second factor, single sign-on by setting.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard:home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapters.allauth.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.adapters.allauth.SocialAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation link is the proof
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_CHANGE_EMAIL = False
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an invitation link proved the address
MFA_TOTP_ISSUER = "Countersign"
MFA_TOTP_TOLERANCE = 1  # a code that went stale on its way is taken (RFC 6238, 5.2)
REQUIRE_ADMIN_MFA = _flag("REQUIRE_ADMIN_MFA")
SOCIALACCOUNT_PROVIDERS: dict[str, object] = {}
if os.environ.get("OIDC_SERVER_URL"):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": os.environ.get("OIDC_NAME", "Single sign-on"),
                "client_id": os.environ.get("OIDC_CLIENT_ID", ""),
                "secret": os.environ.get("OIDC_CLIENT_SECRET", ""),
                "settings": {"server_url": os.environ["OIDC_SERVER_URL"]},
            }
        ],
    }
# Sign-on begins with a link: our form-action policy would stop a form that redirects to the provider. Nothing is
# written by it, and the answer counts only with the state and verifier kept in this session.
SOCIALACCOUNT_LOGIN_ON_GET = True
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_TLS else 0  # whose address the sign-in limits count
INVITATION_DAYS = 14

SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 12 * 3600  # a reading day
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Uploads are streamed to disk under DATA_DIR; a request may be as large as a site's zip.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024**2
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "uploads"
FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True)
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
# What one upload through the browser may hold.
UPLOAD_MAX_BYTES = int(float(os.environ.get("UPLOAD_MAX_GIB") or 200) * 1024**3)
UPLOAD_MAX_FILES = int(os.environ.get("UPLOAD_MAX_FILES") or 200_000)
MAX_REPORT_CHARACTERS = 100_000
# Whether an import writes the frame files that the viewer shows (docs/pixels.md); else they are made when first needed.
DERIVE_FRAMES_AT_INTAKE = _flag("DERIVE_FRAMES_AT_INTAKE", default=True)

LANGUAGE_CODE = "en-gb"
TIME_ZONE = os.environ.get("TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _flag("EMAIL_USE_TLS", default=True)
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "countersign@localhost")
if not EMAIL_HOST:  # no mail server: links are shown to the admin on the page instead
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],  # nobody: every API view states its rule
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 100,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "core.rest.refusals_as_json",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Countersign API",
    "VERSION": "1",
    "DESCRIPTION": "Benchmarks, studies, suggestions, sampling, reading rounds, outcomes and releases, under the same "
    "rules as the pages.",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "ENUM_NAME_OVERRIDES": {
        "RunStateEnum": "core.models.RunState",
        "RoundStateEnum": "labeling.models.RoundState",
        "SlotStateEnum": "labeling.models.SlotState",
        "ReleaseStateEnum": "releases.models.ReleaseState",
    },
}

# Jobs. With no CELERY_BROKER_URL the broker is a folder: no server needed, one machine only.
CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL") or "filesystem://"
if CELERY_BROKER_URL == "filesystem://":
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "data_folder_in": str(DATA_DIR / "broker" / "queue"),
        "data_folder_out": str(DATA_DIR / "broker" / "queue"),
        "control_folder": str(DATA_DIR / "broker" / "control"),
    }
# What somebody waits for has a queue, and by `serve` and compose a worker, of its own: jobs that take hours never stand
# before it. A worker that is told no queue takes from both.
AWAITED = "awaited"
CELERY_TASK_QUEUES = [Queue("celery"), Queue(AWAITED)]
CELERY_TASK_ROUTES = {"cases.derive_image": {"queue": AWAITED}}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 6 * 3600
CELERY_TASK_TIME_LIMIT = 6 * 3600 + 300
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {
        "refusals": {"()": "config.logs.RefusalsInOneLine"},
        "addresses": {"()": "config.logs.AddressesWithoutUids"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["addresses"]}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {
        "pydicom": {"level": "CRITICAL"},  # its warnings repeat values of headers, which may name a patient
        "httpx2": {"level": "WARNING"},  # a line for each of a hundred thousand requests tells nobody anything
        "django.request": {"filters": ["refusals"]},
    },
}
