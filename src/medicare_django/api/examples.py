"""One example of each operation, by its id: what it takes, and the `data` that it gives.

`answers` is the whole answer where there is no envelope. One test compares them with the schema,
another one does them in turn.
"""

import json
import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

_MONDAY = date(2031, 6, 2)  # of the week in which the examples below are set
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_EMAIL = "noor@example.com"
_PASSWORD = "a long pass phrase"  # noqa: S105 - for readers of the documentation
_TOKENS = {"access": "eyJhbGciOi...", "refresh": "eyJhbGciOi..."}
_DEMO_LOGIN = {"email": "patient@example.com", "password": "medicare-demo"}  # of `make run`
_APPOINTMENT_ID = "0e8b4c62-7d0f-4a37-9f60-5c3f9b1f2a11"
_ZONE = "Asia/Kolkata"  # where clocks do not change: the offset is right in any week
_DAY = "2031-06-04"

_APPOINTMENT = {
    "id": _APPOINTMENT_ID,
    "doctor": 1,
    "doctor_name": "Dr Ada Okafor",
    "date": _DAY,
    "time": "09:30",
    "starts_at": f"{_DAY}T09:30:00+05:30",
    "ends_at": f"{_DAY}T10:00:00+05:30",
    "timezone": _ZONE,
    "status": "booked",
}
_OF_DOCTOR = {**_APPOINTMENT, "patient": 7, "patient_name": "Noor"}
_PROFILE = {
    "id": 7,
    "name": "Noor",
    "email": _EMAIL,
    "phone_number": "+49301234567",
    "gender": "female",
    "age": 34,
    "place": "Berlin",
    "is_email_verified": True,
    "role": "patient",
}
_DOCTOR = {
    "id": 1,
    "name": "Dr Ada Okafor",
    "specialization": "Cardiology",
    "hospital": "St Anne",
    "address": "1 Hill Street",
    "image": "/api/doctors/1/image/",
    "timezone": _ZONE,
}
_HOURS = {
    "start_date": "2031-06-02",
    "end_date": None,
    "start_time": "09:00",
    "end_time": "12:00",
    "repeat_pattern": "weekly",
    "repeat_days": ["Monday", "Wednesday"],
    "repeat_interval": 2,
    "slot_minutes": 30,
}
_ABSENCE = {
    "start_date": "2031-06-10",
    "end_date": "2031-06-12",
    "start_time": None,
    "end_time": None,
    "note": "Conference",
}
_REPORT = {
    "id": "5b1d0d0e-6a9c-4a43-8d43-0c7b8e5f9d21",
    "patient": 7,
    "report": "Blood count",
    "report_type": "BLOOD",
    "notes": "Taken before breakfast.",
    "file_name": "blood-count.pdf",
    "content_type": "application/pdf",
    "size": 48213,
    "uploaded_at": f"{_DAY}T08:12:30.123456Z",
}


def _page(result: dict[str, Any]) -> dict[str, Any]:
    return {"count": 1, "next": None, "previous": None, "results": [result]}


def _made(row: dict[str, Any], number: int) -> dict[str, Any]:
    return {"id": number, **row}


@lru_cache(maxsize=1)
def examples(today: date) -> dict[str, dict[str, Any]]:
    """Moved by whole weeks to that of the next Wednesday, so that they can be tried."""
    wednesday = today + timedelta((1 - today.weekday()) % 7 + 1)
    shift = wednesday - timedelta(2) - _MONDAY
    text = _DATE.sub(
        lambda found: (date.fromisoformat(found[0]) + shift).isoformat(), json.dumps(_EXAMPLES)
    )
    moved: dict[str, dict[str, Any]] = json.loads(text)
    return moved


_EXAMPLES: dict[str, dict[str, Any]] = {
    "register": {
        "takes": {
            "name": "Noor",
            "email": _EMAIL,
            "password": _PASSWORD,
            "confirm_password": _PASSWORD,
            "phone_number": "+49 30 1234567",
            "gender": "female",
            "age": 34,
            "place": "Berlin",
        },
        "gives": {"email": _EMAIL},
    },
    "verify_email": {"takes": {"email": _EMAIL, "otp": "123456"}, "gives": {}},
    "resend_otp": {"takes": {"email": _EMAIL}, "gives": {}},
    "login": {
        "takes": _DEMO_LOGIN,
        "gives": {
            **_TOKENS,
            "user": {name: _PROFILE[name] for name in ("id", "name", "email", "role")}
            | {"is_email_verified": True},
        },
    },
    "token": {"takes": _DEMO_LOGIN, "answers": _TOKENS},
    "refresh": {"takes": {"refresh": _TOKENS["refresh"]}, "answers": _TOKENS},
    "logout": {"takes": {"refresh": _TOKENS["refresh"]}, "gives": {}},
    "change_password": {
        "takes": {"old_password": _PASSWORD, "new_password": "another long pass phrase"},
        "gives": {},
    },
    "request_password_reset": {"takes": {"email": _EMAIL}, "gives": {}},
    "reset_password": {
        "takes": {"token": "eyJ1c2VyIjo...", "password": _PASSWORD},
        "gives": {},
    },
    "read_profile": {"gives": _PROFILE},
    "change_profile": {"takes": {"place": "Hamburg"}, "gives": {**_PROFILE, "place": "Hamburg"}},
    "create_doctor": {
        "takes": {
            "name": "Dr Ada Okafor",
            "email": "ada@example.com",
            "specialization": "Cardiology",
            "hospital": "St Anne",
            "address": "1 Hill Street",
            "timezone": _ZONE,
        },
        "gives": {**_DOCTOR, "image": None, "email": "ada@example.com", "phone_number": ""},
    },
    "list_doctors": {"gives": _page(_DOCTOR)},
    "read_doctor": {"gives": _DOCTOR},
    "read_doctor_image": {},
    "list_hours_of_day": {
        "gives": {"date": "2031-06-02", "timezone": _ZONE, "rules": [_made(_HOURS, 12)]}
    },
    "list_free_times": {
        "gives": {
            "date": _DAY,
            "timezone": _ZONE,
            "available_slots": ["09:30"],
            "slots": [
                {name: _APPOINTMENT[name] for name in ("time", "starts_at", "ends_at")},
            ],
        }
    },
    "list_hours": {"gives": _page(_made(_HOURS, 12))},
    "add_hours": {"takes": _HOURS, "gives": {**_made(_HOURS, 12), "stranded": []}},
    "read_hours": {"gives": _made(_HOURS, 12)},
    "replace_hours": {"takes": _HOURS, "gives": {**_made(_HOURS, 12), "stranded": [_OF_DOCTOR]}},
    "change_hours": {
        "takes": {"end_time": "13:00"},
        "gives": {**_made(_HOURS, 12), "end_time": "13:00", "stranded": []},
    },
    "delete_hours": {"gives": {"stranded": [_OF_DOCTOR]}},
    "list_time_off": {"gives": _page(_made(_ABSENCE, 3))},
    "add_time_off": {"takes": _ABSENCE, "gives": {**_made(_ABSENCE, 3), "stranded": []}},
    "delete_time_off": {"gives": {"stranded": []}},
    "list_closures": {"gives": _page(_made(_ABSENCE, 4))},
    "add_closure": {"takes": _ABSENCE, "gives": {**_made(_ABSENCE, 4), "stranded": []}},
    "delete_closure": {"gives": {"stranded": []}},
    "book_appointment": {
        "takes": {"doctor": 1, "date": _DAY, "time": "09:30"},
        "gives": _APPOINTMENT,
    },
    "list_appointments": {"gives": _page(_APPOINTMENT)},
    "reschedule_appointment": {
        "takes": {"date": _DAY, "time": "11:00"},
        "gives": {
            **_APPOINTMENT,
            "time": "11:00",
            "starts_at": f"{_DAY}T11:00:00+05:30",
            "ends_at": f"{_DAY}T11:30:00+05:30",
        },
    },
    "cancel_appointment": {"gives": {**_APPOINTMENT, "status": "cancelled"}},
    "upload_report": {
        "takes": {
            "report": "Blood count",
            "report_type": "BLOOD",
            "notes": "Taken before breakfast.",
            "file": "blood-count.pdf",
        },
        "gives": _REPORT,
    },
    "list_reports": {"gives": _page(_REPORT)},
    "read_report_file": {},
}
