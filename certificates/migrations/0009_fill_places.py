"""The one copy of each certificate takes the certificate's place; the bits that are set now become rows, with the change that
set them. Changes of before are marked as made by one person."""

from django.db import migrations

REFUSING = ["suspended", "revoked"]


def fill(apps, schema_editor):
    copies = apps.get_model("certificates", "IssuedCredential").objects
    refusals = apps.get_model("certificates", "CopyRefusal").objects
    changes = apps.get_model("certificates", "StatusChange").objects
    for copy in copies.select_related("certificate").iterator():
        certificate = copy.certificate
        copies.filter(pk=copy.pk).update(status_list=certificate.status_list_id, status_index=certificate.status_index)
        if certificate.state in REFUSING:
            change = changes.filter(certificate=certificate, kind=certificate.state).order_by("changed_at", "pk").last()
            refusals.create(copy=copy, change=change, refused_at=change.changed_at)
    changes.exclude(kind="suspended").update(by_one_person=True)


class Migration(migrations.Migration):

    dependencies = [
        ("certificates", "0008_places_of_copies"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
