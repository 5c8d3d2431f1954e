"""News of this app: a trainee was awarded, a certificate is ready, its status changed; a key or a list of an employer."""

from django.dispatch import Signal

awarded = Signal()  # award, facts it rests on, batch: whether it is one of many
certificates_prepared = Signal()  # certificates: those signed together; first: those of them that are new and follow no other
status_changed = Signal()  # certificate, change
api_key_withdrawn = Signal()  # key
list_received = Signal()  # check_list
consent_asked = Signal()  # consent
consent_told = Signal()  # news
replaced = Signal()  # certificate, new
request_decided = Signal()  # request
simulation_asked = Signal()  # simulation
document_published = Signal()  # version: of the DID document, or of the list of signers of PDFs
key_withdrawn = Signal()  # key
pdf_signer_withdrawn = Signal()  # signer
pdf_drawn_afresh = Signal()  # fresh: the PDF
contact_asked = Signal()  # request
contact_answered = Signal()  # request
register_report_answered = Signal()  # report
entry_moved = Signal()  # entry of the register, at: an officer took it off or put it back
batch_asked = Signal()  # batch
record_asked = Signal()  # record
batch_confirmed = Signal()  # batch: to be issued, or its failures tried again
repair_accepted = Signal()  # repair
import_asked = Signal()  # batch: of old records
import_confirmed = Signal()  # batch: of old records
recognition_decided = Signal()  # recognition
cpd_decided = Signal()  # decision: on an entry of continuing education
renewal_decided = Signal()  # renewal: confirmed or refused
claim_decided = Signal()  # claim: of an imported record
