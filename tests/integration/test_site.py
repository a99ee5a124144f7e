"""One patient's whole way, on the site as it is served: real server, real mail thread, real files."""

import http.client
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email.message import Message
from pathlib import Path
from typing import Any

import icalendar
import pytest
from attrs import frozen

from medicare_core.errors import RefusalCode
from tests.integration import served_site
from tests.integration.served_site import part, soon

PASSWORD = "a long pass phrase"
SWEEP_SECONDS = 5
# Run in a process of its own, on the database of the site.
PREPARE = """
import json
from datetime import timedelta
from django.utils import timezone
from medicare_django.accounts import tokens
from tests.integration.factories import make_doctor, make_hours, make_patient
day = timezone.localdate() + timedelta(days=3)
doctor = make_doctor(name="Dr Ada Okafor")
make_hours(doctor, "09:00", "12:00", start_date=day)
make_hours(doctor, "09:20", "12:00", start_date=day, slot_minutes=20)
crowd = [tokens.start_login(make_patient(), timezone.now()).access for _ in range(32)]
print(json.dumps({"doctor": doctor.pk, "date": day.isoformat(), "crowd": crowd}))
"""


@frozen
class Site:
    port: int
    mails_in: Path
    doctor: int
    date: str
    crowd: list[str]

    def call(
        self, method: str, path: str, body: Any = None, token: str = ""
    ) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            connection.request(method, f"/api/{path}", body and json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def free_times(self) -> list[str]:
        _, body = self.call("GET", f"doctor/{self.doctor}/timeslots/?date={self.date}")
        times: list[str] = body["data"]["available_slots"]
        return times

    def book(self, at: str, token: str) -> tuple[int, dict[str, Any]]:
        asked = {"doctor": self.doctor, "date": self.date, "time": at}
        return self.call("POST", "book-appointment/", asked, token)

    def mails_to(self, address: str) -> list[Message]:
        return served_site.mails_to(address, self.mails_in)

    def sign_up(self, address: str) -> str:
        person = {"name": "Noor", "email": address}
        words = {"password": PASSWORD, "confirm_password": PASSWORD}
        assert self.call("POST", "register/", person | words)[0] == 201
        [mail] = soon(lambda: self.mails_to(address), count=1)
        found = re.search(r"\b[0-9]{6}\b", part(mail, "text/plain"))
        assert found is not None
        code = {"email": address, "otp": found[0]}
        assert self.call("POST", "verify-email/", code)[0] == 200
        status, body = self.call("POST", "login/", {"email": address, "password": PASSWORD})
        assert status == 200
        access: str = body["data"]["access"]
        return access


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    environment = served_site.demo_environment(folder)
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "--verbosity", "0"], env=environment, check=True)
    made = subprocess.run(
        [*manage, "shell", "--verbosity", "0", "--command", PREPARE],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    port = served_site.free_port()
    with served_site.served(port, environment):
        yield Site(port, folder / "mails", **json.loads(made.stdout))


def test_a_patient_registers_books_moves_and_cancels(site: Site) -> None:
    address, other = "noor@example.net", "otto@example.net"
    patient, rival = site.sign_up(address), site.sign_up(other)
    assert "09:30" in site.free_times()

    status, body = site.book("09:30", patient)
    assert status == 201
    booked = body["data"]
    assert "09:30" not in site.free_times()
    # The second one is of another length, and overlaps.
    for at in ("09:30", "09:40"):
        status, body = site.book(at, rival)
        assert (status, body["code"]) == (409, RefusalCode.SLOT_TAKEN)
        assert len(body["alternatives"]) == 3
    _, body = site.call("GET", "appointments/history/", token=patient)
    assert body["data"]["results"] == [booked]

    new_time = {"date": site.date, "time": "11:00"}
    path = f"appointments/{booked['id']}"
    assert site.call("POST", f"{path}/reschedule/", new_time, patient)[0] == 200
    assert "09:30" in site.free_times()
    assert "11:00" not in site.free_times()
    assert site.call("DELETE", f"{path}/cancel/", token=patient)[0] == 200
    assert "11:00" in site.free_times()

    _code, *mails = soon(lambda: site.mails_to(address), count=4)
    assert [mail["Subject"].split(":")[0] for mail in mails] == [
        "Appointment booked",
        "Appointment moved",
        "Appointment cancelled",
    ]
    invitations = [invitation(mail) for mail in mails]
    uid = f"{booked['id']}@medicare"
    assert invitations == [("REQUEST", uid, 0), ("REQUEST", uid, 1), ("CANCEL", uid, 2)]
    time.sleep(SWEEP_SECONDS + 1)
    assert len(site.mails_to(address)) == 4
    assert len(site.mails_to(other)) == 1


def test_of_32_at_once_one_gets_the_time(site: Site) -> None:
    with ThreadPoolExecutor(len(site.crowd)) as pool:
        answers = list(pool.map(lambda token: site.book("10:30", token), site.crowd))
    assert Counter(status for status, _ in answers) == {201: 1, 409: 31}
    assert {body.get("code") for _, body in answers} == {None, RefusalCode.SLOT_TAKEN}


def test_a_body_that_comes_in_chunks_is_asked_for_whole(site: Site) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)) as connection:
        connection.putrequest("POST", "/api/login/")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()  # no chunk: the answer does not wait for one
        response = connection.getresponse()
        assert (response.status, json.loads(response.read())["status_code"]) == (411, 411)


def test_a_charset_that_is_none_is_refused_on_every_path(site: Site) -> None:
    for path in ("/api/doctors/?page=1", "/admin/login/?next=1"):
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
        connection.request("GET", path, headers={"Content-Type": "text/plain; charset=zlib"})
        response = connection.getresponse()
        assert (response.status, b"'zlib'" in response.read()) == (415, True)
        connection.close()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_is_answered_whatever_name_it_asks_for(site: Site, method: str, path: str) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)) as connection:
        connection.request(method, path, headers={"Host": "10.42.0.7"})
        response = connection.getresponse()
        body = response.read()
    assert response.status == 200
    assert (json.loads(body)["status"] == "ok") if method == "GET" else (body == b"")


def invitation(mail: Message) -> tuple[str, str, int]:
    calendar = icalendar.Calendar.from_ical(part(mail, "text/calendar"))
    [event] = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), str(event["UID"]), int(str(event["SEQUENCE"]))
