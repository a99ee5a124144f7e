"""Doctor Ada, who works in the mornings, and her patients Ben and Cem."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from medicare_core.availability import AvailabilityRule, Repeat, Schedule
from medicare_core.booking import BookingService
from medicare_core.ports import Event
from tests.unit.in_memory_back_end import InMemoryBackEnd

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 6, 1)
NINE = datetime(2026, 6, 1, 9, tzinfo=BERLIN)
NOW = NINE - timedelta(days=1)
HALF_AN_HOUR = timedelta(minutes=30)
MORNINGS = AvailabilityRule(
    date(2026, 1, 1), time(9), time(12), repeat_pattern=Repeat.DAILY, slot_minutes=30
)


class Clinic:
    def __init__(self, *rules: AvailabilityRule) -> None:
        self.back_end = InMemoryBackEnd()
        self.service = BookingService(self.back_end.begin, self.back_end.unlocked)
        self.ada = self.back_end.add_doctor(Schedule(BERLIN, rules or (MORNINGS,)))
        self.ben, self.cem = self.back_end.add_patient(), self.back_end.add_patient()

    def free(self, on: date = MONDAY) -> list[str]:
        slots = self.service.free_slots(self.ada, on, now=NOW)
        return [slot.starts_at.strftime("%H:%M") for slot in slots]

    def events(self) -> list[Event]:
        return [event for event, _, _ in self.back_end.notices()]
