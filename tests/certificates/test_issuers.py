"""The authority's list of training bases, and the place of each that stands in its certificates."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.models import Organisation
from certificates.credential.verify import schema_problem

PROFILE_SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_profile_schema.json"


def test_a_certificate_names_the_place_of_its_base(client, certificate, base):
    issued = certificate.credentials.get()
    source = json.loads(issued.credential)["credentialSubject"]["source"]
    address = reverse("issuer", args=[base.uuid])
    assert source["id"] == settings.BASE_URL + address
    page = client.get(address).content.decode()
    assert base.name in page and address in client.get(reverse("issuers")).content.decode()
    profile = client.get(reverse("issuer_profile", args=[base.uuid])).json()
    assert {key: profile[key] for key in source} == source
    assert profile["parentOrg"] == json.loads(issued.credential)["issuer"]
    assert schema_problem({key: value for key, value in profile.items() if key != "@context"}, PROFILE_SCHEMA) == ""


def test_the_place_stays_when_the_accreditation_ends(client, base):
    address = reverse("issuer", args=[base.uuid])
    assert "目前未获准" not in client.get(address).content.decode()
    Organisation.objects.filter(pk=base.pk).update(
        accredited_from=localdate() - timedelta(days=9), accredited_until=localdate() - timedelta(days=1)
    )
    answer = client.get(address)
    assert answer.status_code == 200 and "目前未获准" in answer.content.decode()


@pytest.mark.parametrize("name", ["issuer", "issuer_profile"])
def test_only_training_bases_have_one(client, authority, name):
    for uuid in (authority.uuid, uuid4()):
        assert client.get(reverse(name, args=[uuid])).status_code == 404
