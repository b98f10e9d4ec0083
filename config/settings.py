"""Django's settings: every value that an operator decides comes from `config.env`, the rest is fixed here."""

import os
import sys
from typing import Any

from csp.constants import NONCE, NONE, SELF
from psycopg.conninfo import conninfo_to_dict

from config import cluster, release
from config.env import ROOT, read

ENV = read(os.environ)

DEBUG = ENV.debug
DEMO = ENV.demo
VAR = ENV.var
SECRET_KEY = ENV.secret_key
FIELD_KEY = ENV.field_key
PUBLIC_URL = ENV.public_url
APPROVAL_NUMBER = ENV.approval_number
HOTLINE = ENV.hotline
CITY_NAME = ENV.city_name
CITY_BOUNDS = ENV.city_bounds
LOCAL_GRIDS = ENV.local_grids
EXPORT_KM2 = ENV.export_km2  # of ground that a file of what is guarded may cover
SURVEY_LIMITS = dict(ENV.survey_limits)  # of gis.survey.limits, those that are not the defaults
IMPORT_LIMIT = ENV.import_limit_mb * 2**20  # bytes that one upload may have
IMPORT_WORKERS = True  # the server starts the processes of the import queue itself
ALLOWED_HOSTS = list(ENV.allowed_hosts) or ["localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = [
    "config",
    "frontend",  # before leaflet and admin: its templates replace theirs
    "tiles",
    "layers.apps.LayersConfig",
    "layers.city.apps.CityConfig",
    "gis.apps.SpatialConfig",
    "leaflet",
    "csp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "django.contrib.humanize",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.security.permissions_policy",
    "django.middleware.gzip.GZipMiddleware",  # pages and JSON; tiles and static files come compressed
    "config.security.ContentPolicy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.errors.answer_errors",  # inside those above, so that error pages carry their headers too
    "config.security.refuse_nul",
    "django.middleware.common.CommonMiddleware",
    "config.statics.Statics",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "frontend.passport.issue",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "frontend.masthead.masthead",
            ],
        },
    }
]


PAGES = "config.wsgi" in sys.modules
SLOWEST_MS = 60_000


def _database(url: str, pooled: bool = False) -> dict[str, Any]:
    """Django's form of a libpq URL. A pooler gives each transaction another session: nothing may outlive it there."""
    parts = conninfo_to_dict(url)
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        **{setting: str(parts.pop(key, "") or "") for key, setting in names.items()},
        "OPTIONS": {"application_name": "chengtu", "connect_timeout": "3", **parts, **_bounded(parts, pooled)},
        "DISABLE_SERVER_SIDE_CURSORS": pooled,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,  # a restarted database costs no request
    }


def _bounded(parts: dict[str, Any], pooled: bool) -> dict[str, str]:
    """No statement of a page lasts longer, though its reader has left: WSGI does not tell (decision 0068). Commands and
    imports take the time they need; a pooler passes no settings on, there the role has it."""
    if not PAGES or pooled:
        return {}
    return {"options": f"-c statement_timeout={SLOWEST_MS} {parts.get('options', '')}".strip()}


# Pages alone go through the pooler: commands and the processes of imports hold sessions, and end by themselves.
POOLED = PAGES and bool(ENV.database_pool_url)
DIRECT = ENV.database_url or cluster.url(VAR)
DATABASES = {"default": _database(ENV.database_pool_url, pooled=True) if POOLED else _database(DIRECT)}
if POOLED:
    DATABASES["direct"] = _database(DIRECT)
if ENV.database_read_url:
    DATABASES["reads"] = _database(ENV.database_read_url)
HELD = "direct" if POOLED else "default"
"""Where rows are written, on a connection that is ours alone: who waits to be told of news needs one."""
READS = "reads" if ENV.database_read_url else HELD
"""Where what may lag a little is read, on a connection that is ours alone: tiles, exports."""
REDIS_URL = ENV.redis_url
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = ENV.city_language
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [ROOT / "frontend" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# Plain names under a versioned prefix: a manifest storage follows references inside vendor folders and fails on them.
STATIC_SOURCES = (ROOT / "frontend" / "static", ROOT / "frontend" / "joined.py", ROOT / "config" / "static")
RELEASE = release.fingerprint(*STATIC_SOURCES)
STATIC_URL = f"/static/{RELEASE}/"
STATIC_ROOT = VAR / "static" / RELEASE  # not one for all: an older node still serves its own while nodes are replaced
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "frontend.joined.Storage"},
}
MEDIA_ROOT = VAR / "media"
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 0 if DEBUG else 365 * 24 * 3600  # the prefix changes with the contents

LEAFLET_CONFIG = {
    "TILES": [],
    "OVERLAYS": [],
    "ATTRIBUTION_PREFIX": False,
    "RESET_VIEW": False,
    "MINIMAP": False,
    "SCALE": "metric",
    "SPATIAL_EXTENT": tuple(CITY_BOUNDS or (73.0, 3.0, 136.0, 54.0)),
}

AUTHENTICATION_BACKENDS = ["config.sign_in.PatientBackend"]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/map"
LOGOUT_REDIRECT_URL = "/map"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
CSRF_FAILURE_VIEW = "config.errors.forbidden"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SECURE = not ENV.private  # reached from outside, if only through a proxy here, so through TLS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None

# gis.W001: GDAL before 3.9 may open files and hosts that a spatial reference names. Debian 12 has 3.6; no spatial
# reference from a request ever reaches Django's GDAL (imports go through pyogrio, which brings its own, newer one).
# security.W004, W008: HSTS and the redirect to HTTPS belong to what ends TLS; HSTS would bind every port of the host.
SILENCED_SYSTEM_CHECKS = ["gis.W001", "security.W004", "security.W008"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"brief": {"()": "config.errors.Brief"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["brief"]}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"django": {"handlers": [], "level": "INFO", "propagate": True}},
}
