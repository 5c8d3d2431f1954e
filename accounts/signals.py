"""News of people and organisations."""

from django.dispatch import Signal

# organisation: sent after it was saved and its groups exist. The curriculum app gives the groups page permissions.
organisation_saved = Signal()
