"""Medical reports: uploaded by patients, read by them and by their doctors."""

from io import BytesIO
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from django.http import FileResponse, Http404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from medicare_django.accounts.roles import Role, role_of
from medicare_django.api.authentication import user_of
from medicare_django.api.fields import Choice, FileUpload, MultilineText, StrictSerializer, Text
from medicare_django.api.files import sandboxed
from medicare_django.api.pagination import Pages
from medicare_django.api.parsers import StrictMultiPartParser
from medicare_django.api.permissions import IsEmailVerified, IsNotAdmin, IsPatient
from medicare_django.api.queries import Query, QueryInteger
from medicare_django.api.responses import custom201, unavailable
from medicare_django.records import reports
from medicare_django.records.file_content import file_content
from medicare_django.records.file_name import clean_file_name
from medicare_django.records.models import Report, ReportType


class _ReportFile(FileUpload):
    """Read into what may be kept of it and a clean name."""

    def to_internal_value(self, data: Any) -> Any:
        file = super().to_internal_value(data)
        try:
            content = file_content(file.read())
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages) from None
        return clean_file_name(file.name or "", content.extensions), content


class _Upload(StrictSerializer):
    report = Text(max_length=150)
    report_type = Choice(ReportType.values)
    notes = MultilineText(max_length=2000, required=False, allow_blank=True, default="")
    file = _ReportFile()


class _Patient(Query):
    patient = QueryInteger()


class Upload(APIView):
    permission_classes = (IsAuthenticated, IsPatient, IsEmailVerified)
    parser_classes = (StrictMultiPartParser,)
    failure_message = "The report was not uploaded"

    def post(self, request: Request) -> Response:
        patient, now = user_of(request), timezone.now()
        try:
            reports.refuse_too_many(patient, now)  # before the work of reading one
            given = _Upload.read(request.data)
            file_name, content = given.pop("file")
            report = reports.store_report(patient, given, file_name, content, now)
        except reports.TooManyReports as error:
            sentence = f"You can upload at most {reports.MAX_PER_DAY} reports in 24 hours."
            raise Throttled(error.wait.total_seconds(), sentence) from None
        except reports.FileUnavailable:
            return unavailable("The report cannot be stored at the moment.")
        return custom201("Your report was uploaded.", report_data(report))


class Reports(APIView):
    permission_classes = (IsAuthenticated, IsNotAdmin)
    failure_message = "The reports cannot be listed"

    def get(self, request: Request) -> Response:
        reader = user_of(request)
        is_patient = role_of(reader) is Role.PATIENT
        patient = reader.pk if is_patient else _Patient.of(request)["patient"]
        pages = Pages()
        try:
            with transaction.atomic():
                rows = reports.reports_of(reader, patient, timezone.now())
                page = pages.paginate_queryset(rows, request, self)
        except Report.DoesNotExist:
            raise Http404 from None
        return pages.get_paginated_response([report_data(row) for row in page or ()])


class ReportFile(APIView):
    permission_classes = (IsAuthenticated, IsNotAdmin)
    failure_message = "The report cannot be read"

    def get(self, request: Request, report: UUID) -> FileResponse | Response:
        try:
            found, content = reports.read_report(user_of(request), report, timezone.now())
        except Report.DoesNotExist:
            raise Http404 from None
        except reports.FileUnavailable:
            return unavailable("The file of this report cannot be read. Please tell the clinic.")
        response = FileResponse(
            BytesIO(content),
            as_attachment=True,
            filename=found.file_name,
            content_type=found.content_type,
        )
        response["Cache-Control"] = "private, no-store"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return sandboxed(response)


def report_data(row: Report) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "patient": row.patient_id,
        "report": row.report,
        "report_type": row.report_type,
        "notes": row.notes,
        "file_name": row.file_name,
        "content_type": row.content_type,
        "size": row.size,
        "uploaded_at": row.uploaded_at.isoformat(),
    }
