"""Files people bring: checked by content, served as attachments."""

from django.http import FileResponse


def serve_attachment(file, name: str, media_type: str = "application/octet-stream") -> FileResponse:
    response = FileResponse(file, as_attachment=True, filename=name, content_type=media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
