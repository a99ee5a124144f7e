"""The appointment as a calendar entry (RFC 5545), which calendars keep up to date by its UID."""

from datetime import datetime
from email.utils import parseaddr

from attrs import frozen
from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event, vCalAddress


@frozen
class Entry:
    """`uid` stays the same for the life of an appointment; `revision` only ever grows."""

    uid: str
    revision: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str
    attendee: str
    cancelled: bool

    @property
    def method(self) -> str:
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
    event.add("uid", entry.uid)
    event.add("sequence", entry.revision)
    event.add("dtstamp", timezone.now())
    event.add("dtstart", entry.starts_at)
    event.add("dtend", entry.ends_at)
    event.add("summary", entry.summary)
    event.add("location", entry.location)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("organizer", vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"))
    attendee = vCalAddress(f"mailto:{entry.attendee}")
    # The booking stands as it is: no calendar shall ask for, or send, an answer.
    attendee.params["PARTSTAT"] = "ACCEPTED"
    attendee.params["RSVP"] = "FALSE"
    event.add("attendee", attendee)
    return event
