"""The dashboard: figures, charts, and what needs somebody."""

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.test import Client

from medicare_django.accounts.models import UserProfile
from medicare_django.notifications.models import Kind, Notification, State
from medicare_django.scheduling.figures import DayFigures
from medicare_django.scheduling.models import TimeOff
from medicare_django.scheduling.practice import deactivate_doctor
from medicare_django.web.staff.charts import HEIGHT, day_chart
from tests.integration.factories import (
    browser_of,
    make_admin,
    make_doctor,
    make_hours,
    make_patient,
)
from tests.integration.staff_pages import (
    DAY,
    MONDAY,
    MORNING,
    book,
    cancel,
    make_working_doctor,
    text_of,
)

NOW = MORNING
PATH = "/admin/dashboard/"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]


@pytest.fixture
def browser() -> Client:
    return browser_of(make_admin())


def test_four_figures_lead_to_their_lists(browser: Client) -> None:
    ada = make_working_doctor("Dr Ada")
    book(ada, "One", "09:00", MONDAY)
    book(ada, "Two", "09:00")
    cancel(book(ada, "Three", "10:00"))
    answer = browser.get(PATH)
    text = text_of(answer)
    assert "1 Appointment today 2 Upcoming appointments 1 Doctor 3 Patients" in text
    links = re.findall(r'<a class="card" href="([^"]+)"', answer.content.decode())
    counts = [browser.get(link.replace("&amp;", "&")).context["page"] for link in links]
    assert [page.paginator.count for page in counts] == [1, 2, 1, 3]


def test_the_days_are_told_by_a_chart_and_by_a_table(browser: Client) -> None:
    ada = make_working_doctor("Dr Ada")
    book(ada, "One", "09:00")
    book(ada, "Two", "09:30")
    cancel(book(ada, "Three", "10:00"))
    answer = browser.get(PATH)
    text = text_of(answer)
    assert "23 December 2029 to 21 January: 2 booked" in text
    assert "2 in all, the most on Tuesday 8 January: 2." in text
    assert "Tue 8 Jan 2 1 Wed 9 Jan 0 0" in text
    assert "Mon 7 Jan (today)" in text
    page = answer.content.decode()
    assert page.count('<rect class="bar" x=') == 1
    assert 'role="img" aria-labelledby="chart-title chart-about"' in page
    assert " style=" not in page


@pytest.mark.parametrize(
    ("query", "days"), [("", 30), ("?days=14", 14), ("?days=90", 90), ("?days=31", 30)]
)
def test_the_days_shown_can_be_chosen(browser: Client, query: str, days: int) -> None:
    answer = browser.get(f"{PATH}{query}")
    assert len(answer.context["per_day"]) == days
    assert answer.context["per_day"][days // 2].on == MONDAY


def test_utilisation_is_told_with_its_period_and_the_busiest_first(browser: Client) -> None:
    make_working_doctor("Dr Ada")
    ben = make_working_doctor("Dr Ben")
    make_hours(ben, "09:00", "12:00")
    book(ben, "One", "09:00")
    make_doctor(name="Dr Idle")
    text = text_of(browser.get(PATH))
    assert "Of the time offered from 23 December 2029 to 21 January, what is booked" in text
    assert "Dr Ben 1% Dr Ada 0% Dr Idle nothing offered" in text


def test_nothing_needs_anybody_where_all_is_well(browser: Client) -> None:
    book(make_working_doctor("Dr Ada"), "One", "09:00")
    assert "Nothing needs you now." in text_of(browser.get(PATH))


def test_whoever_is_stranded_is_named_with_the_way_to_cancel(browser: Client) -> None:
    ada, gone = make_working_doctor("Dr Ada"), make_working_doctor("Dr Gone")
    row = book(ada, "Ben Amor", "09:00")
    book(ada, "Well Served", "09:00", MONDAY + 2 * DAY)
    TimeOff.objects.create(doctor=ada, start_date=MONDAY + DAY)
    for hour in ("09:00", "09:30", "10:00", "10:30", "11:00"):
        book(gone, f"At {hour}", hour)
    deactivate_doctor(gone, now=NOW)
    answer = browser.get(PATH)
    text = text_of(answer)
    assert "6 appointments outside the hours" in text
    assert "Ben Amor Tue 8 Jan, 09:00, Dr Ada Cancel" in text
    assert "Well Served" not in text
    assert "See all 6" in text
    page = answer.content.decode()
    assert f"/admin/dashboard/appointments/{row.pk}/cancel/?next=%2Fadmin%2Fdashboard%2F" in page


def test_doctors_whose_hours_are_over_are_named(browser: Client) -> None:
    over, single, ahead = (make_doctor(name=f"Dr {name}") for name in ("Over", "Single", "Ahead"))
    make_hours(over, "09:00", "12:00", end_date=MONDAY - DAY)
    make_hours(single, "09:00", "12:00", start_date=MONDAY - DAY, repeat_pattern="none")
    make_hours(ahead, "09:00", "12:00", start_date=MONDAY, repeat_pattern="none")
    left = make_doctor(name="Dr Left")
    UserProfile.objects.filter(doctor=left).update(is_active=False)
    assert "2 doctors without hours" in text_of(browser.get(PATH))
    names = [doctor.user.name for doctor in browser.get(PATH).context["attention"].without_hours]
    assert names == ["Dr Over", "Dr Single"]


def test_mails_that_failed_of_late_are_told(browser: Client) -> None:
    doctor, patient = make_working_doctor("Dr Ada"), make_patient(name="Ben Amor")
    for who, kind, age in [
        (patient, Kind.BOOKED, 1),
        (doctor.user, Kind.INVITATION, 2),
        (patient, Kind.CANCELLED, 15),
    ]:
        row = Notification.objects.create(recipient=who, kind=kind, state=State.FAILED)
        Notification.objects.filter(pk=row.pk).update(created_at=NOW - timedelta(days=age))
    Notification.objects.create(recipient=patient, kind=Kind.BOOKED, state=State.SENT)
    text = text_of(browser.get(PATH))
    assert "2 mails not delivered" in text
    assert "Ben Amor An appointment booked, 6 January Dr Ada An invitation, 5 January" in text


class TestDayChart:
    def figures(self, *booked: int) -> list[DayFigures]:
        return [DayFigures(MONDAY + day * DAY, each, 0) for day, each in enumerate(booked)]

    def test_the_highest_bar_stays_below_the_topmost_line(self) -> None:
        for most in (0, 1, 4, 6, 77, 431, 12345):
            chart = day_chart(self.figures(0, most), MONDAY)
            assert chart.lines[-1].y == 0
            assert chart.lines[-1].number >= max(most, 1)
            assert 2 <= len(chart.lines) <= 6
            assert chart.bars[1].y + chart.bars[1].height == pytest.approx(HEIGHT)

    def test_bars_lie_side_by_side_within_the_chart(self) -> None:
        bars = day_chart(self.figures(*[1] * 30), MONDAY).bars
        for bar, following in pairwise(bars):
            assert bar.x + bar.width < following.x
        assert bars[0].x >= 0
        assert bars[-1].x + bars[-1].width <= 100

    def test_few_mondays_are_dated_however_many_there_are(self) -> None:
        for days in (14, 30, 90, 365):
            dated = day_chart(self.figures(*[1] * days), MONDAY).dated
            assert 2 <= len(dated) <= 5
            assert {bar.figures.on.weekday() for bar in dated} == {0}

    def test_past_and_today_are_marked(self) -> None:
        bars = day_chart(self.figures(1, 1, 1), MONDAY + DAY).bars
        assert [(bar.is_past, bar.is_today) for bar in bars] == [
            (True, False),
            (False, True),
            (False, False),
        ]
        assert bars[0].figures.on == date(2030, 1, 7)
