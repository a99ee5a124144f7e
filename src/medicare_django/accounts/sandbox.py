from django.http import FileResponse


def sandboxed(response: FileResponse) -> FileResponse:
    """Let no browser take the file for anything but its type, or run what it holds."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
