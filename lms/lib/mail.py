"""Short mails that say where to look: a subject, lines, an address."""

from django.conf import settings
from django.core.mail import EmailMessage


def send(subject: str, lines: list[str], *, to: str, key: str) -> None:
    """Send one mail; its id makes a second sending harmless."""
    host = settings.BASE_URL.split("//")[-1].split(":")[0]
    EmailMessage(subject, "\n\n".join(lines), to=[to], headers={"Message-ID": f"<{key}@{host}>"}).send()
