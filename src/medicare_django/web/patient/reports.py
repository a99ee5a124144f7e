"""A patient's own reports: the list, and the form to add one."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from medicare_django.accounts.pictures import BUSY, PicturesBusy
from medicare_django.accounts.request_rates import UPLOADS, seconds_to_wait
from medicare_django.records import reports
from medicare_django.web.fields import MultilineText, Text
from medicare_django.web.portals import PATIENTS, PortalView, page_of
from medicare_django.web.rates import retry_after, too_many, wait_words
from medicare_django.web.templatetags.reports import TYPES

_MEGABYTES = settings.MAX_UPLOAD_BYTES // 2**20
_TOO_LARGE = f"This file is too large. Choose one of at most {_MEGABYTES} MB."
_UNAVAILABLE = "The report cannot be stored at the moment. Please try again later."
_AGAIN = "Choose the file again: it could not be kept."


def check_size(file: "UploadedFile[Any]") -> None:
    if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
        raise forms.ValidationError(_TOO_LARGE)


class ReportForm(forms.Form):
    report = Text("Title", "Give the report a title.", help_text="Such as: Blood count, 3 March.")
    report_type = forms.ChoiceField(
        label="Type",
        choices=[("", "Choose one"), *TYPES.items()],
        error_messages={
            "required": "Choose the type of the report.",
            "invalid_choice": "Choose one of these types.",
        },
    )
    notes = MultilineText(
        "Notes",
        longest=2000,
        attributes={"rows": 4},
        help_text="What your doctor should know about it.",
    )
    file = forms.FileField(
        label="File",
        help_text=f"A PDF, or a picture as PNG or JPEG, of at most {_MEGABYTES} MB.",
        error_messages={
            "required": "Choose the file of the report.",
            "empty": "This file is empty. Choose another one.",
        },
        validators=[check_size],
        widget=forms.FileInput(
            {"accept": ".pdf,.png,.jpg,.jpeg", "data-most": settings.MAX_UPLOAD_BYTES}
        ),
    )

    def clean_file(self) -> "UploadedFile[Any]":
        if len(self.files.getlist("file")) > 1:
            raise forms.ValidationError("Choose one file, and send the others after it.")
        file: UploadedFile[Any] = self.cleaned_data["file"]
        return file


class Reports(PortalView):
    portal = PATIENTS

    def get(self, request: HttpRequest) -> HttpResponse:
        with transaction.atomic():  # in which it is written down that they were looked at
            page = page_of(request, reports.reports_of(self.user, self.user.pk, timezone.now()))
            rows = list(page)
        context = {"page": page, "reports": rows}
        return render(request, "web/patient/reports.html", context)


class UploadReport(PortalView):
    portal = PATIENTS

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show(ReportForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ReportForm(request.POST, request.FILES)
        if not self.user.is_email_verified:
            return self._show(form)
        seconds = seconds_to_wait(UPLOADS, request)
        if seconds:
            return retry_after(self._refuse(form, too_many(seconds)), seconds)
        try:
            return self._store(form) or self._refuse(form)
        except reports.TooManyReports as error:
            wait = error.wait.total_seconds()
            sentence = (
                f"You can upload at most {reports.MAX_PER_DAY} reports in 24 hours. "
                f"You can go on in {wait_words(wait)}."
            )
            return retry_after(self._refuse(form, sentence), max(1, -int(-wait // 1)))
        except PicturesBusy:
            page = self._refuse(form, BUSY, status=HTTPStatus.SERVICE_UNAVAILABLE)
            page["Retry-After"] = "5"
            return page
        except reports.FileUnavailable:
            return self._refuse(form, _UNAVAILABLE, status=HTTPStatus.SERVICE_UNAVAILABLE)

    def _store(self, form: ReportForm) -> HttpResponse | None:
        """The file is read once all the rest is good, since that is work."""
        patient, now = self.user, timezone.now()
        reports.refuse_too_many(patient, now)
        if not form.is_valid():
            return None
        given = {**form.cleaned_data}
        try:
            file_name, content = reports.read_upload(given.pop("file"))
        except forms.ValidationError as error:
            form.add_error("file", error)
            return None
        report = reports.store_report(patient, given, file_name, content, now)
        messages.success(self.request, f"\u201c{report.report}\u201d is uploaded.")
        return redirect("reports")

    def _refuse(self, form: ReportForm, sentence: str = "", **more: Any) -> HttpResponse:
        if sentence:
            form.add_error(None, sentence)
        if self.request.FILES and not form.errors.get("file"):
            form.add_error("file", _AGAIN)  # browsers do not fill it in again
        return self._show(form, **more)

    def _show(self, form: ReportForm, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
        if not self.user.is_email_verified:
            status = HTTPStatus.FORBIDDEN
        context = {"form": form, "too_large": _TOO_LARGE}
        return render(self.request, "web/patient/upload_report.html", context, status=status)
