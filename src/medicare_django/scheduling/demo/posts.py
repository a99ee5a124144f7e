"""The invented clinic: its hospitals, closures and doctors, and when each of them works."""

from attrs import frozen

from medicare_core.availability import Repeat
from medicare_django.scheduling.demo.weeks import LONG_AGO, Away, Hours


@frozen
class Hospital:
    name: str
    address: str


@frozen
class Post:
    """A doctor's place in the clinic; an empty `timezone` is the clinic's."""

    specialization: str
    hospital: Hospital
    room: str
    hours: tuple[Hours, ...]
    away: tuple[Away, ...] = ()
    timezone: str = ""

    @property
    def address(self) -> str:
        return f"{self.room}, {self.hospital.address}"


HARBOUR = Hospital("Harbourside General Hospital", "12 Quay Street, Easthaven")
LINDEN = Hospital("Linden Park Clinic", "3 Linden Avenue, Easthaven")
BRIGID = Hospital("St Brigid Family Hospital", "48 Orchard Lane, Westhaven")

WORKDAYS = "Mon Tue Wed Thu Fri"
CLOSURES = (
    Away("Moving of the record rooms", -40),
    Away("Clinic holiday", 23),
    Away("Fire drill and staff training", 38, span="13:00-18:00"),
)
POSTS = (
    # The first one is the post of the demo doctor.
    Post(
        "General practice",
        HARBOUR,
        "Room 104",
        (Hours(WORKDAYS, "08:00-12:00 13:00-16:30"),),
        (Away("Course on travel medicine", 31, 2), Away("Annual leave", 70, 12)),
    ),
    Post(
        "General practice",
        LINDEN,
        "Room 2",
        (Hours(WORKDAYS, "09:00-13:00", 15), Hours("Thu", "15:00-19:00", 15)),
        (Away("Dentist", 9, span="09:00-10:30"),),
    ),
    Post(
        "General practice",
        BRIGID,
        "Night surgery, gate B",
        (Hours("Fri Sat", "20:00-06:00", 30), Hours("Mon", "14:00-18:00", 20)),
        (Away("Rest after duty", 14),),
    ),
    Post(
        "Paediatrics",
        BRIGID,
        "Children's wing, room 11",
        (Hours("Mon Tue Thu", "08:30-12:30 14:00-17:00", 20), Hours("Wed Fri", "08:30-12:30", 20)),
        (Away("Annual leave", 21, 14),),
    ),
    Post(
        "Paediatrics",
        BRIGID,
        "Children's wing, room 12",
        (
            Hours("Wed Fri", "12:00-18:00", 20),
            Hours("", "09:00-13:00", 10, first=12, repeat=Repeat.NONE),  # a day of vaccinations
        ),
    ),
    Post(
        "Paediatrics",
        HARBOUR,
        "Room 220",
        (Hours("Mon Wed", "07:30-11:30 12:15-15:15", 45), Hours("Sat", "09:00-12:00", 15)),
        (Away("School visit", 2, span="07:30-10:00"),),
    ),
    Post(
        "Cardiology",
        HARBOUR,
        "Room 310",
        (Hours("Mon Tue Wed Thu", "08:00-12:00 13:30-17:30", 40),),
        (Away("Heart congress", 44, 4),),
    ),
    Post(
        # Short and long visits side by side: the grids of the two overlap.
        "Cardiology",
        HARBOUR,
        "Room 311",
        (Hours("Mon Wed Fri", "09:00-13:00", 20), Hours("Mon Wed Fri", "10:00-15:00", 30)),
    ),
    Post(
        "Cardiology",
        LINDEN,
        "Room 21",
        (Hours("Tue Thu", "10:00-14:00 15:00-20:00", 60),),
        (Away("Annual leave", -35, 14), Away("Annual leave", 84, 14)),
    ),
    Post(
        "Dermatology",
        LINDEN,
        "Room 7",
        (Hours(WORKDAYS, "08:00-11:00 11:30-14:00", 15),),
        (Away("Long weekend", 18, 4),),
    ),
    Post(
        "Dermatology",
        LINDEN,
        "Room 8",
        # Mornings and afternoons by turns.
        (
            Hours(WORKDAYS, "07:00-12:00", 20, every=2),
            Hours(WORKDAYS, "13:00-18:00", 20, every=2, first=LONG_AGO + 7),
        ),
    ),
    Post(
        "Dermatology",
        BRIGID,
        "Video consultation",
        (Hours("Mon Tue Thu Sat", "09:30-13:00 16:00-19:30", 25),),
        (Away("Festival", 26, 3),),
        timezone="Asia/Kolkata",
    ),
    Post(
        "Orthopaedics",
        HARBOUR,
        "Room 150",
        (Hours("Mon Tue", "07:00-12:00 13:00-16:00", 30), Hours("Fri", "07:00-12:00", 30)),
        (Away("Theatre day", 8), Away("Theatre day", 36)),
    ),
    Post(
        # Two places: what the address says.
        "Orthopaedics",
        LINDEN,
        f"Thu and Fri: room 30 (Mon and Tue: room 151, {HARBOUR.name})",
        (
            Hours("Mon Tue", "09:00-12:30 13:30-16:30", 30),
            Hours("Thu Fri", "10:00-14:00 14:45-18:45", 20),
        ),
    ),
    Post(
        "Orthopaedics",
        BRIGID,
        "Sports injuries, room 5",
        (Hours("Mon Wed Thu", "15:00-20:30", 30), Hours("Sun", "17:00-21:00", 15)),
        (Away("Team doctor at a tournament", 16, 5),),
    ),
    Post(
        "Gynaecology",
        BRIGID,
        "Room 61",
        (Hours(WORKDAYS, "08:00-12:30", 30), Hours("Tue", "14:00-18:00", 30)),
        (Away("Annual leave", 49, 7),),
    ),
    Post(
        "Gynaecology",
        BRIGID,
        "Room 62",
        (Hours("Tue Wed Thu", "09:15-12:15 13:00-17:00", 35),),
        (Away("Parental leave", 56, 90),),
    ),
    Post(
        "Gynaecology",
        HARBOUR,
        "Labour ward, on call",
        (Hours("Sat Sun", "00:00-00:00", 120, every=3), Hours("Mon", "10:00-16:00", 30)),
    ),
    Post(
        "Neurology",
        HARBOUR,
        "Room 402",
        (Hours("Mon Tue Wed", "08:30-12:30 13:15-16:45", 50),),
    ),
    Post(
        "Neurology",
        HARBOUR,
        "Sleep laboratory",
        (Hours("Mon Tue Wed Thu", "21:00-05:00", 120), Hours("Fri", "10:00-12:00", 20)),
        (Away("Calibration of devices", 15, 2),),
    ),
    Post(
        "Neurology",
        LINDEN,
        "Room 14",
        # Old hours until the end of next week, new ones after it.
        (
            Hours("Wed Thu Fri", "09:00-12:00 13:00-15:00", 30, last=13),
            Hours("Thu Fri", "08:00-12:00 12:45-17:00", 45, first=14),
        ),
    ),
    Post(
        "Psychiatry",
        LINDEN,
        "Garden house",
        (Hours(WORKDAYS, "09:00-13:00 14:00-17:00", 60),),
        (Away("Supervision", 10, span="14:00-17:00"), Away("Annual leave", 28, 10)),
    ),
    Post(
        "Psychiatry",
        BRIGID,
        "Room 80",
        (Hours("Mon Tue Thu Fri", "11:00-14:00 15:00-19:00", 50, every=2),),
    ),
    Post(
        "Psychiatry",
        HARBOUR,
        "Crisis line, room 500",
        (Hours("", "18:00-22:00", 30, repeat=Repeat.DAILY),),
        (Away("Annual leave", -14, 9), Away("Day off", 5, 2)),
    ),
)
