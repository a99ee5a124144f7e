"""The file of a medical report, for its patient and the doctors who may read it."""

from http import HTTPStatus
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from medicare_django.records import reports
from medicare_django.records.downloads import report_download
from medicare_django.records.models import Report
from medicare_django.web.portals import PATIENTS, PortalView


class ReportFile(PortalView):
    portal = PATIENTS

    def get(self, request: HttpRequest, report: UUID) -> FileResponse | HttpResponse:
        try:
            found, content = reports.read_report(self.user, report, timezone.now())
        except Report.DoesNotExist:
            raise Http404 from None
        except reports.FileUnavailable:
            status = HTTPStatus.SERVICE_UNAVAILABLE
            return render(request, "web/report_unreadable.html", status=status)
        return report_download(found, content)
