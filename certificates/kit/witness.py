#!/usr/bin/env python3
"""Witness of a transparency log of certificates: remembers what it saw, and complains when it is told another story.

    python3 witness.py new-key                             makes witness.key and prints the public key to register
    python3 witness.py watch https://example.org --name CODE --send       once a day

It needs Python 3.9 and the package `cryptography`, and none of the log's own software. In its folder (--state) it keeps
the last head, the hashes of all entries and the issuer's keys as it first saw them (--did FILE pins them from elsewhere).

Each run checks that the new head is signed by the issuer, that the log as it was seen last is the beginning of the log
now (consistency proof, RFC 9162), that all entries together give the head's root, that no new entry claims to have been
entered before the head seen last, and that changed keys, and the list of what signs PDFs, are entries. Then it signs the
head with its own key: cosignature.json, which --send hands in.

Exit codes: 0 all is well; 1 no answer, try again later; 2 ALARM: the log was changed, back-dated or forked. The folder
`evidence` then holds both signed heads and what was served. Don't delete it: show it to others.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import sys
import urllib.error
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
PORTION = 1000
SLACK = datetime.timedelta(minutes=15)  # how far clocks, and an entry on its way, may lag behind a head
CACHED = datetime.timedelta(hours=1)  # so long a proxy might go on serving an earlier head
OLDEST_HEAD = datetime.timedelta(hours=26)  # a head is signed every day even when nothing happens


class Alarm(Exception):
    """The log tells another story than before, or one that can't be true."""


class NoAnswer(Exception):
    """The site can't be reached, or answers something else than a log: no statement about the log."""


def fetch(url, data=None):
    headers = {"User-Agent": "log-witness/1", "Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=60) as answer:
            return answer.read(8_000_000)
    except (urllib.error.URLError, OSError) as error:
        said = error.read(2000).decode("utf-8", "replace") if isinstance(error, urllib.error.HTTPError) else ""
        raise NoAnswer(f"{url}: {error} {said}".strip()) from error


def fetch_json(url):
    raw = fetch(url)
    try:
        return json.loads(raw)
    except ValueError as error:
        raise NoAnswer(f"{url}: no JSON") from error


def sha256(data):
    return hashlib.sha256(data).digest()


def node(left, right):
    return sha256(b"\x01" + left + right)


def root_of(leaves):
    """The root over leaf hashes (RFC 9162, 2.1.1): equal subtrees are joined as soon as there are two of them."""
    if not leaves:
        return sha256(b"")
    stack = []  # (height, hash)
    for leaf in leaves:
        height = 0
        while stack and stack[-1][0] == height:
            leaf, height = node(stack.pop()[1], leaf), height + 1
        stack.append((height, leaf))
    found = stack.pop()[1]
    while stack:
        found = node(stack.pop()[1], found)
    return found


def is_consistent(first, second, first_root, second_root, proof):
    """RFC 9162, 2.1.4.2."""
    if first == second:
        return not proof and first_root == second_root
    steps = ([first_root] if first & (first - 1) == 0 else []) + proof
    if not steps:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node(step, old), node(step, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def from_multibase(text):
    number = 0
    for letter in text[1:]:
        number = number * 58 + ALPHABET.index(letter)
    return Ed25519PublicKey.from_public_bytes(number.to_bytes(34, "big")[2:])  # the first two bytes say "Ed25519"


def to_multibase(key):
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    number, text = int.from_bytes(b"\xed\x01" + raw, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = ALPHABET[rest] + text
    return "z" + text


def moment(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)  # noqa: UP017 (older Pythons)


def now():
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)  # noqa: UP017


def stamp(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def head_text(head):
    fields = ["transparency-log-head/v1", head["log"], head["size"], head["root"], head["time"], head["key"]]
    return "".join(f"{field}\n" for field in fields).encode()


def cosigned_text(name, time, head):
    return f"transparency-log-cosignature/v1\n{name}\n{time}\n".encode() + head_text(head)


class State:
    """What this witness remembers. Written whole and renamed, so that a run that breaks off spoils nothing."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def read(self, name):
        path = self.folder / name
        return path.read_bytes() if path.exists() else None

    def write(self, name, data):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        draft = path.with_name(path.name + ".new")
        draft.write_bytes(data)
        os.replace(draft, path)

    def head(self):
        raw = self.read("head.json")
        return json.loads(raw) if raw else None

    def leaves(self):
        return [bytes.fromhex(line) for line in (self.read("leaves.txt") or b"").decode().split()]

    def evidence(self, **files):
        for name, value in files.items():
            self.write(f"evidence/{stamp(now()).replace(':', '')}-{name}.json", json.dumps(value, indent=2).encode())


def check_head(head, did):
    try:
        if head["log"] != did["id"]:
            raise Alarm(f"the head is of {head['log']}, the keys are of {did['id']}")
        keys = {method["id"]: method["publicKeyMultibase"] for method in did["verificationMethod"]}
        if head["key"] not in keys:
            return False
        from_multibase(keys[head["key"]]).verify(bytes.fromhex(head["signature"]), head_text(head))
        return True
    except InvalidSignature:
        raise Alarm("the head's signature is not the issuer's") from None


def watch(site, state, did_file):
    """Check the log against what was seen before and return the new head, remembered. Raises Alarm or NoAnswer."""
    signers = fetch(f"{site}/.well-known/pdf-signers.json")
    old, head = state.head(), fetch_json(f"{site}/log/head.json")
    kept = pathlib.Path(did_file).read_bytes() if did_file else state.read("did.json")
    served = None
    if kept is None or not check_head(head, json.loads(kept)):  # the first run, or a key that is new to us
        served = fetch(f"{site}/.well-known/did.json")
        if kept is not None and json.loads(served)["id"] != json.loads(kept)["id"]:
            raise Alarm("the keys served are of another issuer")
        if not check_head(head, json.loads(served)):
            raise Alarm(f"the head is signed with {head['key']}, which is not among the published keys")
    leaves = state.leaves()
    try:
        if old:
            compare(site, old, leaves, head)
        fresh = new_leaves(site, len(leaves), head, old)
        if root_of(leaves + [leaf for leaf, _entry in fresh]).hex() != head["root"]:
            raise Alarm("the entries do not give the root that is signed")
        if served is not None and kept is not None:
            known_keys(state, fresh, served)
        known_signers(state, fresh, signers, head)
    except Alarm:
        state.evidence(seen_before=old, served_now=head)
        raise
    for _leaf, entry in fresh:
        if entry["kind"] == "did":
            state.write("keys-entered.txt", (state.read("keys-entered.txt") or b"") + entry["document"].encode() + b"\n")
        if entry["kind"] == "pdf_signers":
            line = f"{entry['document']} {entry['logged']}\n".encode()
            state.write("signers-entered.txt", (state.read("signers-entered.txt") or b"") + line)
        late = moment(entry["logged"]) - moment(entry["at"])
        if late > datetime.timedelta(days=1):
            print(f"note: entry {entry['index']} ({entry['kind']}) is said to be of {entry['at']}, entered {entry['logged']}")
    state.write("leaves.txt", "".join(leaf.hex() + "\n" for leaf in leaves + [leaf for leaf, _ in fresh]).encode())
    if served is not None:
        state.write("did.json", served)
    state.write("head.json", json.dumps(head, indent=2).encode())
    if now() - moment(head["time"]) > OLDEST_HEAD:
        print(f"note: the head is of {head['time']}; one should be signed every day")
    print(f"{head['size']} entries, {len(fresh)} of them new; head of {head['time']}, root {head['root']}")
    return head


def compare(site, old, leaves, head):
    if head["size"] < old["size"] or moment(head["time"]) < moment(old["time"]):
        began_alike = head["size"] <= len(leaves) and root_of(leaves[: head["size"]]).hex() == head["root"]
        if began_alike and now() - moment(old["time"]) < CACHED:
            raise NoAnswer("a head from before the last one, out of some cache")
        raise Alarm(f"the log had {old['size']} entries at {old['time']}, now it says {head['size']} at {head['time']}")
    if head["size"] == old["size"] and head["root"] != old["root"]:
        raise Alarm(f"two signed heads of {old['size']} entries with different roots: the log is forked")
    if moment(head["time"]) > now() + SLACK:
        raise Alarm(f"the head is dated {head['time']}, in the future")
    if 0 < old["size"] < head["size"]:
        answer = fetch_json(f"{site}/log/consistency.json?first={old['size']}&second={head['size']}")
        proof, roots = [bytes.fromhex(step) for step in answer["consistency"]], (old["root"], head["root"])
        if not is_consistent(old["size"], head["size"], *map(bytes.fromhex, roots), proof):
            raise Alarm(f"the log of {old['size']} entries is not the beginning of that of {head['size']}")


def new_leaves(site, start, head, old):
    """Return (hash, entry) of every entry since the head seen last."""
    found, before = [], moment(old["time"]) - SLACK if old else None
    while start + len(found) < head["size"]:
        first = start + len(found)
        rows = fetch_json(f"{site}/log/leaves.json?start={first}&end={min(first + PORTION, head['size'])}")["leaves"]
        if not rows:
            raise Alarm(f"entry {first} is not served, though the head covers it")
        for row in rows:
            entry, place = json.loads(row["data"]), start + len(found)
            if row["index"] != place or entry["index"] != place:
                raise Alarm(f"entry {place} is missing or out of order")
            logged = moment(entry["logged"])
            if before and logged < before:
                raise Alarm(f"entry {place} says it was entered at {entry['logged']}, but it was not there then: back-dated")
            if logged > moment(head["time"]) + SLACK:
                raise Alarm(f"entry {place} says it was entered at {entry['logged']}, after the head was signed")
            found.append((sha256(b"\x00" + row["data"].encode()), entry))
    return found


def known_keys(state, fresh, served):
    """New keys are taken only when the log has them as an entry: they can't be shown to one witness alone."""
    entered = (state.read("keys-entered.txt") or b"").decode().split()
    entered += [entry["document"] for _leaf, entry in fresh if entry["kind"] == "did"]
    if "sha256:" + sha256(served).hex() not in entered:
        raise Alarm("the published keys have changed, and no entry of the log says so")


def known_signers(state, fresh, served, head):
    """The list of what signs PDFs has to be the newest one that the log names: none is added or taken out in silence.

    One that was changed a moment ago waits for a head that covers its entry; a head signed after it was seen here does. Each
    that was ever seen waits, also when another is served the next time, and is kept until it is an entry.
    """
    entered = [line.split() for line in (state.read("signers-entered.txt") or b"").decode().splitlines()]
    entered += [[entry["document"], entry["logged"]] for _leaf, entry in fresh if entry["kind"] == "pdf_signers"]
    if not entered:  # a log from before the lists were entered
        return
    names, mine, wrong = dict(entered), "sha256:" + sha256(served).hex(), ""
    lines = [line.split() for line in (state.read("signers-waiting.txt") or b"").decode().splitlines()]
    waiting = {name: seen for name, seen in lines if name not in names}
    late = [name for name, seen in waiting.items() if moment(head["time"]) > moment(seen) + SLACK]
    if mine not in names and mine not in waiting:
        waiting[mine] = stamp(now())
        state.write(f"signers-waiting/{mine[7:]}.json", served)
    state.write("signers-waiting.txt", "".join(f"{name} {seen}\n" for name, seen in waiting.items()).encode())
    if late:
        wrong = "the list of the signers of PDFs has changed, and no entry of the log says so"
        served = state.read(f"signers-waiting/{late[0][7:]}.json") or served
    elif mine in names and mine != entered[-1][0] and now() - moment(entered[-1][1]) > CACHED:
        wrong = "an earlier list of the signers of PDFs is served than the log names"
    if wrong:
        state.write(f"evidence/{stamp(now()).replace(':', '')}-pdf-signers.json", served)
        raise Alarm(wrong)
    if mine != entered[-1][0]:
        print("note: the list of the signers of PDFs is not the newest that the log names; the next run looks again")


def new_key(path):
    if path.exists():
        sys.exit(f"{path} is there already")
    key = Ed25519PrivateKey.generate()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key.private_bytes(*form))
    print(to_multibase(key.public_key()))


def cosign(head, name, key_file, state):
    key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    time = stamp(now())
    names = ("log", "size", "root", "time", "key", "signature")
    signature = key.sign(cosigned_text(name, time, head)).hex()
    line = {"witness": name, "time": time, "head": {part: head[part] for part in names}, "signature": signature}
    state.write("cosignature.json", json.dumps(line, indent=2).encode())
    return line


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["new-key", "watch"])
    parser.add_argument("site", nargs="?", default="")
    parser.add_argument("--name", help="the code under which the issuer has registered this witness")
    parser.add_argument("--key", type=pathlib.Path, default=pathlib.Path("witness.key"))
    parser.add_argument("--state", default="witness-state")
    parser.add_argument("--did", help="the issuer's keys from somewhere else than the site")
    parser.add_argument("--send", action="store_true", help="hand the cosignature in")
    options = parser.parse_args()
    if options.step == "new-key":
        return new_key(options.key)
    site, state = options.site.rstrip("/"), State(options.state)
    try:
        head = watch(site, state, options.did)
        if options.name:
            line = cosign(head, options.name, options.key, state)
            if options.send:
                print(fetch(f"{site}/log/cosignatures.json", json.dumps(line).encode()).decode())
    except Alarm as alarm:
        print(f"ALARM: {alarm}", file=sys.stderr)
        return 2
    except (NoAnswer, KeyError, TypeError, ValueError) as error:
        print(f"no answer that can be used: {error!r}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
