"""A wallet's client library of other people takes a certificate over HTTP. Not needed for the suite: docs/credentials.md."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from django.utils import timezone

from certificates import wallet

from .test_the_bar import NODE
from .test_wallet import make

SCRIPT = Path(__file__).with_name("foreign_wallet.mjs")


def take(code: str, tx: str) -> dict:
    done = subprocess.run(["node", SCRIPT, wallet.offer_address(code), tx], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(not (NODE and shutil.which("node")), reason="LMS_NODE_VERIFIERS names no folder with npm packages")
def test_a_wallet_of_another_house(certificate, live_server, settings):
    settings.BASE_URL = live_server.url
    offer, code, tx = make(certificate)
    wrong = take(code, f"{(int(tx) + 1) % 10**6:06}")
    assert wrong["refused"] == "invalid_grant"
    answer = take(code, tx)
    assert (answer["version"], answer["known"]) == ("V1", [wallet.CONFIGURATION])
    assert [one["credential"] for one in answer["credentials"]] == [json.loads(certificate.credentials.get().credential)]
    offer.refresh_from_db()
    assert offer.state_at(timezone.now()) == "taken"
    assert take(code, tx)["refused"] == "invalid_grant"  # once is all
