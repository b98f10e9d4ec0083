"""What each role may do beyond looking: Django groups named like the roles, with model permissions that fit.

What a role *sees* is decided by the declarations and `layers.scope`; these permissions guard the admin and services.
"""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from layers.scope import STAFF, Role

# Planners change what is drawn and ruled; buildings, pipes and people have registers of their own.
DRAWN = ("fence", "fenceversion", "zoning", "area", "grid", "road", "segment", "segmenthead")
HOMES = Q(content_type__model__in=("room", "unit"))
ROLLS = Q(content_type__model__in=("roll", "rollreading"))
SPATIAL = Q(content_type__app_label="spatial")
VIEWS = SPATIAL & Q(codename__startswith="view_") & ~ROLLS
DRAWS = (
    SPATIAL & Q(content_type__model__in=DRAWN) & (Q(codename__startswith="add_") | Q(codename__startswith="change_"))
)
READS_ROLLS = SPATIAL & Q(codename__in=("read_roll", "view_rollreading"))
RUNS = (SPATIAL & ~ROLLS) | Q(content_type__app_label__in=("layers", "auth"))

GRANTS = {
    Role.FIELD: VIEWS,
    Role.PLANNER: (VIEWS & ~HOMES) | DRAWS,
    Role.MANAGER: VIEWS | READS_ROLLS,
    Role.ADMIN: RUNS,
}


@transaction.atomic
def grant() -> int:
    """Make the groups and add the permissions they lack; returns how many were added. Nothing is ever taken away,
    for a city may have given its groups more."""
    added = 0
    for role in sorted(STAFF):
        group, _ = Group.objects.get_or_create(name=role.value)
        missing = Permission.objects.filter(GRANTS[role]).exclude(group=group)
        added += len(missing)
        group.permissions.add(*missing)
    return added
