"""The checks on pages: what the surveys leave to be mended, and which addresses may be one, each with its place."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from frontend import parameters as read
from frontend.passport import audience
from gis.errors import Invalid
from gis.ingest.desk import merge_ordered
from gis.merging import decide
from gis.models import Address, AddressPair, ImportJob, PipeNode, PipeSegment, Verdict
from gis.survey.finding import Report
from gis.survey.pipes import check_pipes
from gis.survey.topology import check_areas
from layers import registry
from layers.inquiry import ON_CHECKS, inquire
from layers.scope import Audience, Role

READERS = frozenset({Role.PLANNER, Role.MANAGER, Role.ADMIN})
JUDGES = frozenset({Role.PLANNER, Role.ADMIN})
SHOWN = 100  # findings of a check on the page; the table to download has all
PAIRS = 20  # a page
PARTS = ("source", "code", "doorplate", "name", "unit", "room")
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def only(roles: frozenset[Role]) -> Callable[[View[P]], View[P]]:
    """A view for these roles; for others there is no such page, and strangers may sign in first."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        @never_cache
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if audience(request).role in roles:
                return view(request, *args, **kwargs)
            if request.method == "POST" or request.user.is_authenticated:
                raise Http404
            return redirect_to_login(request.get_full_path())

        return guarded

    return guard


@require_safe
@only(READERS)
def index(request: HttpRequest) -> HttpResponse:
    """What there is to check."""
    waiting = AddressPair.objects.filter(verdict=Verdict.OPEN).count()
    judges = audience(request).role in JUDGES
    return render(request, "frontend/checks/index.html", {"waiting": waiting, "judges": judges})


@require_safe
@only(READERS)
def pipes(request: HttpRequest) -> HttpResponse:
    """The fifteen checks of the pipe survey, of one source or of all."""
    source = request.GET.get("source") or None
    about = {"sources": sources(), "source": source, "title": _("地下管线检查"), "table": "/checks/pipes.csv"}
    return render(request, "frontend/checks/report.html", about | shown(pipe_report(request)))


@require_safe
@only(READERS)
def pipes_csv(request: HttpRequest) -> HttpResponse:
    """All of it as a table."""
    return table(pipe_report(request), "pipes")


@require_safe
@only(READERS)
def areas(request: HttpRequest) -> HttpResponse:
    """Areas and grids as coverages."""
    report = mine(check_areas(), audience(request))
    about = {"title": _("行政区域与网格检查"), "table": "/checks/areas.csv"}
    return render(request, "frontend/checks/report.html", about | shown(report))


@require_safe
@only(READERS)
def areas_csv(request: HttpRequest) -> HttpResponse:
    """All of it as a table."""
    return table(mine(check_areas(), audience(request)), "areas")


def pipe_report(request: HttpRequest) -> Report:
    """What the asker may see of the pipes' report; who asked is kept, as for any reading of pipes."""
    who = audience(request)
    report = mine(check_pipes(request.GET.get("source") or None), who)
    question = f"checks {read.said(request.GET)}"
    inquire(registry.get("pipes", who), request.user, ON_CHECKS, question, len(report.findings))
    return report


def mine(report: Report, who: Audience) -> Report:
    """A report without the features that the asker may not see."""

    def visible(layer_id: str) -> set[int] | None:
        layer = registry.get(layer_id, who)
        kept_apart = layer.by_area and bool(who.area)
        return set(layer.rows_for(who).values_list("pk", flat=True)) if kept_apart else None

    return report.kept(visible)


def sources() -> list[str]:
    """The sources that pipes or their points came from."""
    tables = (model._default_manager.values_list("source", flat=True) for model in (PipeSegment, PipeNode))
    return sorted({name for rows in tables for name in rows.order_by().distinct()})


def shown(report: Report) -> dict[str, Any]:
    """A report as the page shows it: by check, the first findings of each."""
    english = (get_language() or "").startswith("en")
    counts = report.counts
    checks = [
        {
            "about": check,
            "title": check.title_en if english else check.title,
            "count": counts[check.id],
            "findings": report.of(check.id)[:SHOWN],
            "more": max(0, counts[check.id] - SHOWN),
        }
        for check in report.checks
    ]
    return {"checks": checks, "total": len(report.findings)}


def table(report: Report, name: str) -> HttpResponse:
    """A report as CSV; the BOM lets Excel read Chinese."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.write("\ufeff")
    report.write(response)
    return response


@require_safe
@only(JUDGES)
def addresses(request: HttpRequest) -> HttpResponse:
    """The pairs that are waiting, or those that were decided, the most alike first."""
    verdict = request.GET.get("verdict", Verdict.OPEN)
    if verdict not in Verdict.values:
        raise Invalid(f"没有“{verdict}”这种结论 / no verdict {verdict!r}")
    pairs = AddressPair.objects.filter(verdict=verdict).select_related("first", "second", "decided_by")
    page = Paginator(pairs.order_by("-score", "pk"), PAIRS).get_page(request.GET.get("page"))
    compared = ImportJob.objects.filter(kind=ImportJob.Kind.MERGE).order_by("-pk").first()
    found = {"page": page, "verdict": verdict, "verdicts": verdicts(), "pairs": [both(pair) for pair in page]}
    found |= {"compared": compared}
    return render(request, "frontend/checks/addresses.html", found)


def verdicts() -> list[dict[str, Any]]:
    """What can be said of a pair, and of how many it was said."""
    words = {Verdict.OPEN: _("待定"), Verdict.SAME: _("同一地址"), Verdict.DIFFERENT: _("不同地址")}
    counted = AddressPair.objects.all()
    return [{"id": one.value, "title": words[one], "count": counted.filter(verdict=one).count()} for one in Verdict]


def both(pair: AddressPair) -> dict[str, Any]:
    """A pair side by side: its parts in rows, whether they differ, and where each lies."""
    titles = (_("来源"), _("地址编码"), _("门牌地址"), _("标志物"), _("单元"), _("室号"))
    sides = [getattr(pair, side) for side in ("first", "second")]
    rows = [(title, *(getattr(side, name) for side in sides)) for title, name in zip(titles, PARTS, strict=True)]
    rows = [(title, a, b, a != b) for title, a, b in rows if a or b]
    return {"pair": pair, "rows": rows, "links": [link(side) for side in sides], "score": round(100 * pair.score)}


def link(row: Address) -> str:
    """Where the map shows an address; a copy is shown by the row that stands for it."""
    return f"/map?sel=addresses:{row.same_as_id or row.pk}#18.00/{row.geom.y:.6f}/{row.geom.x:.6f}"


@require_POST
@only(JUDGES)
def compare(request: HttpRequest) -> HttpResponse:
    """Have the registers compared anew, as follows every import of addresses."""
    assert isinstance(request.user, User)
    merge_ordered(request.user)
    return redirect("/checks/addresses")


@require_POST
@only(JUDGES)
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what a person says of a pair, and go back to the queue."""
    said = request.POST.get("verdict", "")
    if said not in Verdict.values:
        raise Invalid(f"没有“{said}”这种结论 / no verdict {said!r}")
    decide(pk, Verdict(said), request.user)
    back = request.POST.get("back", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, None) else "/checks/addresses")


urlpatterns: list[URLPattern] = [
    path("checks", index),
    path("checks/pipes", pipes),
    path("checks/pipes.csv", pipes_csv),
    path("checks/areas", areas),
    path("checks/areas.csv", areas_csv),
    path("checks/addresses", addresses),
    path("checks/addresses/compare", compare),
    path("checks/addresses/<int:pk>", judge),
]
