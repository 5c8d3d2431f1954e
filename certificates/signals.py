"""News of this app: a trainee was awarded, a certificate is ready, its status changed."""

from django.dispatch import Signal

awarded = Signal()  # certificate
certificate_prepared = Signal()  # certificate
status_changed = Signal()  # certificate, change
