"""Changing a schedule: whoever would leave booked appointments without hours is asked first.

The question names the appointments, and the answer is about those: where the change would strand
others as well by the time that it comes, nothing is changed and the question is put anew.
"""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from attrs import frozen
from django import forms
from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import pluralize
from django.utils import timezone

from medicare_core.ids import AppointmentId, DoctorId
from medicare_django.accounts.models import Doctor
from medicare_django.scheduling.models import Appointment
from medicare_django.scheduling.wiring import booking_service
from medicare_django.web.portals import PortalView, next_url

KEEP, CANCEL = "keep", "cancel"
"""The answers, in `then`."""


@frozen
class Outcome:
    """Of a change that was made, or not: then `stranded` are those to ask about."""

    is_made: bool
    are_cancelled: bool
    stranded: tuple[AppointmentId, ...]

    @property
    def words(self) -> str:
        count = len(self.stranded)
        if not count:
            return ""
        some = f"{count} appointment{pluralize(count)}"
        if self.are_cancelled:
            who = pluralize(count, "the,each")
            return f"{some} {pluralize(count, 'is,are')} cancelled, and {who} patient gets a mail."
        return f"{some} {pluralize(count, 'stands,stand')} all the same."

    def rows(self) -> QuerySet[Appointment]:
        rows = Appointment.objects.filter(pk__in=self.stranded)
        return rows.select_related("patient", "doctor__user").order_by("starts_at", "pk")


class ScheduleView(PortalView):
    """`back` is the route of the list; `clash` goes on after "2 booked appointments"."""

    back: str
    clash = "would lie outside the hours"

    @property
    def doctor(self) -> Doctor | None:
        """Whose schedule it is; nobody's are the closures of the clinic."""
        return None

    def change(self, edit: Callable[[], object], *, dry_run: bool = False) -> Outcome:
        """Raises the core's `NotFound` if the doctor sees no patients, and what `edit` raises."""
        doctor = None if self.doctor is None else DoctorId(self.doctor.pk)
        make = partial(booking_service().change_schedule, doctor, edit)
        return self.settle(make, dry_run=dry_run)

    def settle(self, make: Callable[..., tuple[Any, ...]], *, dry_run: bool = False) -> Outcome:
        """Have it made as was answered; `make` takes what `change_schedule` is told by name."""
        given = self.request.POST
        answer = given.get("then")
        agreed = _ids(given.get("stranded", "")) if answer in {KEEP, CANCEL} else set()
        hit = make(
            now=timezone.now(), dry_run=dry_run, cancel_stranded=answer == CANCEL, agreed=agreed
        )
        stranded = tuple(each.id for each in hit)
        is_made = not dry_run and agreed.issuperset(stranded)
        return Outcome(is_made, is_made and answer == CANCEL, stranded)

    def done(self, sentence: str, outcome: Outcome) -> HttpResponse:
        messages.success(self.request, f"{sentence} {outcome.words}".strip())
        return redirect(next_url(self.request, self.back))

    def question(self, outcome: Outcome) -> dict[str, Any]:
        """What `web/stranded.html` shows; `doctor` says whether it need name them."""
        rows = list(outcome.rows()) if outcome.stranded else []
        named = ",".join(map(str, outcome.stranded))
        return {"stranded": rows, "named": named, "clash": self.clash, "doctor": self.doctor}


class Save(ScheduleView):
    """A form; what it says is stored by `store`, which is called under the lock, perhaps again.

    A `then` that is no answer wants no more than the form again: to go back, or to look at it.
    """

    template_name: str

    def form(self, given: Any = None) -> forms.Form:
        raise NotImplementedError

    def store(self, form: Any) -> object:
        raise NotImplementedError

    def words(self, form: Any) -> str:
        """What is to be stored."""
        raise NotImplementedError

    def get(self, request: HttpRequest, **_: Any) -> HttpResponse:
        return self.show(self.form())

    def post(self, request: HttpRequest, **_: Any) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid() or request.POST.get("then", "") not in {"", KEEP, CANCEL}:
            return self.show(form)
        outcome = self.change(lambda: self.store(form))
        if outcome.is_made:
            return self.done(f"Saved: {self.words(form)}.", outcome)
        asked = self.question(outcome)
        context = {"typed": _typed(request), "words": self.words(form), **asked}
        return render(request, "web/save_stranding.html", context)

    def show(self, form: forms.Form, **more: Any) -> HttpResponse:
        """`back` is where the list is, for those who want no change."""
        context = {"form": form, "back": next_url(self.request, self.back), **more}
        return render(self.request, self.template_name, context)


class Delete(ScheduleView):
    """Asks in any case. `noun` is what is deleted, such as "this closure"."""

    template_name = "web/delete_stranding.html"
    noun: str

    def rows(self) -> QuerySet[Any]:
        """Those that this user may delete; of others nobody is told that they exist."""
        raise NotImplementedError

    def words(self, row: Any) -> str:
        raise NotImplementedError

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(self.rows(), pk=pk)
        return self._ask(row, self.change(lambda: self._delete(pk), dry_run=True))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(self.rows(), pk=pk)
        outcome = self.change(lambda: self._delete(pk))
        if not outcome.is_made:
            return self._ask(row, outcome)
        return self.done(f"Deleted: {self.words(row)}.", outcome)

    def _delete(self, pk: int) -> None:
        get_object_or_404(self.rows(), pk=pk).delete()

    def _ask(self, row: Model, outcome: Outcome) -> HttpResponse:
        context = {
            "noun": self.noun,
            "words": self.words(row),
            "next": next_url(self.request, self.back),
            **self.question(outcome),
        }
        return render(self.request, self.template_name, context)


def _ids(text: str) -> set[AppointmentId]:
    """What is no id names nobody."""
    found = set()
    for part in text.split(","):
        try:
            found.add(AppointmentId(UUID(part)))
        except ValueError:
            continue
    return found


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """All that the form said, to be sent once more with the answer."""
    own = {"csrfmiddlewaretoken", "then", "stranded"}
    given = request.POST.lists()
    return [(name, value) for name, values in given if name not in own for value in values]
