"""The three portals: whom each is for, and who is sent where."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from attrs import frozen
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import View

from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.roles import Role, role_of

PAGE_SIZE = 25
_NOT_SAVED = (
    "You had been logged out, so nothing was saved. Log in, and send it once more. Pages log you "
    "out when nothing has been done for half an hour."
)


@frozen
class Portal:
    """`home` and `login` are names of routes; `people` are those whom it is for."""

    role: Role
    namespace: str
    people: str
    home: str
    login: str

    @property
    def navigation(self) -> str:
        """The template of its links."""
        return f"web/nav/{self.role}.html"

    def route(self, name: str) -> str:
        """Such as "doctor:profile", for one of the routes that every portal has."""
        return f"{self.namespace}:{name}" if self.namespace else name


PATIENTS = Portal(Role.PATIENT, "", "patients", "home", "login")
DOCTORS = Portal(Role.DOCTOR, "doctor", "doctors", "doctor:today", "doctor:login")
STAFF = Portal(Role.ADMIN, "staff", "administrators", "staff:dashboard", "staff:login")
PORTALS = {portal.role: portal for portal in (PATIENTS, DOCTORS, STAFF)}
_BY_NAMESPACE = {portal.namespace: portal for portal in PORTALS.values()}


class PortalView(View):
    """A page for those of one portal. `user` is somebody of its role, loaded with their doctor."""

    portal: Portal

    @property
    def user(self) -> UserProfile:
        user = self.request.user
        assert isinstance(user, UserProfile)  # noqa: S101 - `dispatch` lets nobody else come here
        return user

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.user, UserProfile):
            return redirect_to_login(request, self.portal)
        if role_of(request.user) is not self.portal.role:
            return wrong_portal(request, self.portal)
        return super().dispatch(request, *args, **kwargs)


def portal_of_page(request: HttpRequest) -> dict[str, Any]:
    """For all templates: the portal that the page belongs to, and that of whoever reads it."""
    match = request.resolver_match
    page = _BY_NAMESPACE.get(match.namespace if match else "", PATIENTS)
    user = getattr(request, "user", None)
    own = PORTALS[role_of(user)] if isinstance(user, UserProfile) and user.pk else None
    return {"portal": page, "own_portal": own}


def redirect_to_login(request: HttpRequest, portal: Portal) -> HttpResponse:
    """Back to this page once they have logged in."""
    if request.method == "POST":
        messages.warning(request, _NOT_SAVED)
    query = urlencode({"next": request.get_full_path()})
    return redirect(f"{resolve_url(portal.login)}?{query}")


def wrong_portal(request: HttpRequest, portal: Portal) -> HttpResponse:
    return render(
        request, "web/wrong_portal.html", {"wanted": portal}, status=HTTPStatus.FORBIDDEN
    )


def next_url(request: HttpRequest, otherwise: str) -> str:
    """Where the request asks to go next, if that is a path of this site. `otherwise` is a route.

    Of what does not begin with a slash, `redirect` would take some for the name of a route.
    """
    url = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if is_ours else resolve_url(otherwise)


def with_next(request: HttpRequest, route: str) -> str:
    """The address of a page from which people go on to where this request asks to go next."""
    here = resolve_url(route)
    wanted = next_url(request, route)
    return here if wanted == here else f"{here}?{urlencode({'next': wanted})}"


def page_of(
    request: HttpRequest, rows: "QuerySet[Any] | Sequence[Any]", size: int = PAGE_SIZE
) -> Page[Any]:
    """The page that `?page=` names; the nearest one where there is none."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
