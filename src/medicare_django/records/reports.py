"""Keeping medical reports, and giving them to those who may read them."""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet

from medicare_core.appointments import AppointmentStatus
from medicare_django.accounts.models import UserProfile
from medicare_django.accounts.roles import Role, role_of
from medicare_django.records.file_content import FileContent, file_content
from medicare_django.records.file_name import clean_file_name
from medicare_django.records.models import Report, ReportAccess
from medicare_django.scheduling.models import Appointment

logger = logging.getLogger(__name__)

READABLE_AFTER_VISIT = timedelta(days=365)
MAX_PER_DAY = 20
_DAY = timedelta(days=1)


class TooManyReports(Exception):
    """`wait` is how long until the patient may upload again."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"at most {MAX_PER_DAY} reports in 24 hours")
        self.wait = wait


class FileUnavailable(Exception):
    """The file cannot be written, or is no longer the one that was."""


def may_read(reader: UserProfile, patient: int, now: datetime) -> bool:
    """The patient, and doctors who will see them or saw them not long ago; never admins."""
    match role_of(reader):
        case Role.ADMIN:
            return False
        case Role.PATIENT:
            return reader.pk == patient
        case Role.DOCTOR:
            return reader.pk == patient or _visits(reader, patient, now).exists()


def reports_of(reader: UserProfile, patient: int, now: datetime) -> QuerySet[Report]:
    """Newest first, once it is written down who asked; to be read in the same transaction.

    Raises Report.DoesNotExist for anybody who may not read them.
    """
    if not may_read(reader, patient, now):
        raise Report.DoesNotExist
    _write_down(reader, ReportAccess.Action.LIST, patient, None, now)
    return Report.objects.filter(patient=patient).order_by("-uploaded_at", "id")


def read_report(reader: UserProfile, report: UUID, now: datetime) -> tuple[Report, bytes]:
    """Return it with the content of its file, once it is written down who asked.

    Raises Report.DoesNotExist for anybody who may not read it, and FileUnavailable.
    """
    with transaction.atomic():
        found = Report.objects.get(pk=report)
        if not may_read(reader, found.patient_id, now):
            raise Report.DoesNotExist
        _write_down(reader, ReportAccess.Action.DOWNLOAD, found.patient_id, found, now)
    return found, _verified_content(found)


def refuse_too_many(patient: UserProfile, now: datetime) -> None:
    """Raises TooManyReports."""
    latest = Report.objects.filter(patient=patient, uploaded_at__gt=now - _DAY)
    times = latest.order_by("-uploaded_at").values_list("uploaded_at", flat=True)[:MAX_PER_DAY]
    if len(times) == MAX_PER_DAY:
        raise TooManyReports(times[MAX_PER_DAY - 1] + _DAY - now)


def read_upload(file: "UploadedFile[Any]") -> tuple[str, FileContent]:
    """Return the name to keep, and what is kept of the file. Raises ValidationError."""
    content = file_content(file.read())
    return clean_file_name(file.name or "", content.extensions), content


def store_report(
    patient: UserProfile, given: dict[str, str], file_name: str, file: FileContent, now: datetime
) -> Report:
    """`given` holds `report`, `report_type` and `notes`. Raises TooManyReports, FileUnavailable.

    The file is there before its row is, so that no row is ever without its file.
    """
    stored = f"reports/{token_hex(16)}"
    report = Report(
        **given,
        patient=patient,
        file=stored,
        file_name=file_name,
        content_type=file.content_type,
        size=len(file.content),
        sha256=sha256(file.content).hexdigest(),
        uploaded_at=now,
    )
    try:
        _write(stored, file.content)
        with transaction.atomic():
            _lock(patient)
            refuse_too_many(patient, now)
            report.save(force_insert=True)
    except BaseException:
        with suppress(OSError):  # the folder itself may be what is wrong
            default_storage.delete(stored)
        raise
    return report


def _visits(doctor: UserProfile, patient: int, now: datetime) -> QuerySet[Appointment]:
    return Appointment.objects.filter(
        doctor__user=doctor,
        patient=patient,
        status=AppointmentStatus.BOOKED.value,
        ends_at__gt=now - READABLE_AFTER_VISIT,
    )


def _write_down(
    reader: UserProfile, action: str, patient: int, report: Report | None, now: datetime
) -> None:
    ReportAccess.objects.create(
        reader=reader, action=action, patient_id=patient, report=report, accessed_at=now
    )


def _lock(patient: UserProfile) -> None:
    """Uploads of one patient count each other; nothing but the row follows, so it is short."""
    list(UserProfile.objects.select_for_update().filter(pk=patient.pk).values_list("pk"))


def _write(stored: str, content: bytes) -> None:
    try:
        default_storage.save(stored, ContentFile(content))
    except OSError:
        logger.exception("The file of a report cannot be written")
        raise FileUnavailable from None


def _verified_content(report: Report) -> bytes:
    try:
        with default_storage.open(report.file.name or "") as file:
            content: bytes = file.read()
    except OSError:
        content = b""
    if sha256(content).hexdigest() != report.sha256:
        logger.error("The file of report %s is missing or is not the one stored", report.pk)
        raise FileUnavailable
    return content
