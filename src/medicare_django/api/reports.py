"""Medical reports: uploaded by patients, read by them and by their doctors."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from django.http import FileResponse, Http404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from medicare_django.accounts.roles import Role, role_of
from medicare_django.api.authentication import user_of
from medicare_django.api.exceptions import TooMany
from medicare_django.api.fields import Choice, StrictSerializer
from medicare_django.api.files import AnyAccept, FileUpload
from medicare_django.api.pagination import paged
from medicare_django.api.parsers import StrictMultiPartParser
from medicare_django.api.permissions import IsEmailVerified, IsNotAdmin, IsPatient
from medicare_django.api.queries import Query, QueryInteger
from medicare_django.api.responses import custom201, custom503
from medicare_django.api.schema import describe
from medicare_django.api.texts import MultilineText, Text
from medicare_django.api.throttles import UploadThrottle
from medicare_django.records import reports
from medicare_django.records.downloads import report_download
from medicare_django.records.models import Report, ReportType

FILE_TYPES = ("application/pdf", "image/jpeg", "image/png")


class ReportUpload(StrictSerializer):
    report = Text(max_length=150)
    report_type = Choice(ReportType.values)
    notes = MultilineText(max_length=2000, required=False, allow_blank=True, default="")
    file = FileUpload()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The file is read once all the rest is good, since that is work."""
        try:
            return {**attrs, "file": reports.read_upload(attrs["file"])}
        except DjangoValidationError as error:
            raise serializers.ValidationError({"file": error.messages}) from None


class ReportData(serializers.Serializer[Report]):
    id = serializers.UUIDField()
    patient = serializers.IntegerField(source="patient_id")
    report = serializers.CharField()
    report_type = Choice(ReportType.values)
    notes = serializers.CharField(allow_blank=True)
    file_name = serializers.CharField()
    content_type = Choice(FILE_TYPES)
    size = serializers.IntegerField()
    uploaded_at = serializers.DateTimeField()


class PatientQuery(Query):
    """Of whom a doctor wants to see reports; patients see their own, whatever they ask for."""

    patient = QueryInteger(required=False)


class Upload(APIView):
    permission_classes = (IsAuthenticated, IsPatient, IsEmailVerified)
    parser_classes = (StrictMultiPartParser,)
    throttle_classes = (UploadThrottle,)
    failure_message = "The report was not uploaded"

    @describe(
        "upload_report",
        "Upload a report: PDF, PNG or JPEG, 10 MiB at most",
        takes=ReportUpload,
        gives=ReportData,
        status=HTTPStatus.CREATED,
        fails=(HTTPStatus.TOO_MANY_REQUESTS,),
    )
    def post(self, request: Request) -> Response:
        patient, now = user_of(request), timezone.now()
        try:
            reports.refuse_too_many(patient, now)  # before the work of reading one
            given = ReportUpload.read(request.data)
            file_name, content = given.pop("file")
            report = reports.store_report(patient, given, file_name, content, now)
        except reports.TooManyReports as error:
            sentence = f"You can upload at most {reports.MAX_PER_DAY} reports in 24 hours."
            raise TooMany(error.wait.total_seconds(), sentence) from None
        except reports.FileUnavailable:
            return custom503("The report cannot be stored at the moment.", retry_after=None)
        return custom201("Your report was uploaded.", ReportData(report).data)


class Reports(APIView):
    permission_classes = (IsAuthenticated, IsNotAdmin)
    failure_message = "The reports cannot be listed"

    @describe(
        "list_reports",
        "List your reports or, as a doctor, those of a patient",
        query=[PatientQuery],
        lists=ReportData,
    )
    def get(self, request: Request) -> Response:
        reader, asked = user_of(request), PatientQuery.of(request)
        patient = reader.pk if role_of(reader) is Role.PATIENT else asked.get("patient")
        if patient is None:
            raise serializers.ValidationError({"patient": ["Say whose reports you want to see."]})
        try:
            with transaction.atomic():
                rows = reports.reports_of(reader, patient, timezone.now())
                try:
                    return paged(self, rows, ReportData)
                except NotFound as error:  # a page beyond the end was looked for all the same
                    missed = error
        except Report.DoesNotExist:
            raise Http404 from None
        raise missed


class ReportFile(APIView):
    permission_classes = (IsAuthenticated, IsNotAdmin)
    content_negotiation_class = AnyAccept
    failure_message = "The report cannot be read"

    @describe("read_report_file", "Download a report", files=FILE_TYPES)
    def get(self, request: Request, report: UUID) -> FileResponse | Response:
        try:
            found, content = reports.read_report(user_of(request), report, timezone.now())
        except Report.DoesNotExist:
            raise Http404 from None
        except reports.FileUnavailable:
            message = "The file of this report cannot be read. Please tell the clinic."
            return custom503(message, retry_after=None)
        return report_download(found, content)
