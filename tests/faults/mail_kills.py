"""Workers that are killed while they send, one after the other, and what became of the mails."""

import random
import time
from collections import Counter
from email.message import EmailMessage

from medicare_django.notifications.models import Kind, Notification, State
from medicare_django.notifications.outbox import enqueue
from tests.faults.figures import MailKills
from tests.faults.mail_site import MailSite, Program, end_leases
from tests.integration.factories import make_patient
from tests.integration.waiting import comes_true

WORKERS = 2
DEFERRED_OF_100 = 5
"""That the mail server wants to take later."""
TAKING_SECONDS = 0.02
UNTIL_KILL = (0.05, 0.4)
"""Seconds after some more mails are due; the least and the most."""


class MailServer:
    """Wants some mails later. It takes its time with each answer, and so holds the window open in
    which a worker that dies makes a second copy.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.defers = True
        self.deferred: Counter[str] = Counter()

    def judge(self, mail: EmailMessage) -> str:
        time.sleep(TAKING_SECONDS)
        if self.defers and self._chance.randrange(100) < DEFERRED_OF_100:
            self.deferred[str(mail["Message-ID"])] += 1
            return "451 later"
        return "250 taken"


def send_under_kills(site: MailSite, mails: int, kills: int, seed: int) -> MailKills:
    chance = random.Random(seed)
    server = MailServer(chance)
    site.smtp.judge = server.judge
    site.start_beat()
    crowd = [site.start_worker() for _ in range(WORKERS)]
    began = time.monotonic()
    for number in range(kills):
        victim = crowd.pop(0)
        assert comes_true(lambda: bool(victim.children)), "it does not start"  # noqa: B023
        _owe(site, mails * (number + 1) // kills - mails * number // kills)
        time.sleep(chance.uniform(*UNTIL_KILL))
        victim.kill()
        crowd.append(site.start_worker())
        assert comes_true(lambda: not Notification.objects.filter(tries=0).exists())
    server.defers = False
    _finish(site, crowd)
    return _counted(site, kills, server.deferred, time.monotonic() - began)


def _owe(site: MailSite, count: int) -> None:
    patient = make_patient()
    site.ring(*(enqueue(Kind.ACCOUNT_EXISTS, patient.pk) for _ in range(count)))


def _finish(site: MailSite, crowd: list[Program]) -> None:
    """Once those who live have put down what they had, what is claimed is claimed by the dead."""
    for worker in crowd:
        worker.stop()
    if Notification.objects.filter(state=State.PENDING).exists():
        end_leases()
        site.start_worker()
        site.call_sweep()
        comes_true(lambda: not Notification.objects.filter(state=State.PENDING).exists())


def _counted(site: MailSite, kills: int, deferred: Counter[str], seconds: float) -> MailKills:
    copies, rows = site.copies, Notification.objects.all()
    tries = {f"<{row.uuid}@clinic.example>": row.tries for row in rows}
    sent = rows.filter(state=State.SENT).count()
    return MailKills(
        mails=len(tries),
        kills=kills,
        deferred=deferred.total(),
        cut_off=sum(tries.values()) - deferred.total() - sent,
        lost=len(tries) - min(sent, len(copies.keys() & tries.keys())),
        doubled=copies.total() - len(copies),
        unexplained=[
            mail for mail, count in copies.items() if count > tries.get(mail, 0) - deferred[mail]
        ],
        seconds=round(seconds, 1),
    )
