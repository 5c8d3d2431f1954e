"""News of this app."""

from django.dispatch import Signal

edition_created = Signal()  # edition, at: inside the transaction that makes it
erratum_applied = Signal()  # erratum, at: inside the transaction that puts it into effect
translation_approved = Signal()  # translation: inside the transaction that approves
demand_news = Signal()  # demand, kind, base (None: all it concerns): inside the transaction that changes it
case_leaked = Signal()  # event: inside the transaction that marks a case as leaked
