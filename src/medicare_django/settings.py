"""Everything is read from the environment and from `.env`; `.env.example` lists it all.

Without DEMO=1 this is production, and refuses to start without its secrets.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from celery.schedules import crontab
from csp.constants import NONE, SELF

from medicare_django import configuration, redis_address
from medicare_django.environment import kept_key, read_environment, refuse

_CHECKOUT = Path(__file__).resolve().parents[2]
# Installed as a package it keeps its things where it is started, not among the libraries.
BASE_DIR = _CHECKOUT if (_CHECKOUT / "manage.py").is_file() else Path.cwd()
_VAR = BASE_DIR / "var"
_env = read_environment(BASE_DIR / ".env")

DEMO = _env.flag("DEMO")
DEBUG = _env.flag("DEBUG")
if DEMO and DEBUG:
    refuse("DEBUG", "must be 0 while DEMO is on.")
PORT = _env.port()  # where `make run` serves

# --- Secrets and hosts

SECRET_KEY = _env.text("SECRET_KEY")
JWT_SIGNING_KEY = _env.text("JWT_SIGNING_KEY")
if DEMO:
    SECRET_KEY = SECRET_KEY or kept_key(_VAR / "demo-secret-key")
    JWT_SIGNING_KEY = JWT_SIGNING_KEY or kept_key(_VAR / "demo-jwt-signing-key")
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5:
    refuse("SECRET_KEY", "must be set to at least 50 random characters (or set DEMO=1).")
if len(JWT_SIGNING_KEY.encode()) < 32:
    refuse("JWT_SIGNING_KEY", "must be set to at least 32 random bytes (or set DEMO=1).")
if JWT_SIGNING_KEY == SECRET_KEY:
    refuse("JWT_SIGNING_KEY", "must differ from SECRET_KEY.")
ALLOWED_HOSTS = configuration.hosts(_env, demo=DEMO)
SITE_URL = configuration.site_url(_env, ALLOWED_HOSTS, demo=DEMO, port=PORT)

# How many proxies in front of the server are ours; what they say about a client is believed.
TRUSTED_PROXIES = _env.integer("TRUSTED_PROXIES", 0, low=0, high=10)

if not DEMO:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = ["^api/"]  # refused by `api.transport`
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"  # browsers take it from this host and https alone
    CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_COOKIE_HTTPONLY = True
# For all answers that do not bring a stricter one of their own.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # the icons that the style sheets hold
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"

# --- Database

_SQLITE = f"sqlite:///{quote(str(_VAR / 'medicare.sqlite3'))}"
DATABASES = {
    "default": configuration.database(_env, folder=BASE_DIR, default=_SQLITE, demo=DEMO),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = redis_address.redis_url(_env, folder=BASE_DIR)

# --- Time and booking policy

USE_TZ = True
TIME_ZONE = configuration.time_zone(_env)
LANGUAGE_CODE = "en-gb"

SLOT_MINUTES = _env.integer("SLOT_MINUTES", 30, low=5, high=480, step=5)
BOOKING_NOTICE_MINUTES = _env.integer("BOOKING_NOTICE_MINUTES", 60, low=0, high=43200)
BOOKING_HORIZON_DAYS = _env.integer("BOOKING_HORIZON_DAYS", 180, low=1, high=3650)
BOOKING_CANCEL_CUTOFF_MINUTES = _env.integer(
    "BOOKING_CANCEL_CUTOFF_MINUTES", 120, low=0, high=43200
)

# --- Mail

EMAIL_BACKEND = configuration.mail_backend(_env, demo=DEMO)
EMAIL_FILE_PATH = configuration.mail_folder(_env, EMAIL_BACKEND, folder=BASE_DIR)
EMAIL_HOST = _env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = _env.integer("EMAIL_PORT", 25, low=1, high=65535)
EMAIL_USE_TLS = _env.flag("EMAIL_USE_TLS")
EMAIL_HOST_USER = _env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = _env.text("EMAIL_HOST_PASSWORD")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = configuration.sender(_env)

# --- Background work, of `celery -A medicare_django worker` and `beat`, where there is a broker

CELERY_BROKER_URL = redis_address.broker(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,  # longer than any task; what a dead worker had is given out again
    "socket_connect_timeout": 5,
    "socket_timeout": 10,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
# Of who only rings the bell, within a request, or asks whether anybody is there.
BROKER_LINE_OPTIONS = redis_address.IMPATIENT
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # LOGGING holds there, too
CELERY_TIMEZONE = TIME_ZONE
# It keeps nothing between two starts: every task may be left out once, or done twice.
CELERY_BEAT_SCHEDULER = "celery.beat.Scheduler"
CELERY_BEAT_SCHEDULE = {
    "sweep the outbox": {
        "task": "medicare_django.notifications.tasks.sweep",
        "schedule": timedelta(seconds=5),
        # While nobody works they do not pile up for ever. Clocks may differ by some minutes.
        "options": {"expires": 15 * 60},
    },
    "purge": {
        "task": "medicare_django.operations.tasks.purge",
        "schedule": crontab(hour="*/6", minute=30),  # beat forgets when it was last
    },
}

# --- Application

INSTALLED_APPS = [
    "medicare_django.accounts.staff_admin.StaffAdmin",  # django.contrib.admin, with guarded doors
    "medicare_django.accounts",  # before auth: its createsuperuser takes the place of Django's
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "medicare_django.notifications",
    "medicare_django.scheduling",
    "medicare_django.records",
    "medicare_django.operations",
    "medicare_django.api",
    "medicare_django.web",
]
MIDDLEWARE = [
    "medicare_django.operations.health.health",
    "medicare_django.operations.request_ids.request_ids",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "medicare_django.api.transport.api_transport",
    "medicare_django.web.headers.page_headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "medicare_django.web.sessions.PageSessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "medicare_django.accounts.browser_login.BrowserLogins",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "medicare_django.web.portals.portal_of_page",
            ]
        },
    }
]
ROOT_URLCONF = "medicare_django.urls"
WSGI_APPLICATION = "medicare_django.wsgi.application"
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True  # serves from the packages: no collectstatic before the first start

# --- Uploads: never below a URL, and for nobody's eyes but the site's

MEDIA_ROOT = BASE_DIR / _env.text("MEDIA_ROOT", str(_VAR / "media"))
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
MAX_UPLOAD_BYTES = 10 * 2**20  # of one file
# A body of more than a file and what goes with it is not read. All others stay in memory while
# they are, so that nothing of a patient is left behind in a folder for temporary files.
FILE_UPLOAD_MAX_MEMORY_SIZE = MAX_UPLOAD_BYTES + 64 * 2**10

# --- Accounts

AUTH_USER_MODEL = "accounts.UserProfile"
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["name", "email"]},
    },
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60
# Half an hour after the last request the session of a page is over; see `accounts.browser_login`.
SESSION_COOKIE_AGE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = True

AUTHENTICATION_BACKENDS = [
    "medicare_django.accounts.login_guard.LoginGuard",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = 3
AXES_COOLOFF_TIME = timedelta(minutes=1)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # both: a list of two would mean either
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "medicare_django.accounts.login_guard.LoginHandler"
AXES_USERNAME_CALLABLE = "medicare_django.accounts.login_guard.username_key"
AXES_CLIENT_IP_CALLABLE = "medicare_django.accounts.client_address.client_address"
AXES_LOCKOUT_CALLABLE = "medicare_django.accounts.login_guard.locked_page"
AXES_DISABLE_ACCESS_LOG = True  # the table of tries is all that is kept, and only for a minute
AXES_ENABLE_ADMIN = False  # it lets rows be deleted, and stumbles when it cleans up
AXES_VERBOSE = False

SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ISSUER": "medicare",
    "AUDIENCE": "medicare",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=1),
}

# --- REST

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["medicare_django.api.parsers.StrictJSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["medicare_django.api.authentication.LoginAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS is answered with 405, as any method that is not there
    "EXCEPTION_HANDLER": "medicare_django.api.exceptions.handle",
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "medicare_django.api.schema.Schema",
    # Per address. What is not named counts as anonymous; who is signed in is counted where a
    # password is compared and where files come in.
    "DEFAULT_THROTTLE_RATES": {
        "login": "60/minute",
        "registration": "30/hour",
        "codes": "60/hour",
        "uploads": "120/hour",
        "anonymous": "1200/minute",
    },
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Medicare",
    "VERSION": "1",
    "DESCRIPTION": (
        "Appointments with doctors. Every answer has one envelope: `status`, `status_code` and "
        "`message`, with `data` when it went well and `errors` by field when it did not. `date` "
        "and `time` are the doctor's wall clock, `starts_at` and `ends_at` carry an offset. Any "
        "operation may also answer 405 (method), 406 (`Accept`), 411 (a body without its length). "
        "To try what needs a login: log in, and give the `access` of the answer to Authorize, by "
        "itself; it is good for 15 minutes."
    ),
    "OAS_VERSION": "3.1.0",
    "ENFORCE_NON_BLANK_FIELDS": True,
    "DISABLE_DOCSTRING_DESCRIPTIONS": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "PATH_CONVERTER_OVERRIDES": {"id": {"type": "integer", "minimum": 1}},
    "POSTPROCESSING_HOOKS": ["medicare_django.api.schema.close_objects"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Cache

# Counts requests, and decides nothing that must be right.
CACHES = {"default": redis_address.cache(REDIS_URL)}

# --- Log

# For machines, unless somebody sits in front of it: then without a line for each request.
_FOR_MACHINES = not (DEMO or DEBUG)
_LINES = "JsonLines" if _FOR_MACHINES else "PlainLines"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": f"medicare_django.operations.logs.{_LINES}"}},
    "filters": {"terse": {"()": "medicare_django.operations.logs.Terse"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "medicare_django": {"level": "INFO"},
        "medicare_django.operations.request_ids": {
            "level": "INFO" if _FOR_MACHINES else "WARNING"
        },
        "django": {"handlers": [], "level": "INFO"},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # Whatever a stranger asks for has its one line already, without the path and no alarm.
        "django.request": {"level": "ERROR" if _FOR_MACHINES else "WARNING"},
        "django.security.DisallowedHost": {"level": "CRITICAL" if _FOR_MACHINES else "ERROR"},
        "celery.beat": {"filters": ["terse"]},
        "py.warnings": {"filters": ["terse"]},
        # The server has handlers of its own, whose lines would be of another form.
        "_granian": {"handlers": [], "propagate": True},
    },
}
