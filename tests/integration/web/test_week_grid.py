from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from medicare_django.web.doctor.week_grid import Block, Kind, Span, WeekGrid, week_grid

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 6, 1)
AUTUMN_MONDAY = date(2026, 10, 19)  # on its Sunday 03:00 is followed by 02:00
SPRING_MONDAY = date(2026, 3, 23)  # on its Sunday 02:00 is followed by 03:00


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def span(kind: Kind, start: str, end: str, label: str = "") -> Span:
    return Span(kind, at(start), at(end), label)


def visit(start: datetime, minutes: int = 30) -> Span:
    starts_at = start.astimezone(UTC)
    return Span(Kind.APPOINTMENT, starts_at, starts_at + timedelta(minutes=minutes), "Ben")


def grid_of(*spans: Span, monday: date = MONDAY, now: datetime | None = None) -> WeekGrid:
    return week_grid(spans, BERLIN, monday, now)


def blocks(grid: WeekGrid) -> list[tuple[int, Block]]:
    return [(day.on.weekday(), block) for day in grid.days for block in day.blocks]


def test_days_go_from_monday_to_sunday_and_hours_from_eight_to_six_at_least() -> None:
    grid = grid_of()
    assert [day.on for day in grid.days] == [MONDAY + timedelta(days=n) for n in range(7)]
    assert [hour for hour, _ in grid.ticks][::9] == ["08:00", "17:00"]


def test_hours_in_use_are_shown_and_a_night_off_is_not() -> None:
    early = span(Kind.HOURS, "2026-06-02T06:30", "2026-06-02T12:00")
    late = visit(at("2026-06-03T20:45"))
    off = span(Kind.AWAY, "2026-06-04T00:00", "2026-06-05T00:00", "Time off")
    grid = grid_of(early, late, off)
    assert (grid.ticks[0], grid.ticks[-1][0]) == (("06:00", 0), "21:00")
    [(_, away)] = [each for each in blocks(grid) if each[1].span is off]
    assert (away.top, away.height, away.words) == (0, grid.height, "all day, Time off")


def test_a_block_stands_where_its_wall_clock_time_is() -> None:
    grid = grid_of(span(Kind.HOURS, "2026-06-02T09:00", "2026-06-02T12:00"))
    [(day, block)] = blocks(grid)
    assert day == 1
    assert (block.top, block.height) == (grid.hour_height, 3 * grid.hour_height)
    assert block.words == "09:00 to 12:00, Hours"


def test_visits_lie_on_time_off_and_time_off_on_hours() -> None:
    spans = [
        visit(at("2026-06-02T09:00")),
        span(Kind.AWAY, "2026-06-02T10:00", "2026-06-02T11:00"),
        span(Kind.HOURS, "2026-06-02T09:00", "2026-06-02T12:00"),
    ]
    drawn = [block.span.kind for _, block in blocks(grid_of(*spans))]
    assert drawn == [Kind.HOURS, Kind.AWAY, Kind.APPOINTMENT]


def test_the_shortest_visit_is_high_enough_to_be_read() -> None:
    assert grid_of(visit(at("2026-06-02T09:00"), 30)).hour_height == 88
    assert grid_of(visit(at("2026-06-02T09:00"), 15)).hour_height == 112
    assert grid_of(visit(at("2026-06-02T09:00"), 5)).hour_height == 168
    assert grid_of(visit(at("2026-06-02T09:00"), 60)).hour_height == 56


def test_a_name_has_the_lines_that_there_is_room_for() -> None:
    long = Span(
        Kind.APPOINTMENT, at("2026-06-02T09:00"), at("2026-06-02T10:00"), "José Ramón Belaústegui"
    )
    [(_, short), (_, tall)] = blocks(grid_of(visit(at("2026-06-02T08:00"), 15), long))
    assert (short.height, short.lines) == (28, [])
    assert tall.lines == ["José Ramón", "Belaústegui"]
    half_an_hour = Span(
        Kind.APPOINTMENT, at("2026-06-02T09:00"), at("2026-06-02T09:30"), "José Ramón Belaústegui"
    )
    [(_, half)] = blocks(grid_of(half_an_hour))
    assert half.lines == ["José Ramón Belaústegui"]


def test_what_lasts_over_midnight_is_cut_and_a_visit_told_whole() -> None:
    night = span(Kind.HOURS, "2026-06-05T20:00", "2026-06-06T06:00")
    late = visit(at("2026-06-05T23:45"))
    told = [(day, block.words) for day, block in blocks(grid_of(night, late))]
    assert told == [
        (4, "20:00 to 00:00, Hours"),
        (4, "23:45 to 00:15, Ben"),
        (5, "00:00 to 06:00, Hours"),
        (5, "23:45 to 00:15, Ben"),
    ]


def test_the_night_before_monday_reaches_into_it_and_other_weeks_do_not() -> None:
    night = span(Kind.HOURS, "2026-05-31T20:00", "2026-06-01T06:00")
    next_week = span(Kind.HOURS, "2026-06-08T00:00", "2026-06-08T06:00")
    assert [(day, b.ends) for day, b in blocks(grid_of(night, next_week))] == [(0, "06:00")]


def test_the_hour_that_comes_twice_is_drawn_side_by_side() -> None:
    first = at("2026-10-25T02:30")
    grid = grid_of(visit(first), visit(first.replace(fold=1)), monday=AUTUMN_MONDAY)
    [(_, one), (_, two)] = blocks(grid)
    assert (one.left, two.left) == (0, 50)
    assert one.top == two.top
    assert one.height == two.height > 0
    assert (one.words, two.words) == ("02:30 to 03:00, Ben",) * 2


def test_what_is_put_back_while_it_lasts_keeps_its_length() -> None:
    grid = grid_of(visit(at("2026-10-25T02:45")), monday=AUTUMN_MONDAY)
    [(_, block)] = blocks(grid)
    assert block.height == grid.hour_height // 2


def test_the_skipped_hour_is_drawn_as_clocks_read() -> None:
    night = span(Kind.HOURS, "2026-03-29T01:00", "2026-03-29T04:00")
    [(_, block)] = blocks(grid := grid_of(night, monday=SPRING_MONDAY))
    assert block.height == 3 * grid.hour_height


def test_today_and_now_are_those_of_the_zone() -> None:
    days = grid_of(now=datetime(2026, 6, 2, 22, 30, tzinfo=UTC)).days
    assert [day.on.weekday() for day in days if day.is_today] == [2]
    assert [day.now for day in days] == [None] * 7  # at half past midnight nothing is shown
    grid = grid_of(now=datetime(2026, 6, 2, 8, 0, tzinfo=UTC))
    assert grid.days[1].now == 2 * grid.hour_height
    assert not any(day.is_today for day in grid_of().days)
