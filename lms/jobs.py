"""What the product itself tidies up."""

from .lib import kept_uploads
from .lib.jobs import job


@job("lms.drop_kept_uploads", every=3600)
def drop_kept_uploads(handle) -> None:
    kept_uploads.drop_old()
