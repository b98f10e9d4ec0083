"""The day that it is in the city, in SQL: a session of Django's is in UTC, whose ``current_date`` is yesterday until
eight in the morning here."""

from __future__ import annotations

from django.conf import settings

TODAY = f"(now() AT TIME ZONE '{settings.TIME_ZONE}')::date"
