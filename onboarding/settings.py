"""All settings, read from environment variables. A missing or malformed variable raises ImproperlyConfigured.

The README lists the variables. Secrets have defaults only if DEBUG is on.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from onboarding import transport_security
from onboarding.languages import DEFAULT_LANGUAGE, LANGUAGE_NAMES
from onboarding.limits import LIMITS

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
DEBUG = env.bool("DEBUG", default=False)


def required(name: str, *, in_debug: str) -> str:
    """Return the variable `name`. It must be set, unless DEBUG is on: then `in_debug` is its default."""
    value: str = env.str(name, default=in_debug if DEBUG else "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. Set it in the environment (the README says to what).")
    return value


def base_url(name: str, *, default: str) -> str:
    """Return the variable `name` as an https address without a trailing slash; "" if it and `default` are empty."""
    value: str = env.str(name, default=default).rstrip("/")
    parts = urlsplit(value)
    if value and (parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment):
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to an https:// address without a query.")
    return value


# Secrets, and the address of this site.
SECRET_KEY = required("SECRET_KEY", in_debug="only-for-development")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])  # earlier ones, while they are replaced
# The server keys that encrypt private keys: a file, a key of a key-management service, or both.
KEYRING_URL: str = env.str("KEYRING_URL", default="")
KEYRING_FILE: Path | None = None
if not KEYRING_URL or env.str("KEYRING_FILE", default=""):
    KEYRING_FILE = Path(required("KEYRING_FILE", in_debug=str(VAR_DIR / "keyring")))
KEYRING_TOKEN_FILE = Path(required("KEYRING_TOKEN_FILE", in_debug=str(VAR_DIR / "token"))) if KEYRING_URL else None
KEYRING_CA_FILE = Path(env.str("KEYRING_CA_FILE")) if env.str("KEYRING_CA_FILE", default="") else None
KEYRING_ENCRYPTS_WITH: str = env.str("KEYRING_ENCRYPTS_WITH", default="file" if KEYRING_FILE else "service")
transport_security.check_keyring(KEYRING_URL, KEYRING_FILE, KEYRING_ENCRYPTS_WITH)
# The key of the audit record. It has the format of the keyring, and is kept as long as the record.
AUDIT_KEY_FILE = Path(required("AUDIT_KEY_FILE", in_debug=str(VAR_DIR / "audit_key")))
SITE_URL: str = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
SITE_IS_HTTPS = SITE_URL.startswith("https://")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_IS_HTTPS else []

# The operator's API, and the rehearsal, a practice environment that is only offered if its address is set.
FLEETS_API_URL = base_url("FLEETS_API_URL", default="https://api-cert.groupe-psa.com/connectedcar/v3")
# The CA certificates of the API's gateway as PEM. Without this file, each partner confirms them by their fingerprints.
FLEETS_CA_FILE = Path(env.str("FLEETS_CA_FILE")) if env.str("FLEETS_CA_FILE", default="") else None
FLEETS_PROXY: str = env.str("FLEETS_PROXY", default="")
REHEARSAL_API_URL = base_url("REHEARSAL_API_URL", default="")
REHEARSAL_SIGNING_URL = base_url("REHEARSAL_SIGNING_URL", default="")
REHEARSAL_FAULTS_URL = base_url(
    "REHEARSAL_FAULTS_URL", default=urljoin(REHEARSAL_SIGNING_URL, "/faults") if REHEARSAL_SIGNING_URL else ""
)
REHEARSAL_CA_FILE = Path(env.str("REHEARSAL_CA_FILE", default=str(VAR_DIR / "rehearsal" / "ca.pem")))
TEST_SECONDS: float = env.float("TEST_SECONDS", default=15.0)  # how long a connection test may take
STELLANTIS_CONTACT: str = env.str("STELLANTIS_CONTACT", default="")
SITE_CONTACT: str = env.str("SITE_CONTACT", default="")  # the email address in the footer, for questions
# Who runs this site: name, postal address, and its own privacy page, if any. Without the first two and SITE_CONTACT,
# the site has no pages about privacy, accessibility and its legal notice.
SITE_OPERATOR: str = env.str("SITE_OPERATOR", default="")
SITE_ADDRESS: str = env.str("SITE_ADDRESS", default="")
SITE_PRIVACY_URL = base_url("SITE_PRIVACY_URL", default="")

# Who may read /metrics: whoever sends this as `Authorization: Bearer …`. If it is empty, there is no such page.
METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")

# If on, a request can only be sent after the review desk has approved it.
REVIEW_REQUIRED: bool = env.bool("REVIEW_REQUIRED", default=False)

# If on, dangerous actions of the review desk happen only after a second reviewer has confirmed them.
SECOND_REVIEWER_REQUIRED: bool = env.bool("SECOND_REVIEWER_REQUIRED", default=False)

# After how many days an abandoned draft and a closed onboarding are erased; 0 means never.
RETENTION_DAYS_DRAFT_MIN = 28
RETENTION_DAYS_DRAFT: int = env.int("RETENTION_DAYS_DRAFT", default=180)
if 0 < RETENTION_DAYS_DRAFT < RETENTION_DAYS_DRAFT_MIN:
    raise ImproperlyConfigured("RETENTION_DAYS_DRAFT must be 0 or at least 28: the owner is warned 14 days before.")
RETENTION_DAYS_CLOSED: int = env.int("RETENTION_DAYS_CLOSED", default=730)

# The number of each limit, by the name in its row of `onboarding.limits`.
for limit in LIMITS:
    vars()[limit.setting] = env.int(limit.setting, default=limit.number)
    if vars()[limit.setting] < 1:
        raise ImproperlyConfigured(f"{limit.setting} is {vars()[limit.setting]}. Set it to 1 or more.")

INSTALLED_APPS = [
    "onboarding.apps.OnboardingConfig",
    "onboarding.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.humanize",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_countries",
]

MIDDLEWARE = [
    "onboarding.middleware.health_middleware",  # first: a probe gets no redirect, and its Host header is not checked
    "onboarding.views.readiness.readiness_middleware",
    "onboarding.views.metrics.metrics_middleware",
    "onboarding.middleware.reference_middleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",  # before WhiteNoise, so that static files have the policy as well
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "onboarding.middleware.method_middleware",
    "onboarding.middleware.client_address_middleware",
    "onboarding.middleware.site_address_middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "onboarding.middleware.reader_middleware",  # after the account is known, which may have chosen a language
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "onboarding.views.confirmation.SessionMiddleware",
]

ROOT_URLCONF = "onboarding.urls"
WSGI_APPLICATION = "onboarding.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "onboarding.views.confirmation.session_end",
                "onboarding.views.page_frame.frame",
            ],
            "builtins": ["onboarding.templatetags.times"],
        },
    },
]
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'onboarding.sqlite3'}")}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Transactions take the write lock when they begin, so a writer waits instead of failing later.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
    }
    DATABASES["default"]["CONN_MAX_AGE"] = 60
transport_security.check_database(DATABASES["default"])
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # Each process keeps up to this many connections, and lends them to its threads. Slow work needs none.
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
        "min_size": 1,
        "max_size": env.int("DATABASE_POOL", default=8),
        "timeout": 5,  # seconds to wait for a connection; then the page says that the database is unavailable
        "reconnect_timeout": 5,  # seconds of tries, whose pauses grow; the next request begins anew
    }
# allauth counts sign-ins and password resets in the cache, so it is in the database, like the counters of our limits.
transport_security.check_cache_url(env.str("CACHE_URL", default=""))
CACHES = {"default": {"BACKEND": "onboarding.workflow.limit_store.CounterCache"}}

# Accounts with email address and password. If emails are only printed, addresses need no confirmation.
vars().update(env.email("EMAIL_URL", default="consolemail://"))
transport_security.check_email(vars())
EMAIL_TIMEOUT = 20  # seconds to wait for the email server
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default="onboarding@localhost")
EMAIL_IS_PRINTED = vars()["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend"
AUTH_USER_MODEL = "onboarding.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
if SITE_IS_HTTPS and EMAIL_IS_PRINTED:
    raise ImproperlyConfigured(
        "EMAIL_URL is not set. Set it to an email server (smtp+tls://…): accounts are confirmed by email."
    )
ACCOUNT_EMAIL_VERIFICATION = "optional" if EMAIL_IS_PRINTED else "mandatory"
# Stricter than allauth: nobody can fill a stranger's mailbox with links. `onboarding.limits` has the other limits.
ACCOUNT_RATE_LIMITS = {"reset_password": "20/m/ip,1/m/key,20/d/key", "signup": "20/m/ip,100/d/ip"}
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no email to an address that has no account
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_ADAPTER = "onboarding.views.account_adapters.AccountAdapter"
ACCOUNT_CHANGE_EMAIL = True  # one address; a new one replaces it when it is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds for which a confirmation of the session counts
# Who may sign up: anybody (open), whoever has an invitation (invitation), or nobody (off).
SIGNUP: str = env.str("SIGNUP", default="open")
if SIGNUP not in {"open", "invitation", "off"}:
    raise ImproperlyConfigured(f"SIGNUP is {SIGNUP!r}. Set it to open, invitation or off.")

# Second factors. They are demanded of staff before the review desk opens.
MFA_ADAPTER = "onboarding.views.account_adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {"add_webauthn": "onboarding.forms.second_factors.AddKeyForm"}
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # the pending one of a change; `views/confirmation.py` verifies the present one
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SITE_IS_HTTPS

# Sessions: how long they last unused, and at most. Their keys are stored hashed.
SESSION_ENGINE = "onboarding.models.sessions"
SESSION_LIMITS = {
    "staff": (
        timedelta(minutes=env.int("STAFF_IDLE_MINUTES", default=30)),
        timedelta(hours=env.int("STAFF_SESSION_HOURS", default=12)),
    ),
    "partner": (
        timedelta(minutes=env.int("PARTNER_IDLE_MINUTES", default=8 * 60)),
        timedelta(hours=env.int("PARTNER_SESSION_HOURS", default=7 * 24)),
    ),
}
SESSION_COOKIE_AGE = int(max(absolute for _idle, absolute in SESSION_LIMITS.values()).total_seconds())
ACCOUNT_SESSION_REMEMBER = True

# Sign-in through an OpenID Connect provider, if its address is set.
OIDC_SERVER_URL = base_url("OIDC_SERVER_URL", default="")
OIDC_SECOND_FACTOR_ACR: str = env.str("OIDC_SECOND_FACTOR_ACR", default="")
SOCIALACCOUNT_ADAPTER = "onboarding.views.account_adapters.ProviderAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # an address at the provider opens no account that was made without it
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": env.str("OIDC_NAME", default="your company"),
                "client_id": required("OIDC_CLIENT_ID", in_debug="onboarding"),
                "secret": required("OIDC_CLIENT_SECRET", in_debug="only-for-development"),
                "settings": {"server_url": OIDC_SERVER_URL},
            }
        ]
        if OIDC_SERVER_URL
        else [],
    }
}
# The first one hashes. The second one checks passwords that were hashed with Django's default.
PASSWORD_HASHERS = [
    "onboarding.password_hashing.PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "onboarding:onboardings"
ACCOUNT_LOGOUT_REDIRECT_URL = "onboarding:home"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "onboarding.forms.passwords.ContextPasswordValidator"},
]

# The languages of the pages, and how English writes dates. The catalogs are in `onboarding/locale`.
LANGUAGE_CODE = DEFAULT_LANGUAGE
LANGUAGES = LANGUAGE_NAMES
FORMAT_MODULE_PATH = "onboarding.formats"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

# Uploads are read in memory and never written to disk: a file could be a private key, sent by mistake.
FILE_UPLOAD_HANDLERS = ["onboarding.hardening.InMemoryOnlyUploadHandler"]
# The size of a whole request, in bytes. A larger request is refused with 413.html (`views.access.bad_request`). The
# limits of a single file are smaller, and lead to the finding file_too_large: see `pki/intake/containers.py`.
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024  # with files; InMemoryOnlyUploadHandler checks it
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # without the files
DATA_UPLOAD_MAX_NUMBER_FILES = 60

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "img-src": [SELF, "data:"],  # the QR code of an authenticator app is a data: URL
        "object-src": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {"camera": [], "geolocation": [], "microphone": [], "usb": []}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = SITE_IS_HTTPS
SECURE_SSL_HOST = urlsplit(SITE_URL).netloc
# Browsers accept the prefix only from the host itself, over https, for all paths: no other host can set these cookies.
COOKIE_PREFIX = "__Host-" if SITE_IS_HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600  # seconds
LANGUAGE_COOKIE_SECURE = SITE_IS_HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "onboarding.hardening.PrefixedMessageStorage"
SECURE_HSTS_SECONDS = 31_536_000 if SITE_IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS: bool = env.bool("HSTS_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD: bool = env.bool("HSTS_PRELOAD", default=False)
transport_security.check_hsts(subdomains=SECURE_HSTS_INCLUDE_SUBDOMAINS, preload=SECURE_HSTS_PRELOAD)
BEHIND_PROXY: bool = env.bool("BEHIND_PROXY", default=False)
transport_security.check_proxy(https=SITE_IS_HTTPS, behind_proxy=BEHIND_PROXY)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# allauth limits sign-in by client address. Behind a proxy, it must not use the proxy's address as the client's.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0

# The address of a Sentry server that gets the places of unexpected errors, without any values.
SENTRY_DSN: str = env.str("SENTRY_DSN", default="")
# Exception reports never contain the values of variables, also if DEBUG is on.
DEFAULT_EXCEPTION_REPORTER_FILTER = "onboarding.hardening.NoValuesFilter"
LOG_FORMAT: str = env.str("LOG_FORMAT", default="json" if SITE_IS_HTTPS else "plain")
if LOG_FORMAT not in {"json", "plain"}:
    raise ImproperlyConfigured(f"LOG_FORMAT is {LOG_FORMAT!r}. Set it to json or plain.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"reference": {"()": "onboarding.logs.ReferenceFilter"}},
    "formatters": {
        "plain": {"format": "{asctime} {levelname} {name} {reference}: {message}", "style": "{"},
        "json": {"()": "onboarding.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["reference"]},
        "audit": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # A line of JSON for each audit record, without a prefix, on standard output: for a log host.
        "onboarding.audit": {"handlers": ["audit"], "level": "INFO", "propagate": False},
        # A line for each request, where lines are read by machines.
        "onboarding.requests": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"},
        "django": {"handlers": [], "level": "INFO"},
    },
}
