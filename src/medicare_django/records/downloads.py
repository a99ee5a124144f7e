from io import BytesIO

from django.http import FileResponse

from medicare_django.accounts.sandbox import sandboxed
from medicare_django.records.models import Report


def report_download(report: Report, content: bytes) -> FileResponse:
    """To be saved by whoever asked: no browser shows it, and nothing on the way keeps a copy."""
    response = FileResponse(
        BytesIO(content),
        as_attachment=True,
        filename=report.file_name,
        content_type=report.content_type,
    )
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return sandboxed(response)
