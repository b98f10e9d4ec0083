"""The import desk over HTTP: files in, choices in, state and results out; for planners and administrators only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from frontend.api import answer
from frontend.import_words import WORDS
from frontend.pages import MAP
from frontend.passport import audience, roles
from gis.errors import Invalid, NotFound
from gis.ingest import desk, desk_history, desk_state, looking, queue, uploads
from gis.ingest.subjects import BROUGHT, SUBJECTS
from gis.models import ImportJob
from layers import registry
from layers.scope import Role

ROLES = frozenset({Role.PLANNER, Role.ADMIN})
LONGEST_ORDER = 1 << 18
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def clerks(view: View[P]) -> View[P]:
    """A view for planners and administrators; to others there is no such page, strangers may sign in first."""

    @wraps(view)
    @never_cache
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if roles(request) & ROLES:
            return view(request, *args, **kwargs)
        if request.user.is_authenticated or request.path.startswith("/api/"):
            raise Http404
        return redirect_to_login(request.get_full_path())

    return guarded


def clerk(request: HttpRequest) -> User:
    """Who asks; the guard has seen that it is somebody."""
    assert isinstance(request.user, User)
    return request.user


def everything(request: HttpRequest) -> bool:
    """Whether the asker may touch what others brought."""
    return audience(request).role is Role.ADMIN


def subject_titles(request: HttpRequest) -> list[dict[str, str]]:
    """The subjects that can be imported: those whose layer exists for the asker, and of which he may see all rows; a
    file could overwrite, or by a trial tell of, what lies outside his area."""
    who = audience(request)
    layers = [one for one in registry.visible(who) if one.id in BROUGHT and not (one.by_area and who.area)]
    drawn = [{"id": one.id, "title": one.title, "title_en": one.title_en} for one in layers]
    return drawn + ([] if who.area else list(tables(request)))


def tables(request: HttpRequest) -> Iterator[dict[str, str]]:
    """The subjects without shapes, which have no layer of their own: those whose rows the asker may add."""
    for one in SUBJECTS.values():
        model = one.model._meta
        if not one.shapes and request.user.has_perm(f"spatial.add_{model.model_name}"):
            yield {"id": one.id, "title": str(model.verbose_name), "title_en": one.english}


def allowed(request: HttpRequest, subject: Any) -> str:
    """A subject the asker may import; to him there is no other."""
    if not isinstance(subject, str) or subject not in {one["id"] for one in subject_titles(request)}:
        raise NotFound(f"没有“{subject}”这个主题 / there is no subject {subject!r}")
    return subject


def sent(request: HttpRequest) -> Any:
    """The JSON of a request; Invalid when it is none, or too much."""
    text = request.read(LONGEST_ORDER + 1)
    try:
        if len(text) <= LONGEST_ORDER:
            said = json.loads(text or b"{}")
            if b"\\u0000" not in json.dumps(said, ensure_ascii=False).encode():  # nor half a surrogate pair
                return said
    except (ValueError, RecursionError):
        pass
    raise Invalid("看不懂这个请求 / this request makes no sense")


def number(request: HttpRequest, name: str) -> int:
    """A whole number of the query."""
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise Invalid(f"{name} 应为整数 / {name} is a whole number")
    return int(text)


@require_GET
@clerks
def page(request: HttpRequest) -> HttpResponse:
    """The page; what it shows it asks for itself."""
    words = {key: str(word) for key, word in WORDS.items()}
    return render(request, "frontend/import.html", {"words": words, "leaflet": MAP, "choices": choices(request)})


def choices(request: HttpRequest) -> dict[str, Any]:
    """What the page must know before anything is uploaded."""
    return {"subjects": subject_titles(request), "grids": looking.grids(), **desk_state.limits()}


@require_POST
@clerks
def begin(request: HttpRequest) -> JsonResponse:
    """Announce files: {files: [{name, size}]}."""
    body = sent(request)
    upload = uploads.begin(clerk(request), body.get("files") if isinstance(body, dict) else None)
    return desk_answer(desk_state.upload_state(upload), 201)


def desk_answer(value: Any, status: int = 200) -> JsonResponse:
    """JSON with another status."""
    response = answer(value)
    response.status_code = status
    return response


@require_http_methods(["GET", "DELETE"])
@clerks
def upload(request: HttpRequest, token: str) -> JsonResponse:
    """How far an upload is and what is in it; or be rid of it."""
    found = uploads.of(clerk(request), token, everything(request))
    if request.method == "DELETE":
        uploads.drop([found])
        return answer({"deleted": True})
    return answer(desk_state.upload_state(found))


@require_http_methods(["PUT"])
@clerks
def chunk(request: HttpRequest, token: str, file: int) -> JsonResponse:
    """The next bytes of a file, which begin at ``at``."""
    found = uploads.of(clerk(request), token)
    return answer({"received": uploads.append(found, file, number(request, "at"), request)})


@require_POST
@clerks
def look(request: HttpRequest, token: str) -> JsonResponse:
    """See what is in the files."""
    return desk_answer(desk_state.job_state(desk.look_ordered(clerk(request), uploads.of(clerk(request), token))), 202)


@require_POST
@clerks
def places(request: HttpRequest, token: str, dataset: int) -> JsonResponse:
    """See a table anew, by the columns of coordinates that are named: {places: [east, north]}."""
    found = uploads.of(clerk(request), token)
    job = desk.places_ordered(clerk(request), found, dataset, sent(request))
    return desk_answer(desk_state.job_state(job), 202)


@require_GET
@clerks
def form(request: HttpRequest, token: str, dataset: int) -> JsonResponse:
    """What can be chosen for a dataset as ``subject``."""
    found = uploads.of(clerk(request), token, everything(request))
    return answer(desk.form(found, dataset, allowed(request, request.GET.get("subject", ""))))


@require_GET
@clerks
def rows(request: HttpRequest, token: str, dataset: int) -> JsonResponse:
    """The first rows of a dataset as texts."""
    found = uploads.of(clerk(request), token, everything(request))
    return answer({"head": looking.sample_of(found, dataset).head})


@require_GET
@clerks
def preview(request: HttpRequest, token: str, dataset: int) -> JsonResponse:
    """Some shapes of a dataset where they would lie, read in ``crs``."""
    found = uploads.of(clerk(request), token, everything(request))
    return answer(looking.preview(found, dataset, request.GET.get("crs", "")))


@require_POST
@clerks
def order(request: HttpRequest, token: str, dataset: int, kind: str) -> JsonResponse:
    """Try to import a dataset, or do."""
    found, asked = uploads.of(clerk(request), token), sent(request)
    allowed(request, asked.get("subject", "") if isinstance(asked, dict) else "")
    return desk_answer(desk_state.job_state(desk.ordered(clerk(request), found, dataset, kind, asked)), 202)


def job_of(request: HttpRequest, job_id: int) -> ImportJob:
    """The asker's own job; an administrator's any."""
    return desk_state.job_of(clerk(request), job_id, everything(request))


@require_GET
@clerks
def job(request: HttpRequest, job_id: int) -> JsonResponse:
    """How far a job is, and what came of it."""
    return answer(desk_state.job_state(job_of(request, job_id)))


@require_POST
@clerks
def cancel(request: HttpRequest, job_id: int) -> JsonResponse:
    """Take a job back."""
    return answer(desk_state.job_state(queue.cancel(job_of(request, job_id))))


@require_GET
@clerks
def refused(request: HttpRequest, job_id: int, form: str) -> FileResponse:
    """The refused rows of a job, as a table or as shapes."""
    found, kind = desk_state.refused(job_of(request, job_id), form)
    return FileResponse(found.open("rb"), as_attachment=form == "csv", filename=found.name, content_type=kind)


@require_GET
@clerks
def mapping(request: HttpRequest, job_id: int) -> HttpResponse:
    """The choices of a job as a mapping file."""
    found = job_of(request, job_id)
    if found.kind not in ("trial", "load"):
        raise NotFound("这个任务没有映射 / this job has no mapping")
    name = f"{found.order['subject']}.toml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(desk.mapping_file(found), content_type="application/toml; charset=utf-8", headers=headers)


@require_GET
@clerks
def runs(request: HttpRequest) -> JsonResponse:
    """What has been imported, the latest first, and what the asker has under way."""
    subjects = {one["id"] for one in subject_titles(request)}
    return answer(desk_history.history(clerk(request), subjects, everything(request)))


@require_GET
@clerks
def run_report(request: HttpRequest, run_id: int) -> FileResponse:
    """The refused rows of an import."""
    found = desk_history.report(desk_history.run_of(clerk(request), run_id, everything(request)))
    return FileResponse(found.open("rb"), as_attachment=True, filename=found.name, content_type="text/csv")


@require_http_methods(["GET", "POST"])
@clerks
def undo(request: HttpRequest, run_id: int) -> JsonResponse:
    """What undoing an import would do; by POST, do it."""
    run = desk_history.run_of(clerk(request), run_id, everything(request))
    if request.method == "GET":
        return answer(desk_history.prospect(run))
    return desk_answer(desk_state.job_state(desk_history.undo_ordered(clerk(request), run)), 202)


API = "api/imports/"
ONE = f"{API}uploads/<str:token>"
DATASET = f"{ONE}/datasets/<int:dataset>"
urlpatterns: list[URLPattern] = [
    path("import", page, name="import"),
    path(f"{API}uploads", begin),
    path(ONE, upload),
    path(f"{ONE}/files/<int:file>", chunk),
    path(f"{ONE}/look", look),
    path(f"{DATASET}/places", places),
    path(f"{DATASET}/form", form),
    path(f"{DATASET}/rows", rows),
    path(f"{DATASET}/preview", preview),
    path(f"{DATASET}/trial", order, {"kind": "trial"}),
    path(f"{DATASET}/load", order, {"kind": "load"}),
    path(f"{API}jobs/<int:job_id>", job),
    path(f"{API}jobs/<int:job_id>/cancel", cancel),
    path(f"{API}jobs/<int:job_id>/refused.csv", refused, {"form": "csv"}),
    path(f"{API}jobs/<int:job_id>/refused.geojson", refused, {"form": "geojson"}),
    path(f"{API}jobs/<int:job_id>/mapping.toml", mapping),
    path(f"{API}runs", runs),
    path(f"{API}runs/<int:run_id>/refused.csv", run_report),
    path(f"{API}runs/<int:run_id>/undo", undo),
]
