"""The appointment as a calendar entry (RFC 5545), which calendars keep up to date by its UID."""

from datetime import datetime
from email.utils import parseaddr

from attrs import frozen
from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event, vCalAddress

from medicare_django.accounts.characters import one_line
from medicare_django.accounts.models import Doctor


@frozen
class Entry:
    """`revision` only ever grows. Sent to an attendee, or published for whoever fetches it."""

    appointment: str
    revision: int
    starts_at: datetime
    ends_at: datetime
    doctor: Doctor
    attendee: str = ""
    cancelled: bool = False

    @property
    def method(self) -> str:
        if not self.attendee:
            return "PUBLISH"
        return "CANCEL" if self.cancelled else "REQUEST"


def render(entry: Entry) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Medicare//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", entry.method)
    calendar.add_component(_event(entry))
    content: bytes = calendar.to_ical()
    return content


def _event(entry: Entry) -> Event:
    event = Event()
    # Of a mail and of a file alike: calendars know the appointment by it.
    event.add("uid", f"{entry.appointment}@medicare")
    event.add("sequence", entry.revision)
    event.add("dtstamp", timezone.now())
    event.add("dtstart", entry.starts_at)
    event.add("dtend", entry.ends_at)
    event.add("summary", f"Appointment with {one_line(entry.doctor.user.name)}")
    event.add("location", f"{entry.doctor.hospital}, {entry.doctor.address}")
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("organizer", vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"))
    if entry.attendee:
        event.add("attendee", _attendee(entry.attendee))
    return event


def _attendee(email: str) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{email}")
    # The booking stands as it is: no calendar shall ask for, or send, an answer.
    attendee.params["PARTSTAT"] = "ACCEPTED"
    attendee.params["RSVP"] = "FALSE"
    return attendee
