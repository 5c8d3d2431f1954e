#!/usr/bin/env python3
"""Checks the certificate in this folder without the site it comes from.   python3 verify.py [folder]

Needs Python 3.9 and the package `cryptography`, and none of the issuer's software. Reads credential.json, did.json (the
issuer's keys: better fetched anew from the issuer's own domain), status.json and, if they are there, log-proof.json.
Exit code 0: genuine, and not revoked when the status list was signed. Anything else: don't rely on it.
"""

import base64
import datetime
import gzip
import hashlib
import json
import pathlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def must(true, otherwise):
    if not true:
        raise SystemExit(f"NOT GOOD: {otherwise}")


def sha256(data):
    return hashlib.sha256(data).digest()


def base58(text, length):
    number = 0
    for letter in text[1:]:
        number = number * 58 + ALPHABET.index(letter)
    return number.to_bytes(length, "big")


def key_of(did, key):
    must(key in did["assertionMethod"], f"{key} is not one of the issuer's keys")
    found = {method["id"]: method["publicKeyMultibase"] for method in did["verificationMethod"]}[key]
    return Ed25519PublicKey.from_public_bytes(base58(found, 34)[2:])  # the first two bytes say "Ed25519"


def canonical(value):
    """RFC 8785. Enough for what we sign: our documents have no fractions, and member names are ASCII."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def moment(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)  # noqa: UP017


def check_signature(document, did, what):
    """The proof of the suite eddsa-jcs-2022 (W3C Data Integrity EdDSA Cryptosuites, 3.3)."""
    issuer = document["issuer"]["id"] if isinstance(document["issuer"], dict) else document["issuer"]
    must(issuer == did["id"], f"{what} is of another issuer, {issuer}")
    proofs = document["proof"] if isinstance(document["proof"], list) else [document["proof"]]
    ours = [proof for proof in proofs if proof["cryptosuite"] == "eddsa-jcs-2022"]
    must(ours, f"{what} has no eddsa-jcs-2022 proof: use a verifier of Open Badges 3.0")
    options = {name: value for name, value in ours[0].items() if name != "proofValue"}
    plain = {name: value for name, value in document.items() if name != "proof"}
    signed = sha256(canonical(options)) + sha256(canonical(plain))
    try:
        key_of(did, options["verificationMethod"]).verify(base58(ours[0]["proofValue"], 64), signed)
    except InvalidSignature:
        must(False, f"{what}: the signature does not fit the content")
    print(f"{what}: signed with {options['verificationMethod']} on {options['created']}")


def check_status(entry, listed, now):
    must(listed["id"] == entry["statusListCredential"], "another status list is wanted")
    must(listed["credentialSubject"]["statusPurpose"] == entry["statusPurpose"], "a status list for another purpose")
    must(now < moment(listed["validUntil"]), f"the status list ran out on {listed['validUntil']}: fetch it anew")
    encoded, index = listed["credentialSubject"]["encodedList"][1:], int(entry["statusListIndex"])
    bits = gzip.decompress(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    must(not bits[index // 8] >> (7 - index % 8) & 1, "REVOKED or suspended, by the issuer's signed status list")
    print(f"not revoked, by the status list that is good until {listed['validUntil']}")


def check_log(raw, proof, did):
    """RFC 9162, 2.1.3.2, and the signature of the log's head."""
    leaf, head = proof["leaf"], proof["head"]
    entry = json.loads(leaf["data"])
    must((entry["kind"], entry["credential"]) == ("issued", "sha256:" + sha256(raw).hex()), "the log proof is of another file")
    node, place, last = sha256(b"\x00" + leaf["data"].encode()), leaf["index"], head["size"] - 1
    must(0 <= place <= last and place == entry["index"], "no such entry in the log")
    for step in map(bytes.fromhex, proof["inclusion"]):
        must(last > 0, "the log proof is too long")
        right = place % 2 == 1 or place == last
        node = sha256(b"\x01" + (step + node if right else node + step))
        while right and place and place % 2 == 0:
            place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    must(last == 0 and node.hex() == head["root"] and head["log"] == did["id"], "not in the log")
    fields = ["transparency-log-head/v1", head["log"], head["size"], head["root"], head["time"], head["key"]]
    lines = "".join(f"{field}\n" for field in fields).encode()
    try:
        key_of(did, head["key"]).verify(bytes.fromhex(head["signature"]), lines)
        for one in proof.get("cosignatures", []):
            text = f"transparency-log-cosignature/v1\n{one['witness']}\n{one['time']}\n".encode() + lines
            witness = Ed25519PublicKey.from_public_bytes(base58(one["key"], 34)[2:])
            witness.verify(bytes.fromhex(one["signature"]), text)
            print(f"the log's head was seen by {one['name']} on {one['time']} (compare their key with them: {one['key']})")
    except InvalidSignature:
        must(False, "a signature under the log's head does not fit")
    print(f"in the transparency log, entry {leaf['index']}, entered {entry['logged']}, head of {head['time']}")


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    raw = (folder / "credential.json").read_bytes()
    did, listed = (json.loads((folder / name).read_bytes()) for name in ("did.json", "status.json"))
    document, now = json.loads(raw), datetime.datetime.now(datetime.timezone.utc)  # noqa: UP017
    check_signature(document, did, "certificate")
    check_signature(listed, did, "status list")
    must(moment(document["validFrom"]) <= now, "not valid yet")
    must("validUntil" not in document or now < moment(document["validUntil"]), "expired")
    check_status(document["credentialStatus"], listed, now)
    if (folder / "log-proof.json").exists():
        check_log(raw, json.loads((folder / "log-proof.json").read_bytes()), did)
    subject = document["credentialSubject"]
    name = next(one["identityHash"] for one in subject["identifier"] if one["identityType"] == "name")
    print(f"GENUINE: {name}, {subject['achievement']['name']}, {subject['licenseNumber']}, from {document['validFrom'][:10]}")
    print(f"by {did['id']}: make sure that this is the issuer you mean, and that did.json is the one on that domain")
    pages = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in (".pdf", ".png", ".svg"))
    if pages:
        print(f"NOT CHECKED: {', '.join(pages)}. What is genuine is the line above; compare what you were shown with it")


if __name__ == "__main__":
    main()
