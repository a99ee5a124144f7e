"""No mail is lost, however many workers die; a copy is made only in the one window that SMTP leaves."""

import pytest
from django.db import connection

from tests.faults.databases import TITLES
from tests.faults.figures import Table
from tests.faults.mail_kills import send_under_kills
from tests.faults.mail_site import MailSite
from tests.faults.sizes import Sizes

SECONDS = 1200
NAMES = {"sqlite": "sqlite", "postgresql": "postgres", "mysql": "mariadb"}


@pytest.mark.timeout(SECONDS)
@pytest.mark.django_db(transaction=True)
def test_no_mail_is_lost_while_workers_are_killed(
    site: MailSite, sizes: Sizes, seed: int, table: Table
) -> None:
    figures = send_under_kills(site, sizes.mails, sizes.worker_kills, seed)
    table.add(
        "killed workers",
        TITLES[NAMES[connection.vendor]],
        mails=figures.mails,
        kills=figures.kills,
        **{"cut off": figures.cut_off, "deferred (451)": figures.deferred},
        lost=figures.lost,
        doubled=figures.doubled,
        seconds=figures.seconds,
    )
    assert figures.lost == 0
    assert figures.unexplained == []
    assert figures.doubled <= figures.cut_off <= figures.kills
