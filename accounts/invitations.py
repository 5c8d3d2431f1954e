"""Finding the person behind an e-mail address, or making an account they can take over by a link."""

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from .models import User


def person_for(email: str, full_name: str) -> tuple[User, bool]:
    """Return the person with that address and whether they have to be invited.

    Whoever is invited has no usable password: only the link of `password_link` lets them in. That goes for new people,
    and for an account that somebody opened with this address without ever confirming it: its password may be a
    stranger's, so it ends here. The name given is used for new people only.
    """
    email = email.strip().lower()
    known = EmailAddress.objects.filter(email__iexact=email, verified=True).select_related("user").first()
    if known:
        return known.user, False
    user = User.objects.filter(email__iexact=email).first()
    if user:
        unconfirmed = EmailAddress.objects.filter(user=user, email__iexact=email, verified=False).exists()
        if unconfirmed and user.last_login is None:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        return user, unconfirmed and not user.has_usable_password()
    user = User.objects.create_user(email, None, full_name=full_name)
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=False)
    return user, True


def password_link(user: User) -> str:
    """Return the address at which the person sets a password, good until used or `PASSWORD_RESET_TIMEOUT` is over."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)},
    )
    return settings.BASE_URL + path
