"""Which keys are taken for a witness: only those for which nobody but their owner can sign, and none of ours."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.urls import reverse

from certificates.log.points import only_its_owner_signs
from certificates.models import SigningKey

CODE = "example-university"


def weak_keys():
    """The neutral point, those of order 2, 4 and 8; what is no point; and one beyond the field. Source: RFC 7748, section 7."""
    eight = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
    numbers = (1, 2**255 - 20, 0, 2, 2**255 - 19)
    return [number.to_bytes(32, "little") for number in numbers] + [eight]


@pytest.mark.parametrize("raw", weak_keys())
def test_a_key_for_which_anybody_can_sign(client_for, officer, raw):
    data = {"code": CODE, "name": "示例大学科技处", "key": raw.hex()}
    answer = client_for(officer).post(reverse("witness_list"), data)
    assert answer.status_code == 422 and answer.context["register_form"].errors.keys() == {"key"}
    assert not only_its_owner_signs(raw)


def test_everybody_s_key_is_taken():
    for _each in range(50):
        assert only_its_owner_signs(Ed25519PrivateKey.generate().public_key().public_bytes_raw())


def test_a_key_of_ours_is_no_witness(client_for, officer, certificate):
    data = {"code": CODE, "name": "示例大学科技处", "key": SigningKey.objects.get().public_multibase}
    assert client_for(officer).post(reverse("witness_list"), data).context["register_form"].errors.keys() == {"key"}
