"""The core and a slow walk over every minute come to the same answers."""

from datetime import datetime, timedelta

from hypothesis import given

from tests.unit.oracle import EPOCH, MINUTE
from tests.unit.strategies import Situation, situations


@given(situations())
def test_the_free_starts_and_their_lengths_are_those_of_the_oracle(situation: Situation) -> None:
    assert situation.free_starts() == situation.oracle.free_starts()


@given(situations(max_days=2))
def test_every_instant_is_explained_as_by_the_oracle(situation: Situation) -> None:
    agenda, oracle = situation.agenda, situation.oracle
    minutes = [minute for minute in oracle.minutes() if minute % 5 == 0]

    explained = {minute: agenda.explain(EPOCH + minute * MINUTE) for minute in minutes}

    assert explained == {minute: oracle.explain(minute) for minute in minutes}


@given(situations(max_days=1))
def test_every_reading_of_the_clock_is_explained_as_by_the_oracle(situation: Situation) -> None:
    agenda, oracle = situation.agenda, situation.oracle
    midnight = datetime.combine(situation.first_on, datetime.min.time())
    readings = [midnight + timedelta(minutes=minute) for minute in range(0, 1440, 5)]

    explained = {reading: agenda.explain(reading) for reading in readings}

    assert explained == {reading: oracle.explain_reading(reading) for reading in readings}


@given(situations())
def test_a_time_is_explained_by_none_exactly_when_it_is_listed(situation: Situation) -> None:
    agenda, listed = situation.agenda, situation.free_starts()

    for minute in situation.oracle.minutes():
        if minute % 5 == 0:
            explained = agenda.explain(EPOCH + minute * MINUTE)
            assert (explained is None) == (minute in listed)
