"""Settings. Production is the default; what is missing stops the start with one sentence."""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
import environ
import pghistory
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import stack
from config.environment import database_from, env_date, env_flag, env_number, env_numbers, read_signing_key
from config.frame import *  # noqa: F403 the sidebar, the settings' sections
from config.registries import *  # noqa: F403 what reaches up the stack by dotted path

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

IS_EMBEDDED = stack.is_embedded()
TESTING = "pytest" in sys.modules
DEBUG = env_flag("DEBUG", default=False)
DEMO_MODE = env_flag("DEMO", default=IS_EMBEDDED)
try:
    SECRET_KEY = stack.secret_key()
    DATABASES = {"default": database_from(stack.database_url())}
    REDIS_URL = stack.redis_url()
except stack.StackError as error:
    raise ImproperlyConfigured(str(error)) from error
if len(SECRET_KEY) < 32 or "insecure" in SECRET_KEY or "change" in SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is too short or an example: set a random word of 50 characters or more.")
if TESTING:
    DATABASES["default"]["TEST"] = {"NAME": f"test_perennial_{os.environ.get('TEST_DB', 'main')}"}
    DATABASES["default"]["CONN_MAX_AGE"] = 0
# Tests that run side by side do not clear each other's cache.
CACHE_URL = stack.redis_url(4 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 7) if TESTING else REDIS_URL

# DATA_DATE is "today" for historical data: silence, trends and renewals are judged from it.
DATA_DATE = env_date("DATA_DATE")
CSM_SEES_ALL_ACCOUNTS = env_flag("CSM_SEES_ALL_ACCOUNTS", default=False)
# Figures of fewer people than this stay unseen in anonymous surveys and for departments (3 to 10).
SMALLEST_GROUP = env_number("SMALLEST_GROUP") or 5

BASE_URL = os.environ.get("BASE_URL", f"http://127.0.0.1:{os.environ.get('PORT', '8000')}").rstrip("/")
IS_HTTPS = BASE_URL.startswith("https://")
_hosts = os.environ.get("ALLOWED_HOSTS", "")
ALLOWED_HOSTS = [host.strip() for host in _hosts.split(",") if host.strip()] or [
    "127.0.0.1",
    "localhost",
    "[::1]",
    urlsplit(BASE_URL).hostname or "localhost",
]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SECURE_SSL_REDIRECT = IS_HTTPS and env_flag("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # asked from the machine itself, without TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env_flag("BEHIND_PROXY", default=False) else None
SECURE_HSTS_SECONDS = 31536000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
# SECURITY: same-origin, not no-referrer: with it browsers send "Origin: null" and answer pages fail their CSRF check.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 86400

INSTALLED_APPS = [
    "ui",
    "outbox",
    "team",
    "accounts",
    "lifecycle",
    "voc",
    "engagement",
    "workspace",
    "config",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "pghistory",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_htmx",
    "template_partials",
    "lucide",
    "django_prometheus",
    "django.contrib.postgres",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ui.middleware.FragmentMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "team.http.middleware.AuditMiddleware",
    "team.http.middleware.PersonMiddleware",
    "accounts.http.merged.MergedAccountMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
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
                "ui.context.shell",
            ],
            "builtins": ["template_partials.templatetags.partials"],
        },
    }
]

# People and access
AUTH_USER_MODEL = "team.User"
# One backend: a second one would hash each wrong password twice and answer at another speed.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:  # tests sign in often; what is slow by design is not what they are about
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "team.http.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "team.forms.access.LoginForm", "reset_password": "team.forms.access.ResetPasswordForm"}
# The session that changes the password lives on; the fingerprint in team.models.User ends all others.
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
# Tries are counted in Postgres (team.services.limits, asked by the adapter and the forms): exact, and without Redis.
ACCOUNT_RATE_LIMITS = False
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env_flag("BEHIND_PROXY", default=False) else 0
MFA_ADAPTER = "team.http.adapter.MfaAdapter"
MFA_FORMS = {
    "authenticate": "team.forms.access.AuthenticateForm",
    "reauthenticate": "team.forms.access.ReauthenticateForm",
    "activate_totp": "team.forms.access.ActivateTOTPForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Perennial"

# Text and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("da", _("Danish")), ("zh-hans", _("Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

# Files
STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT") or BASE_DIR / ".static")
# The finder joins static/css and static/js into app.css and app.js, in production and in tests alike.
STATICFILES_FINDERS = ["ui.assets.JoinedAssets", "ui.assets.AppAssets"]
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT") or stack.data_folder() / "media")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = TESTING or DEBUG
# Source maps of the API's pages are 14 MB that only an open developer console asks for.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["jpg", "jpeg", "png", "gif", "webp", "woff", "woff2", "zip", "gz", "br", "map"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# Mail: everything goes through the outbox; EMAIL_URL names the server that the outbox's worker talks to.
EMAIL_URL = os.environ.get("EMAIL_URL", "")
EMAIL_BACKEND = "outbox.backend.OutboxEmailBackend"
OUTBOX_SMTP = environ.Env.email_url_config(EMAIL_URL) if EMAIL_URL else None
DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM", "Perennial <perennial@localhost.localdomain>")
# Messages a minute: in all, to each receiving domain, and to domains named in MAIL_DOMAIN_RATES ("gmail.com=60,...").
OUTBOX_PER_MINUTE = env_number("MAIL_PER_MINUTE")
OUTBOX_DOMAIN_RATES = {
    **dict.fromkeys(("gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "qq.com", "163.com"), 120),
    "": env_number("MAIL_PER_MINUTE_AND_DOMAIN"),
    **env_numbers("MAIL_DOMAIN_RATES"),
}
# DKIM_KEY is a PEM or the path of one; all three or none.
OUTBOX_DKIM = read_signing_key(*(os.environ.get(f"DKIM_{part}", "") for part in ("KEY", "SELECTOR", "DOMAIN")))
# An address of ours that bounces and answers come back to, each under its own name (name+...@domain).
OUTBOX_RETURN_ADDRESS = os.environ.get("MAIL_RETURN_ADDRESS", "")
# SECURITY: signs what a provider posts to /mail/received/ (whsec_...); without it that address does not exist.
MAIL_RECEIVE_SECRET = os.environ.get("MAIL_RECEIVE_SECRET", "")
# Rings the workers when something was stored; callable(channel). The sweep finds what no bell announced.
OUTBOX_DOORBELL = "outbox.tasks.ring"
# SECURITY: host:port of receivers inside the network that webhooks and chat may call; other private ones are refused.
OUTBOX_PRIVATE_RECEIVERS = [part for part in os.environ.get("OUTBOX_PRIVATE_RECEIVERS", "").split(",") if part]
# SECURITY: host:port of calendar servers inside the network that people may subscribe to; the same rule.
CALENDAR_PRIVATE_HOSTS = [part for part in os.environ.get("CALENDAR_PRIVATE_HOSTS", "").split(",") if part]

# Events: for how many days duplicates are told and older ones are refused, for how many months events are kept, for how
# many days receipts and what waits in the quarantine are; how many a second a key may send, how many requests may wait.
EVENT_WINDOW_DAYS = env_number("EVENT_WINDOW_DAYS") or 35
EVENT_MONTHS = env_number("EVENT_MONTHS") or 13
EVENT_RECEIPT_DAYS = env_number("EVENT_RECEIPT_DAYS") or 35
EVENT_QUARANTINE_DAYS = env_number("EVENT_QUARANTINE_DAYS") or 90
EVENTS_PER_SECOND = env_number("EVENTS_PER_SECOND") or 5000
EVENTS_MOST_WAITING = env_number("EVENTS_MOST_WAITING") or 20_000
# How many processes of the worker store events at the same time.
EVENT_WORKERS = env_number("EVENT_WORKERS") or 2

# Days after which a customer who was told and said nothing is quiet: the insight stays told, nobody is asked again.
LOOP_ANSWER_DAYS = env_number("LOOP_ANSWER_DAYS") or 14

# Cache, queue, schedule
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 30,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    # Whoever rings does not wait for Redis to come back: that took six seconds of a page. Workers and beat have retries
    # of their own.
    "max_retries": 0,
}
CELERY_TASK_TIME_LIMIT = 1800
CELERY_TIMEZONE = "UTC"

# Audit
PGHISTORY_APPEND_ONLY = True
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
PGTRIGGER_SCHEMA_EDITOR = True

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "team.http.keys.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["team.http.keys.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["team.http.keys.KeyThrottle"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "team.http.paging.IdPagination",
    "EXCEPTION_HANDLER": "team.http.problems.problem",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Perennial",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["team.http.keys.HasScope"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "accounts.api.schema.add_problems",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# The browser
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["htmx", "default"],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s %(message)s"}},
    "filters": {"redact_tokens": {"()": "config.logs.RedactTokens"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["redact_tokens"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
