"""Who a session belongs to."""

from allauth.account.auth_backends import AuthenticationBackend

from lms.lib.compiled import Compiled

from .models import User

person_of = Compiled(lambda pk: User.objects.filter(pk=pk))


class Backend(AuthenticationBackend):
    """allauth's, which finds a person again, for every page, by a query made once."""

    def get_user(self, user_id: int | str) -> User | None:
        user = person_of.first(int(user_id))
        return user if user and self.user_can_authenticate(user) else None
