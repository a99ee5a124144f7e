import logging

from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse

from medicare_core.errors import WriteConflict
from medicare_django.accounts.contention import UNAVAILABLE
from medicare_django.web.busy import busy_page

logger = logging.getLogger(__name__)


class PageSessions(SessionMiddleware):
    """Sessions, and the answer of a page for which the database has no time.

    Each answer prolongs the session. Where that alone fails, since somebody else writes for too
    long or has just logged out in another window, the page stands: what it did is done.
    """

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, (WriteConflict, *UNAVAILABLE)):
            return None
        logger.warning("A page was answered with 503: %s", type(error).__name__)
        return busy_page()

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        try:
            return super().process_response(request, response)
        except (SessionInterrupted, *UNAVAILABLE) as error:
            logger.warning("A session was not saved: %s", type(error).__name__)
            return busy_page() if request.session.modified else response
