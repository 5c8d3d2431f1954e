"""Sessions in the database, as Django keeps them, found again for every page by a query made once."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from lms.lib.compiled import Compiled

session_of = Compiled(lambda key, at: Session.objects.filter(session_key=key, expire_date__gt=at))


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        found = session_of.first(self.session_key, timezone.now())
        if found is None:
            self._session_key = None
        return found
