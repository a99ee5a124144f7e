"""The first page: doctors and their soonest free times, and the search among them."""

from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from attrs import frozen
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.generic import View

from medicare_core.ids import DoctorId
from medicare_core.slots import Slot
from medicare_django.accounts.doctors import active_doctors, find_doctors
from medicare_django.accounts.models import Doctor
from medicare_django.scheduling.wiring import booking_service
from medicare_django.web import times
from medicare_django.web.fields import Date, Text
from medicare_django.web.patient.visits import Visit
from medicare_django.web.portals import page_of

_WORDS = ("search", "specialization", "hospital")
_FILTERS = ("specialization", "hospital", "date")
_PAGE_SIZE = 12  # fills rows of two and of three


class _Search(forms.Form):
    search = Text("Name or keyword", longest=100, attributes={"type": "search"})
    specialization = Text("Specialization", longest=100, widget=forms.Select())
    hospital = Text("Hospital", longest=150, widget=forms.Select())
    date = Date("Day")

    def __init__(self, data: QueryDict, now: datetime) -> None:
        super().__init__(data)
        practices = list(active_doctors().values_list("specialization", "hospital", "timezone"))
        self._offer("specialization", {its for its, _, _ in practices})
        self._offer("hospital", {its for _, its, _ in practices})
        # Doctors far from each other have different days today.
        zones = {settings.TIME_ZONE, *(zone for _, _, zone in practices)}
        days = [now.astimezone(ZoneInfo(zone)).date() for zone in zones]
        first_on = min(days)
        last_on = max(days) + timedelta(days=settings.BOOKING_HORIZON_DAYS)
        day = self.fields["date"]
        day.widget.attrs |= {"min": first_on.isoformat(), "max": last_on.isoformat()}
        day.validators.append(partial(_check_day, first_on, last_on))

    @property
    def filters(self) -> list[forms.BoundField]:
        """What phones fold away."""
        return [self[name] for name in _FILTERS]

    @property
    def narrowing(self) -> int:
        return sum(bool(self.cleaned_data.get(name)) for name in _FILTERS)

    def _offer(self, name: str, known: set[str]) -> None:
        """Whatever is asked for can be seen in the field, also where nobody is like that."""
        shown = sorted(known | {self.data.get(name, "")} - {""}, key=str.casefold)
        select = self.fields[name].widget
        assert isinstance(select, forms.Select)  # noqa: S101 - declared above
        select.choices = [("", "Any"), *((each, each) for each in shown)]


def _check_day(first_on: date, last_on: date, on: date) -> None:
    if on < first_on:
        raise ValidationError("This day is over. Choose another one.")
    if on > last_on:
        last = times.date_words(last_on)
        raise ValidationError(f"Only days up to {last} can be booked yet.")


@frozen
class Card:
    """`visit` is None where no time is free."""

    doctor: Doctor
    visit: Visit | None


class Home(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        form = _Search(request.GET, now)
        form.is_valid()  # what is wrong is said beside its field, and the rest is looked for
        asked = form.cleaned_data
        words = {name: asked[name] for name in _WORDS if asked.get(name)}
        free = _free_times([DoctorId(pk) for pk in find_doctors(**words)], asked.get("date"), now)
        page = page_of(request, sorted(free, key=lambda pk: _order(pk, free[pk])), _PAGE_SIZE)
        doctors = active_doctors().in_bulk(page.object_list)
        context = {
            "form": form,
            "page": page,
            "cards": [_card(doctors[pk], free[pk]) for pk in page if pk in doctors],
            "on": asked.get("date"),
            "is_search": bool(words or asked.get("date") or form.errors),
        }
        return render(request, "web/patient/home.html", context)


def _free_times(
    doctors: list[DoctorId], on: date | None, now: datetime
) -> dict[DoctorId, Slot | None]:
    if on is None:
        return booking_service().next_free(doctors, now=now)
    return {**booking_service().first_free_on(doctors, on, now=now)}


def _order(doctor: DoctorId, slot: Slot | None) -> tuple[bool, int, int]:
    """The soonest first, whoever has no time last."""
    return slot is None, 0 if slot is None else slot.period.start, doctor


def _card(doctor: Doctor, slot: Slot | None) -> Card:
    return Card(doctor, None if slot is None else Visit.in_slot(slot))
