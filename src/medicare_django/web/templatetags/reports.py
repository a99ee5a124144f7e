"""Words for medical reports: `{% load reports %}`."""

from django import template

from medicare_django.records.models import Report, ReportType

register = template.Library()

TYPES = {
    ReportType.BLOOD.value: "Blood test",
    ReportType.URINE.value: "Urine test",
    ReportType.XRAY.value: "X-ray",
    ReportType.CT.value: "CT scan",
    ReportType.MRI.value: "MRI scan",
    ReportType.OTHER.value: "Other",
}
_FILES = {
    "application/pdf": "PDF",
    "image/png": "PNG picture",
    "image/jpeg": "JPEG picture",
}


@register.filter
def type_words(report: Report) -> str:
    """Such as "Blood test"."""
    return TYPES[report.report_type]


@register.filter
def file_words(report: Report) -> str:
    """Such as "PDF"."""
    return _FILES[report.content_type]


@register.filter
def file_icon(report: Report) -> str:
    return "file-pdf" if report.content_type == "application/pdf" else "file-image"
