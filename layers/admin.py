"""The back office keeps to the same door: what a layer keeps to areas is kept to them there too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

import gis.admin  # noqa: F401  registers what is narrowed here
from gis.back_office import LogAdmin
from gis.models import Area
from layers import registry
from layers.layer import Layer
from layers.models import Account, Inquiry, Token
from layers.scope import GRANTS, Audience, audience_of

if TYPE_CHECKING:  # generic in the stubs only
    ModelAdmin = admin.ModelAdmin[Any]
    ModelForm = forms.ModelForm[Account]
else:
    ModelForm = forms.ModelForm
    ModelAdmin = admin.ModelAdmin


def asking(request: HttpRequest) -> Audience:
    """Who sits before the back office."""
    return audience_of(request.user)


def narrowed(layer: Layer, base: type[ModelAdmin]) -> type[ModelAdmin]:
    """The admin of a layer's model with the rows of the asker's area alone; none for whom the layer is not there."""

    def get_queryset(self: ModelAdmin, request: HttpRequest) -> QuerySet[Any]:
        rows, who = base.get_queryset(self, request), asking(request)
        return layer.within_reach(rows, who) if layer.visible_to(who) else rows.none()

    return type(base.__name__, (base,), {"get_queryset": get_queryset, "__doc__": base.__doc__})


def hidden(layer: Layer, who: Audience) -> set[str]:
    """The columns of a layer's model that the asker lacks a grant for."""
    return {field.name for field in layer.fields if field.grant and not field.seen_by(who)}


def discreet(layer: Layer, base: type[ModelAdmin]) -> type[ModelAdmin]:
    """The admin of a layer's model without the columns that the asker lacks a grant for: in forms, lists and search."""

    def get_exclude(self: ModelAdmin, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [*(base.get_exclude(self, request, obj) or ()), *sorted(hidden(layer, asking(request)))]

    def without(name: str) -> Any:
        def told(self: ModelAdmin, request: HttpRequest) -> Sequence[Any]:
            taken = hidden(layer, asking(request))
            return [column for column in getattr(base, name)(self, request) if column not in taken]

        return told

    names = ("get_list_display", "get_list_filter", "get_search_fields")
    made = {name: without(name) for name in names}
    return type(base.__name__, (base,), {"get_exclude": get_exclude, **made, "__doc__": base.__doc__})


def steady(base: type[ModelAdmin]) -> type[ModelAdmin]:
    """The admin of areas, which nobody changes who is kept to one: redrawing it would widen what they see."""

    def refuse(name: str) -> Any:
        def may(self: ModelAdmin, request: HttpRequest, *obj: Model | None) -> bool:
            return not asking(request).area and bool(getattr(base, name)(self, request, *obj))

        return may

    names = ("has_add_permission", "has_change_permission", "has_delete_permission")
    return type(base.__name__, (base,), {name: refuse(name) for name in names} | {"__doc__": base.__doc__})


def replace(model: type[Model], made: type[ModelAdmin]) -> None:
    """Register another admin for a model."""
    admin.site.unregister(model)
    admin.site.register(model, made)


for kept in registry.every():
    if kept.by_area and admin.site.is_registered(kept.model):
        replace(kept.model, narrowed(kept, type(admin.site.get_model_admin(kept.model))))
    if any(field.grant for field in kept.fields) and admin.site.is_registered(kept.model):
        replace(kept.model, discreet(kept, type(admin.site.get_model_admin(kept.model))))
replace(Area, steady(type(admin.site.get_model_admin(Area))))


class AccountForm(ModelForm):
    """Grants by their words."""

    grants = forms.MultipleChoiceField(
        label="另可查看",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(name, f"{zh} / {en}") for name, (zh, en) in GRANTS.items()],
    )


@admin.register(Account)
class AccountAdmin(ModelAdmin):
    """Which area a member of staff answers for, and what else they may see."""

    form = AccountForm
    list_display = ("user", "area", "grants")
    raw_id_fields = ("user", "area")


@admin.register(Inquiry)
class InquiryAdmin(LogAdmin):
    """Who asked about what is guarded, and what for."""

    list_display = ("at", "reader", "token", "layer", "purpose", "question", "rows")
    list_filter = ("layer",)
    search_fields = ("purpose", "reader__username", "token")


@admin.register(Token)
class TokenAdmin(ModelAdmin):
    """Whose programs come with tokens; deleting one revokes it. Their owners make them."""

    list_display = ("user", "name", "made_at", "expires_at", "used_on")
    search_fields = ("user__username", "name")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody makes a token for another."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nor lengthens one."""
        return False
