from typing import Any, ClassVar, NoReturn
from uuid import uuid4

from django.db import models

from medicare_django.accounts.models import UserProfile


class ReportType(models.TextChoices):
    BLOOD = "BLOOD"
    XRAY = "XRAY", "X-ray"
    MRI = "MRI", "MRI"
    CT = "CT", "CT"
    URINE = "URINE"
    OTHER = "OTHER"


class Report(models.Model):
    """Written by `medicare_django.records.reports` only. `file_name` is the one it came with."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    patient = models.ForeignKey(
        UserProfile, models.PROTECT, db_index=False, related_name="reports"
    )
    report = models.CharField("title", max_length=150)
    report_type = models.CharField(max_length=5, choices=ReportType.choices)
    notes = models.TextField(max_length=2000, blank=True)
    file = models.FileField(upload_to="reports/")
    file_name = models.CharField(max_length=100)
    content_type = models.CharField(max_length=20)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-uploaded_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["patient", "uploaded_at"], name="reports_of_patient"),
        ]

    def __str__(self) -> str:
        return f"report {self.pk}"


class _OnlyAdded(models.QuerySet["ReportAccess"]):
    def update(self, **values: Any) -> NoReturn:
        raise TypeError("What was written down about a reading stays as it is.")

    def delete(self) -> NoReturn:
        raise TypeError("What was written down about a reading stays.")


class ReportAccess(models.Model):
    """Who read what of which patient, and when. A list has no `report`. Rows are only added."""

    class Action(models.TextChoices):
        LIST = "list"
        DOWNLOAD = "download"

    reader = models.ForeignKey(UserProfile, models.PROTECT, related_name="+")
    action = models.CharField(max_length=8, choices=Action.choices)
    patient = models.ForeignKey(UserProfile, models.PROTECT, related_name="+")
    report = models.ForeignKey(
        Report, models.PROTECT, null=True, blank=True, related_name="accesses"
    )
    accessed_at = models.DateTimeField()

    objects = _OnlyAdded.as_manager()

    class Meta:
        verbose_name_plural = "report accesses"
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"

    def save(self, **options: Any) -> None:
        super().save(**{**options, "force_insert": True})

    def delete(self, **options: Any) -> NoReturn:  # type: ignore[override]
        raise TypeError("What was written down about a reading stays.")
