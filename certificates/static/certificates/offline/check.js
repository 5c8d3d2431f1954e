// What a certificate file, a status list, a log proof and a QR code are worth, without a network: each check by name, each
// with an outcome "ok", "failed" or "unknown" and a code that the page has words for. Nothing is guessed.
(function (root) {
  "use strict";

  const { Strict, Hashes, Ed25519, Carriers } = root;
  const CONTEXT = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
  ];
  const RECORD_CONTEXT = [CONTEXT[0], "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json", CONTEXT[1], CONTEXT[2]];
  const MOST_IN_RECORD = 12;
  const LIST_CONTEXT = CONTEXT.slice(0, 1), SUITES = ["eddsa-rdfc-2022", "eddsa-jcs-2022"];
  const MEMBERS = ["created", "cryptosuite", "proofPurpose", "proofValue", "type", "verificationMethod"];
  const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, SKEW = 5 * 60 * 1000, LIST_BYTES = 131072 / 8;
  const bytesOf = (text) => new TextEncoder().encode(text);
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const same = (a, b) => Strict.canonical(a) === Strict.canonical(b);
  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

  class Failed extends Error {
    constructor(code, outcome) { super(code); this.code = code; this.outcome = outcome || "failed"; }
  }
  const must = (true_, code, outcome) => { if (!true_) throw new Failed(code, outcome); };

  async function check(checks, name, work) {
    try {
      const found = await work();
      checks.push({ name, outcome: "ok", code: "" });
      return found;
    } catch (error) {
      if (error instanceof Failed) checks.push({ name, outcome: error.outcome, code: error.code });
      else if (error instanceof Strict.NotStrict) checks.push({ name, outcome: "failed", code: "not_strict" });
      else checks.push({ name, outcome: "failed", code: "unreadable" });
      return null;
    }
  }

  // --- Spellings ---------------------------------------------------------------------------------------------------
  const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  function fromMultibase(text, length) {
    must(typeof text === "string" && /^z[1-9A-HJ-NP-Za-km-z]{1,120}$/.test(text), "unreadable");
    let value = 0n;
    for (const letter of text.slice(1)) value = value * 58n + BigInt(BASE58.indexOf(letter));
    const out = new Uint8Array(length);
    for (let at = length - 1; at >= 0; at--, value >>= 8n) out[at] = Number(value & 255n);
    must(value === 0n && toMultibase(out) === text, "unreadable");
    return out;
  }
  function toMultibase(bytes) {
    let value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n), text = "";
    for (; value > 0n; value /= 58n) text = BASE58[Number(value % 58n)] + text;
    for (let at = 0; at < bytes.length && bytes[at] === 0; at++) text = "1" + text;
    return "z" + text;
  }
  const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  function fromBase32(text, length) {
    const out = [];
    let rest = 0, bits = 0;
    for (const letter of text.toUpperCase()) {
      rest = (rest << 5) | BASE32.indexOf(letter);
      bits += 5;
      if (bits >= 8) { bits -= 8; out.push((rest >> bits) & 255); rest &= (1 << bits) - 1; }
    }
    must(out.length === length && bits < 5 && rest === 0, "not_whole");
    return Uint8Array.from(out);
  }
  function fromBase64url(text) {
    must(/^[A-Za-z0-9_-]*$/.test(text), "unreadable");
    return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  }

  // --- Proofs ------------------------------------------------------------------------------------------------------
  function keyOf(pinned, method) {
    must(pinned.assertionMethod.includes(method), "key_unknown");
    const key = pinned.verificationMethod.find((one) => one.id === method);
    must(key && key.controller === pinned.id && key.type === "Multikey", "key_unknown");
    const raw = fromMultibase(key.publicKeyMultibase, 34);
    must(raw[0] === 0xed && raw[1] === 1, "key_unknown");
    return raw.slice(2);
  }

  // Both proofs must be there in the form we write. The one over the JSON is computed; the other has the same key.
  async function checkProofs(document, pinned) {
    const proofs = document.proof;
    must(!isObject(proofs), "only_rdfc", "unknown");
    must(Array.isArray(proofs) && proofs.every(isObject) && same(proofs.map((p) => p.cryptosuite), SUITES), "other_proofs");
    for (const proof of proofs) {
      const { "@context": context, ...texts } = proof;
      must(same(Object.keys(texts).sort(), MEMBERS) && Object.values(texts).every((v) => typeof v === "string"), "other_proofs");
      must(proof.cryptosuite === SUITES[1] ? same(context, document["@context"]) : context === undefined, "other_proofs");
      must(proof.type === "DataIntegrityProof" && proof.proofPurpose === "assertionMethod", "other_proofs");
      must(MOMENT.test(proof.created), "other_proofs");
    }
    must(proofs[0].verificationMethod === proofs[1].verificationMethod, "other_proofs");
    const key = keyOf(pinned, proofs[1].verificationMethod);
    const { proofValue, ...options } = proofs[1], { proof: _, ...unsigned } = document;
    const signature = fromMultibase(proofValue, 64), data = new Uint8Array(64);
    data.set(Hashes.sha256(bytesOf(Strict.canonical(options))));
    data.set(Hashes.sha256(bytesOf(Strict.canonical(unsigned))), 32);
    must(await Ed25519.verify(key, signature, data), "signature");
  }

  function checkForm(document, context) {
    must(same(document["@context"] === undefined ? null : document["@context"], context), "contexts");
    (function walk(node, top) {
      if (Array.isArray(node)) node.forEach((child) => walk(child, false));
      else if (isObject(node)) {
        for (const name of Object.keys(node)) {
          if (top && (name === "@context" || name === "proof")) continue;
          must(!name.startsWith("@") && !name.includes(":") && node[name] !== null, "other_terms");
          walk(node[name], false);
        }
      }
    })(document, true);
  }

  function checkDates(document, now) {
    const from = Date.parse(document.validFrom);
    must(MOMENT.test(document.validFrom) && from <= now + SKEW, "not_yet");
    if (document.validUntil !== undefined) {
      must(MOMENT.test(document.validUntil) && Date.parse(document.validUntil) >= now, "expired");
    }
    const proofs = Array.isArray(document.proof) ? document.proof : [document.proof];
    must(proofs.every((proof) => Date.parse(proof.created) <= now + SKEW), "not_yet");
  }

  // --- Status lists ------------------------------------------------------------------------------------------------
  // A list whose signature is good and whose end has not come: its bits and the moment it speaks of.
  async function openList(bytes, pinned, now) {
    const list = Strict.parse(bytes);
    checkForm(list, LIST_CONTEXT);
    must(list.issuer === pinned.id, "list_other");
    try {
      await checkProofs(list, pinned);
    } catch (error) {
      throw new Failed("list_signature", error.outcome);
    }
    try {
      checkDates(list, now);
    } catch (error) {
      throw new Failed("list_stale", "unknown");
    }
    must(list.validUntil !== undefined, "list_stale", "unknown");
    const subject = list.credentialSubject;
    must(isObject(subject) && subject.type === "BitstringStatusList" && subject.statusPurpose === "revocation", "list_other");
    must(typeof subject.encodedList === "string" && subject.encodedList[0] === "u", "list_other");
    const bits = Carriers.gunzip(fromBase64url(subject.encodedList.slice(1)), 16 * LIST_BYTES);
    must(bits.length >= LIST_BYTES, "list_other");
    return { id: list.id, bits, at: list.validFrom };
  }

  async function checkStatus(place, lists, pinned, now) {
    must(lists.length, "no_list", "unknown");
    let wrong = null;
    for (const bytes of lists) {
      try {
        const list = await openList(bytes, pinned, now);
        if (!place.is(list.id)) { wrong = wrong || new Failed("list_elsewhere", "unknown"); continue; }
        must(place.index < list.bits.length * 8, "list_other");
        must(!(list.bits[place.index >> 3] & (0x80 >> (place.index & 7))), "revoked");
        return list;
      } catch (error) {
        const known = error instanceof Failed ? error : new Failed("list_other");
        if (known.code === "revoked") throw known;
        wrong = known;
      }
    }
    throw wrong;
  }

  // --- A certificate -----------------------------------------------------------------------------------------------
  async function checkCertificate(text, context) {
    const found = await checkParsed(() => Strict.parse(text), context);
    if (found.list !== undefined) await check(found.checks, "log", () => checkLog(text, context.bundle, context.pinned));
    return found;
  }

  // The same for a certificate that stands in a learner record, without the log: list is left out where it broke off.
  async function checkParsed(read, { pinned, lists, now }) {
    const checks = [];
    const document = await check(checks, "form", () => {
      const found = read();
      checkForm(found, CONTEXT);
      must(same(found.type, ["VerifiableCredential", "OpenBadgeCredential"]), "other_terms");
      return found;
    });
    if (!document) return { checks };
    await check(checks, "issuer", () => must(isObject(document.issuer) && document.issuer.id === pinned.id, "another_issuer"));
    if (checks.some((one) => one.outcome !== "ok")) return { checks };
    await check(checks, "proof", () => checkProofs(document, pinned));
    if (checks.some((one) => one.outcome !== "ok")) return { checks };
    await check(checks, "dates", () => checkDates(document, now));
    const list = await check(checks, "status", () => {
      const entry = document.credentialStatus;
      must(isObject(entry) && entry.type === "BitstringStatusListEntry" && entry.statusPurpose === "revocation", "list_other");
      must(/^\d{1,7}$/.test(entry.statusListIndex), "list_other");
      const place = { index: Number(entry.statusListIndex), is: (id) => id === entry.statusListCredential };
      return checkStatus(place, lists, pinned, now);
    });
    return { checks, document, list };
  }

  // --- A learner record: the whole by its own proofs, then each certificate in it by itself --------------------------
  async function checkRecord(text, context) {
    const checks = [], { pinned, now } = context;
    const record = await check(checks, "form", () => {
      const found = Strict.parse(text);
      must(isObject(found.credentialSubject), "other_terms");
      const { verifiableCredential: inside, ...subject } = found.credentialSubject;
      checkForm({ ...found, credentialSubject: subject }, RECORD_CONTEXT);
      must(same(found.type, ["VerifiableCredential", "ClrCredential"]), "other_terms");
      must(Array.isArray(inside) && inside.every(isObject) && inside.length > 0 && inside.length <= MOST_IN_RECORD, "other_terms");
      must(new Set([found.id, ...inside.map((one) => one.id)]).size === inside.length + 1, "other_terms");
      return found;
    });
    if (!record) return { checks, members: [] };
    await check(checks, "issuer", () => must(isObject(record.issuer) && record.issuer.id === pinned.id, "another_issuer"));
    if (checks.some((one) => one.outcome !== "ok")) return { checks, members: [] };
    await check(checks, "proof", () => checkProofs(record, pinned));
    if (checks.some((one) => one.outcome !== "ok")) return { checks, members: [] };
    await check(checks, "dates", () => checkDates(record, now));
    const members = [];
    for (const one of record.credentialSubject.verifiableCredential) members.push(await checkParsed(() => one, context));
    return { checks, record, members };
  }

  // "bad", "expired", "valid", "unknown", or "mixed": genuine, but not every certificate in it is valid.
  function recordVerdict({ checks, members }) {
    const whole = verdict(checks), each = members.map((one) => verdict(one.checks));
    if (whole !== "valid") return whole === "expired" ? "expired" : "bad";
    if (each.includes("bad")) return "bad";
    if (each.includes("revoked") || each.includes("expired")) return "mixed";
    return each.every((one) => one === "valid") ? "valid" : "unknown";
  }

  // --- The log (RFC 9162, 2.1.3.2; docs/credentials.md says how a head is signed) ---------------------------------------------------
  async function checkLog(text, bundle, pinned) {
    must(bundle, "no_bundle", "unknown");
    const { leaf, head, inclusion } = Strict.parse(bundle), entry = Strict.parse(bytesOf(leaf.data));
    must(entry.kind === "issued" && entry.credential === `sha256:${hex(Hashes.sha256(text))}`, "log_other");
    let node = Hashes.sha256(Uint8Array.from([0, ...bytesOf(leaf.data)])), place = leaf.index, last = head.size - 1;
    must(place >= 0 && place <= last && place === entry.index && head.size < 2 ** 31 && inclusion.length < 64, "log_other");
    for (const step of inclusion) {
      must(last > 0 && /^[0-9a-f]{64}$/.test(step), "log_wrong");
      const other = Uint8Array.from(step.match(/../g), (two) => parseInt(two, 16));
      const right = place % 2 === 1 || place === last;
      node = Hashes.sha256(Uint8Array.from(right ? [1, ...other, ...node] : [1, ...node, ...other]));
      while (right && place && place % 2 === 0) { place >>= 1; last >>= 1; }
      place >>= 1;
      last >>= 1;
    }
    must(last === 0 && hex(node) === head.root && head.log === pinned.id, "log_wrong");
    const lines = ["transparency-log-head/v1", head.log, head.size, head.root, head.time, head.key];
    must(/^[0-9a-f]{128}$/.test(head.signature), "log_wrong");
    const signature = Uint8Array.from(head.signature.match(/../g), (two) => parseInt(two, 16));
    must(await Ed25519.verify(keyOf(pinned, head.key), signature, bytesOf(lines.map((line) => `${line}\n`).join(""))), "log_wrong");
  }

  // --- A QR code (certificates/credential/compact.py has the layout) ---------------------------------------------------------------
  const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXY", EPOCH = Date.UTC(2020, 0, 1), DAY = 86400000;
  const dayOf = (number) => (number ? new Date(EPOCH + (number - 1) * DAY).toISOString().slice(0, 10) : "");
  function numberOf(letter, bytes) {
    let value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n), body = "";
    for (let i = 0; i < 10; i++, value /= 31n) body = DIGITS[Number(value % 31n)] + body;
    const total = [...(letter + body)].reduce((sum, char, i) => sum + (i + 2) * DIGITS.indexOf(char), 0);
    return `TM-${letter}-${body.slice(0, 5)}-${body.slice(5)}-${DIGITS[total % 31]}`;
  }

  async function checkQr(typed, { pinned, official, lists, now }) {
    const checks = [], found = {};
    const parts = /^(?:(https?:\/\/[^/?#\s]+))?\/?(?:q\/)?([A-Za-z2-7]{167})(?:#([A-Za-z2-7]{16}))?$/.exec(typed.trim());
    const raw = await check(checks, "form", () => { must(parts, "not_whole"); return fromBase32(parts[2], 104); });
    if (!raw) return { checks };
    await check(checks, "address", () => {
      must(parts[1], "no_address", "unknown");
      must(parts[1].toLowerCase() === official.toLowerCase(), "other_address");
    });
    const body = raw.slice(0, 40), view = new DataView(body.buffer);
    await check(checks, "proof", async () => {
      must(body[0] === 1, "not_whole");
      const tag = hex(body.slice(1, 4)), text = bytesOf(`technology-manager-certificate/qr/v1\n${pinned.id}\n`);
      const signed = new Uint8Array(text.length + 40);
      signed.set(text);
      signed.set(body, text.length);
      const keys = pinned.assertionMethod.map((method) => keyOf(pinned, method));
      const ours = keys.filter((key) => hex(Hashes.sha256(key)).startsWith(tag));
      must(ours.length, "key_unknown");
      for (const key of ours) if (await Ed25519.verify(key, raw.slice(40), signed)) return;
      throw new Failed("signature");
    });
    if (checks[checks.length - 1].outcome !== "ok") return { checks };
    Object.assign(found, {
      letter: String.fromCharCode(body[5]), sample: Boolean(body[4] & 1), issued: dayOf(view.getUint16(13)),
      until: dayOf(view.getUint16(15)), nameHash: hex(body.slice(22, 32)), salt: parts[3] ? fromBase32(parts[3], 10) : null,
    });
    found.number = numberOf(found.letter, body.slice(6, 13));
    await check(checks, "dates", () => {
      must(Date.parse(found.issued) <= now + DAY, "not_yet");
      must(!found.until || now < Date.parse(found.until) + DAY, "expired");
    });
    const list = view.getUint16(17), index = (body[19] << 16) | (body[20] << 8) | body[21];
    const place = { index, is: (id) => typeof id === "string" && id.endsWith(`/status/${list}/`) };
    found.list = await check(checks, "status", () => checkStatus(place, lists, pinned, now));
    return { checks, qr: found };
  }

  // Whether a typed name is the one that the code commits to: no blanks or dots, compatible forms as one, no case.
  function nameFits(qr, typed) {
    const plain = typed.normalize("NFKC").toLowerCase().toUpperCase().toLowerCase().replace(/[\s·•・.．‧]/gu, "");
    const name = bytesOf(plain), data = new Uint8Array(10 + name.length);
    data.set(qr.salt);
    data.set(name, 10);
    return hex(Hashes.sha256(data).slice(0, 10)) === qr.nameHash;
  }

  // What a dropped JSON is for.
  function kindOf(bytes) {
    let found;
    try {
      found = Strict.parse(bytes);
    } catch (error) {
      return "certificate"; // its check says what is wrong
    }
    if (Array.isArray(found.type) && found.type.includes("BitstringStatusListCredential")) return "list";
    if (Array.isArray(found.type) && found.type.includes("ClrCredential")) return "record";
    if ("inclusion" in found && "head" in found) return "bundle";
    if ("verificationMethod" in found) return "keys";
    if ("statement" in found && "jws" in found) return "receipt";
    return "issuer" in found || "proof" in found ? "certificate" : "none_inside";
  }

  function verdict(checks) {
    const decisive = checks.filter((one) => one.name !== "log" || one.outcome === "failed");
    const failed = decisive.find((one) => one.outcome === "failed" && one.name !== "pdf");
    if (failed) return failed.code === "revoked" ? "revoked" : failed.code === "expired" ? "expired" : "bad";
    if (decisive.some((one) => one.outcome === "failed")) return "page"; // a good signed part within a page that isn't ours
    const open = decisive.filter((one) => one.outcome === "unknown" && !["address", "pdf"].includes(one.name));
    return open.some((one) => one.name === "proof") ? "unproved" : open.length ? "unknown" : "valid";
  }

  root.Check = { checkCertificate, checkRecord, recordVerdict, checkQr, nameFits, kindOf, verdict };
})(typeof self === "undefined" ? globalThis : self);
