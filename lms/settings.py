"""All settings, from environment variables, with defaults that run out of the box on SQLite without any server.

docs/settings.md lists every variable. Nothing here is secret: a key that is not given is made once and kept in
`LMS_DATA_DIR` (embedded default), and production refuses to start without one (`lms/checks.py`).
"""

import contextlib
import os
import secrets
import sys
import tempfile
from pathlib import Path

import environ
from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.utils.translation import gettext_lazy as _

from lms.databases import postgresql

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.bool("LMS_DEBUG", default=False)
# The sample site: example people whose passwords are printed, and second factors not demanded. Never in production.
SAMPLE_SITE = env.bool("LMS_SAMPLE_SITE", default=False)
# pytest-django reads the settings before tests/conftest.py can set the variable.
TESTING = env.bool("LMS_TESTING", default="pytest" in sys.modules)

if TESTING and not env.str("LMS_DATA_DIR", default=""):
    _scratch = tempfile.TemporaryDirectory(prefix="lms-test-", ignore_cleanup_errors=True)  # gone with the process
    DATA_DIR = Path(_scratch.name)
else:
    DATA_DIR = Path(env.str("LMS_DATA_DIR", default=str(BASE_DIR / "data"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)


def _kept_secret(name: str) -> str:
    """Return the secret of that name kept in the data folder, making it (mode 0600) the first time."""
    path = DATA_DIR / name
    if not path.exists():
        draft = DATA_DIR / f".{name}.{secrets.token_hex(4)}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):  # another process that starts at the same time was first
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()


SECRET_KEY = env.str("LMS_SECRET_KEY", default="") or _kept_secret("secret_key")
PORT = env.int("PORT", default=8000)
BASE_URL = env.str("LMS_BASE_URL", default=f"http://localhost:{PORT}").rstrip("/")
ALLOWED_HOSTS = env.list("LMS_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("LMS_TRUSTED_ORIGINS", default=[BASE_URL])
HTTPS = BASE_URL.startswith("https://")

# --- Apps --------------------------------------------------------------

INSTALLED_APPS = [
    "lms",
    "lms.lib.jobs",
    "lms.lib.search",
    "accounts",
    "curriculum",
    "training",
    "assessments",
    "certificates",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lms.middleware.RequestLogMiddleware",
    "certificates.views.kept.KeptAnswerMiddleware",
    "lms.csp.PolicyMiddleware",
    "lms.csp.AdminPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.StaffSecondFactorMiddleware",
    "lms.lib.pagecache.PageCacheMiddleware",
    "lms.middleware.WrongStateMiddleware",
    "curriculum.admin_walls.AdminWallMiddleware",
    "curriculum.reading.OriginalTextMiddleware",
]

ROOT_URLCONF = "lms.urls"
WSGI_APPLICATION = "lms.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "lms" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "lms.context_processors.site",
            ],
        },
    },
]

# --- Database: SQLite (WAL, IMMEDIATE) unless LMS_DATABASE_URL names a PostgreSQL ------------------------------------

DATABASE_URL = env.str("LMS_DATABASE_URL", default="")
if DATABASE_URL:
    _pool = env.int("LMS_DATABASE_POOL_SIZE", 8) if env.bool("LMS_DATABASE_POOL", default=False) else 0
    _prepared = env.bool("LMS_DATABASE_PREPARED", default=True)
    DATABASES = {"default": postgresql(env.db_url("LMS_DATABASE_URL"), pool=_pool, prepared=_prepared, testing=TESTING)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "lms.sqlite",
            "NAME": DATA_DIR / "lms.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE", "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA mmap_size=134217728;"
                    "PRAGMA cache_size=-16000;PRAGMA temp_store=MEMORY;"
                ),
            },
            "CONN_MAX_AGE": None,
            "TEST": {"NAME": ":memory:"},  # pytest-django knows by the engine's own name only that parallel runs need no more
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache and jobs: files in the data folder, or Redis when LMS_REDIS_URL is given ------------------------------------

REDIS_URL = env.str("LMS_REDIS_URL", default="")
COUNTERS_HERE = None if TESTING else DATA_DIR / "counters"  # of rate limits (lms/lib/counters.py): for one machine
COUNTERS = COUNTERS_HERE and (REDIS_URL or COUNTERS_HERE)
if REDIS_URL:
    _redis = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    CACHES = {"default": _redis, "pages": {**_redis, "KEY_PREFIX": "pages"}}
    CELERY_BROKER_URL = REDIS_URL
    # A page must not hang when the broker is away: the job is in the database, and the sweep finds it.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 3600,
        "socket_connect_timeout": 1,
        "max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0,
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": DATA_DIR / "cache",
            "OPTIONS": {"MAX_ENTRIES": 5000},
        },
        "pages": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": DATA_DIR / "pages",
            "OPTIONS": {"MAX_ENTRIES": 3000},
        },
    }
    _queue = DATA_DIR / "queue"
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue / "in"),
        "data_folder_out": str(_queue / "in"),
        "control_folder": str(_queue / "control"),
        "polling_interval": 0.2,
    }
# Public pages are kept this long at most (0: not at all); a change takes a page away at once (lms/lib/pagecache.py).
PAGE_CACHE_SECONDS = env.int("LMS_PAGE_CACHE_SECONDS", default=0 if TESTING or DEBUG else 300)
EDGE_CACHE_SECONDS = env.int("LMS_EDGE_CACHE_SECONDS", default=30)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
JOB_LEASE_SECONDS = env.int("LMS_JOB_LEASE_SECONDS", default=120)
JOB_SWEEP_SECONDS = env.int("LMS_JOB_SWEEP_SECONDS", default=5)
JOB_MAX_ATTEMPTS = env.int("LMS_JOB_MAX_ATTEMPTS", default=8)

# --- People --------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.Backend"]
SESSION_ENGINE = "accounts.sessions"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_RATE_LIMITS = {"login_failed": "30/5m/ip,5/5m/key", "signup": "200/h/ip", "reset_password": "10/h/ip,3/h/key"}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "技术经理人 LMS"
STAFF_SECOND_FACTOR = env.bool("LMS_STAFF_SECOND_FACTOR", default=not (SAMPLE_SITE or TESTING))
WAGTAILADMIN_LOGIN_URL = "account_login"

RATE_LIMIT_FACTOR = 1  # of our own limits (lms/lib/ratelimit.py); only bench/ changes it

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
if env.bool("LMS_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# How many proxies in front add an address to X-Forwarded-For; 0 = take the socket's address.
TRUSTED_PROXIES = env.int("LMS_TRUSTED_PROXIES", default=0)
X_FRAME_OPTIONS = "SAMEORIGIN"

EMAIL_BACKEND = env.str("LMS_EMAIL_BACKEND", default="django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
if env.str("LMS_EMAIL_URL", default=""):
    vars().update(env.email_url("LMS_EMAIL_URL"))
DEFAULT_FROM_EMAIL = env.str("LMS_FROM_EMAIL", default="lms@example.org")

if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # speed only
    CACHES = {
        name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name} for name in ("default", "pages")
    }

# --- Language --------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
WAGTAIL_CONTENT_LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
WAGTAIL_I18N_ENABLED = False
WAGTAILADMIN_PERMITTED_LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "lms" / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- Files --------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("LMS_STATIC_ROOT", default=str(DATA_DIR / "static")))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"  # public: images and documents of published pages
PRIVATE_ROOT = DATA_DIR / "private"  # work products and certificate files: served by views that ask permission
_S3 = env.str("LMS_S3_BUCKET", default="")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(PRIVATE_ROOT), "base_url": None},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "lms.lib.staticnames.ReleaseStaticFilesStorage"
    },
}
if _S3:
    for _name, _prefix in (("default", "media"), ("private", "private")):
        STORAGES[_name] = {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": _S3,
                "location": _prefix,
                "endpoint_url": env.str("LMS_S3_ENDPOINT", default=None),
                "querystring_auth": True,
            },
        }
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # the hours grid of a syllabus sends up to five fields a topic
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Virus scanner of what people upload (lms/lib/antivirus.py): clamd://host:3310, clamd:///run/clamd.sock or command:clamdscan
# --no-summary -; empty: nothing is scanned, and `manage.py check --deploy` says so.
ANTIVIRUS = env.str("LMS_ANTIVIRUS", default="")
SUBMISSION_FILE_MAX_BYTES = env.int("LMS_SUBMISSION_FILE_MAX_BYTES", default=20 * 1024 * 1024)

# --- Wagtail --------------------------------------------------------------

WAGTAIL_SITE_NAME = "技术经理人培训与认证"
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_WORKFLOW_ENABLED = False  # our review is of a whole course, in two steps: curriculum/models/review.py
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_INLINE_CONTENT_TYPES = []  # documents are for saving; nothing of them runs in our pages
WAGTAILDOCS_EXTENSIONS = ["pdf", "docx", "xlsx", "pptx", "zip", "txt", "csv", "mp4", "webm", "vtt"]
WAGTAILDOCS_DOCUMENT_FORM_BASE = "curriculum.upload_forms.DocumentForm"
WAGTAILIMAGES_EXTENSIONS = ["png", "jpg", "jpeg", "webp", "gif"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 50_000_000
VIDEO_FILE_MAX_BYTES = env.int("LMS_VIDEO_FILE_MAX_BYTES", default=500 * 1024 * 1024)
# LibreOffice (soffice), by which a worker draws the first page of Word and PowerPoint files; empty: they have no preview.
OFFICE_CONVERTER = env.str("LMS_OFFICE_CONVERTER", default="")
DOCUMENT_FILE_MAX_BYTES = env.int("LMS_DOCUMENT_FILE_MAX_BYTES", default=50 * 1024 * 1024)
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "lms.lib.search.wagtail_backend"}}

# --- Content security: strict on the site, Wagtail's own needs under /admin/ (lms/csp.py) ----------------------------------

# Players and files on other sites that a lesson may show, each only after its reader asks for it (curriculum/films.py).
VIDEO_HOSTS = env.list("LMS_VIDEO_HOSTS", default=["player.bilibili.com", "v.qq.com", "www.youtube-nocookie.com"])
VIDEO_ORIGINS = [f"https://{host}" for host in VIDEO_HOSTS]
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF, *VIDEO_ORIGINS],
        "frame-src": VIDEO_ORIGINS or [NONE],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    },
}
ADMIN_CONTENT_SECURITY_POLICY = (
    f"default-src {SELF}; script-src {SELF} {UNSAFE_INLINE}; style-src {SELF} {UNSAFE_INLINE}; "
    f"img-src {SELF} data: blob:; media-src {' '.join([SELF, *VIDEO_ORIGINS])}; "
    f"frame-src {' '.join([SELF, *VIDEO_ORIGINS])}; object-src {NONE}; base-uri {SELF}; frame-ancestors {SELF}"
)

# --- Certificates --------------------------------------------------------------

KEYS_DIR = Path(env.str("LMS_KEYS_DIR", default=str(DATA_DIR / "keys")))
ISSUER_DID = env.str("LMS_ISSUER_DID", default="")  # did:web; by default of BASE_URL when the first key is made, then kept
KEY_PASSPHRASE = env.str("LMS_KEY_PASSPHRASE", default="")
# POST /credentials/issue for the W3C's test suites: signs whatever is posted, with a key of its own. On this machine only.
VC_TEST_API = env.bool("LMS_VC_TEST_API", default=False)
KEY_STORE = env.str("LMS_KEY_STORE", default="certificates.keystores.FileKeyStore")  # keeps private keys, signs
KEY_OVERLAP_HOURS = env.int("LMS_KEY_OVERLAP_HOURS", default=72)  # how long the next key is published before it signs
# What signs the PDFs (none: a certificate of our own making), makes them last, and stamps log heads; docs/credentials.md.
PDF_SIGNER, PDF_SIGNER_PASSPHRASE, TIMESTAMP_URL, PDF_TRUST, PDF_CRL_DIR, LOG_TIMESTAMPS, LOG_TIMESTAMP_ROOTS = (
    env.str(_name, default="") for _name in ("LMS_PDF_SIGNER", "LMS_PDF_SIGNER_PASSPHRASE", "LMS_TIMESTAMP_URL",
        "LMS_PDF_TRUST", "LMS_PDF_CRL_DIR", "LMS_LOG_TIMESTAMPS", "LMS_LOG_TIMESTAMP_ROOTS"))  # fmt: skip
STATUS_LIST_HOURS = env.int("LMS_STATUS_LIST_HOURS", default=48)
LOOKUPS_FOLDER = None if TESTING or env.bool("LMS_LOOKUPS_AT_ONCE", default=False) else DATA_DIR / "lookups"  # lookups.py

# --- Logs: one JSON object a line --------------------------------------------------------------

LOG_LEVEL = env.str("LMS_LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "lms.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "fontTools": {"level": "WARNING"},
        "pikepdf": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "kombu.connection": {"level": "ERROR"},
        "django_tasks": {"level": "WARNING"},
        "wagtail": {"level": "WARNING"},
    },
}

SILENCED_SYSTEM_CHECKS = ["wagtailadmin.W003"]
