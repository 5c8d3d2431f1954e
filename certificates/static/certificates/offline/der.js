// DER, X.509 certificates and CMS signatures, as far as the signature of a PDF and its time stamp need them. Signatures are
// computed by the browser's own cryptography; what it doesn't offer is said (NotHere), never guessed.
(function (root) {
  "use strict";

  const SEQUENCE = 0x30, SET = 0x31, INTEGER = 2, BITS = 3, OCTETS = 4, OID = 6;
  const SIGNED_DATA = "1.2.840.113549.1.7.2", MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
  const RSA = "1.2.840.113549.1.1.1", PSS = "1.2.840.113549.1.1.10", EC = "1.2.840.10045.2.1";
  const HASHES = { "2.16.840.1.101.3.4.2.1": "SHA-256", "2.16.840.1.101.3.4.2.2": "SHA-384", "2.16.840.1.101.3.4.2.3": "SHA-512" };
  const SIGNING_HASHES = {
    "1.2.840.113549.1.1.11": "SHA-256", "1.2.840.113549.1.1.12": "SHA-384", "1.2.840.113549.1.1.13": "SHA-512",
    "1.2.840.10045.4.3.2": "SHA-256", "1.2.840.10045.4.3.3": "SHA-384", "1.2.840.10045.4.3.4": "SHA-512",
  };
  const CURVES = { "1.2.840.10045.3.1.7": ["P-256", 32], "1.3.132.0.34": ["P-384", 48], "1.3.132.0.35": ["P-521", 66] };
  const USAGE = "2.5.29.15", CONSTRAINTS = "2.5.29.19", POLICIES = "2.5.29.32", PURPOSES = "2.5.29.37";

  class BadDer extends Error {}
  class NotHere extends Error {}
  const must = (true_) => { if (!true_) throw new BadDer(); };
  const equal = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

  // --- Reading -----------------------------------------------------------------------------------------------------
  function first(bytes) {
    must(bytes.length >= 2 && (bytes[0] & 31) !== 31);
    let at = 2, length = bytes[1];
    if (length > 127) {
      const count = length & 127;
      must(count > 0 && count < 4 && bytes.length >= 2 + count);
      for (length = 0; at < 2 + count; at++) length = length * 256 + bytes[at];
    }
    must(at + length <= bytes.length);
    return { tag: bytes[0], raw: bytes.subarray(0, at + length), body: bytes.subarray(at, at + length) };
  }
  function children(one) {
    must(one.tag & 32);
    const found = [];
    for (let rest = one.body; rest.length; rest = rest.subarray(found[found.length - 1].raw.length)) found.push(first(rest));
    return found;
  }
  // The members of a structure, one after the other.
  class Members {
    constructor(one) { this.left = children(one); }
    has(tag) { return this.left.length > 0 && this.left[0].tag === tag; }
    next(tag) { must(tag === undefined ? this.left.length : this.has(tag)); return this.left.shift(); }
    maybe(tag) { return this.has(tag) ? this.left.shift() : null; }
  }
  function oid(one) {
    must(one.tag === OID && one.body.length);
    const parts = [];
    let value = 0;
    for (const byte of one.body) {
      value = value * 128 + (byte & 127);
      if (byte < 128) { parts.push(value); value = 0; }
    }
    const top = Math.min(Math.floor(parts[0] / 40), 2);
    return [top, parts[0] - 40 * top, ...parts.slice(1)].join(".");
  }
  // UTCTime (RFC 5280: two digits of the year, from 1950) and GeneralizedTime, both in UTC, as milliseconds.
  function moment(one) {
    let text = String.fromCharCode(...one.body);
    if (one.tag === 23) text = (Number(text.slice(0, 2)) < 50 ? "20" : "19") + text;
    const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z$/.exec(text);
    must((one.tag === 23 || one.tag === 24) && parts);
    const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second) + Math.floor(1000 * Number(parts[7] || 0));
  }

  // --- Certificates ------------------------------------------------------------------------------------------------
  function certificate(raw) {
    const outer = new Members(first(raw)), signed = outer.next(SEQUENCE), parts = new Members(signed);
    parts.maybe(0xa0);
    parts.next(INTEGER);
    parts.next(SEQUENCE);
    const issuer = parts.next(SEQUENCE).raw, [from, until] = children(parts.next(SEQUENCE)).map(moment);
    const subject = parts.next(SEQUENCE).raw, key = parts.next(SEQUENCE).raw;
    const extensions = {}, critical = [];
    while (parts.left.length) {
      const one = parts.next();
      if (one.tag !== 0xa3) continue;
      for (const extension of children(children(one)[0])) {
        const members = new Members(extension), name = oid(members.next(OID)), flag = members.maybe(1);
        if (flag && flag.body[0]) critical.push(name);
        extensions[name] = first(members.next(OCTETS).body);
      }
    }
    const algorithm = outer.next(SEQUENCE), signature = outer.next(BITS).body.subarray(1);
    return { raw: first(raw).raw, signed: signed.raw, issuer, subject, from, until, key, extensions, critical, algorithm, signature };
  }
  function fromPem(text) {
    return text.match(/-----BEGIN CERTIFICATE-----[^-]+/g).map((one) => {
      const binary = atob(one.replace(/-----[^-]+-----/, "").replace(/\s/g, ""));
      return certificate(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
    });
  }
  function isAuthority(one) {
    const constraints = one.extensions[CONSTRAINTS], usage = one.extensions[USAGE];
    if (!constraints || !children(constraints).some((part) => part.tag === 1 && part.body[0])) return false;
    return !usage || Boolean(usage.body[1] & 4); // keyCertSign
  }
  const isFor = (one, purpose) => Boolean(one.extensions[PURPOSES]) && children(one.extensions[PURPOSES]).some((part) => oid(part) === purpose);

  // Whether it leads to one of the roots at that moment. Revocation lists are not asked, as the server asks none for stamps.
  async function isTrusted(one, pool, roots, at) {
    if (at < one.from || at > one.until) return false;
    if (one.critical.some((name) => ![USAGE, CONSTRAINTS, POLICIES, PURPOSES].includes(name))) return false;
    if (roots.some((known) => equal(known.raw, one.raw))) return true;
    for (const known of roots) if (equal(known.subject, one.issuer) && await issued(known, one)) return true;
    for (const above of pool) {
      if (!isAuthority(above) || !equal(above.subject, one.issuer) || !await issued(above, one)) continue;
      if (await isTrusted(above, pool.filter((other) => other !== above), roots, at)) return true;
    }
    return false;
  }
  function issued(above, one) {
    const name = oid(children(one.algorithm)[0]), pss = name === PSS ? pssOf(one.algorithm) : null;
    const hash = pss ? pss.hash : SIGNING_HASHES[name];
    return hash ? fits(above.key, { hash, pss }, one.signature, one.signed) : Promise.resolve(false);
  }

  // --- Signatures --------------------------------------------------------------------------------------------------
  const hashOf = (algorithm) => HASHES[oid(children(algorithm)[0])];
  // RFC 4055, 3.1: hash and length of the salt; without them SHA-1, which is none of ours, and 20.
  function pssOf(algorithm) {
    const found = { hash: undefined, salt: 20 };
    for (const part of children(children(algorithm)[1])) {
      if (part.tag === 0xa0) found.hash = hashOf(children(part)[0]);
      if (part.tag === 0xa2) found.salt = children(part)[0].body.reduce((sum, byte) => sum * 256 + byte, 0);
    }
    return found;
  }
  const subtle = () => { if (!root.crypto || !root.crypto.subtle) throw new NotHere(); return root.crypto.subtle; };
  const digest = async (hash, bytes) => new Uint8Array(await subtle().digest(hash, bytes));

  // r and s at full length behind each other, as the browser wants them; null where they are no such numbers.
  function flat(signature, size) {
    let numbers = [];
    try {
      numbers = children(first(signature));
    } catch (error) {
      return null; // of another kind of key
    }
    const out = new Uint8Array(2 * size);
    if (numbers.length !== 2 || !numbers.every((one) => one.tag === INTEGER && one.body.length && one.body[0] < 128)) return null;
    for (const [i, one] of numbers.entries()) {
      const bytes = one.body[0] ? one.body : one.body.subarray(1);
      if (bytes.length > size) return null;
      out.set(bytes, (i + 1) * size - bytes.length);
    }
    return out;
  }

  // Whether the signature is the key's over the data. key: SubjectPublicKeyInfo. pss: null, or { salt }.
  async function fits(key, { hash, pss }, signature, data) {
    const [kind, parameter] = children(children(first(key))[0]), name = oid(kind);
    let algorithm, verifying, value = signature;
    if (name === EC && CURVES[oid(parameter)]) {
      const [namedCurve, size] = CURVES[oid(parameter)];
      algorithm = { name: "ECDSA", namedCurve };
      verifying = { name: "ECDSA", hash };
      value = flat(signature, size);
    } else if (name === RSA) {
      algorithm = { name: pss ? "RSA-PSS" : "RSASSA-PKCS1-v1_5", hash };
      verifying = pss ? { name: "RSA-PSS", saltLength: pss.salt } : algorithm;
    } else {
      throw new NotHere();
    }
    if (value === null) return false;
    let imported;
    try {
      imported = await subtle().importKey("spki", key, algorithm, false, ["verify"]);
    } catch (error) {
      throw new NotHere();
    }
    return subtle().verify(verifying, imported, value, data);
  }

  // --- CMS (RFC 5652) ----------------------------------------------------------------------------------------------
  function attributes(one) {
    return (one ? children(one) : []).map((attribute) => {
      const members = new Members(attribute);
      return { name: oid(members.next(OID)), values: children(members.next(SET)) };
    });
  }
  // A signature by one signer: over what, with which attributes. What follows it (padding) is not looked at.
  function signedData(bytes) {
    const outer = new Members(first(bytes));
    must(oid(outer.next(OID)) === SIGNED_DATA);
    const parts = new Members(children(outer.next(0xa0))[0]);
    parts.next(INTEGER);
    parts.next(SET);
    const inside = new Members(parts.next(SEQUENCE)), type = oid(inside.next(OID)), wrapped = inside.maybe(0xa0);
    const certificates = parts.maybe(0xa0);
    parts.maybe(0xa1);
    const signers = children(parts.next(SET));
    must(signers.length === 1);
    const signer = new Members(signers[0]);
    signer.next(INTEGER);
    signer.next();
    const hash = hashOf(signer.next(SEQUENCE)), given = signer.next(0xa0), algorithm = signer.next(SEQUENCE);
    const signed = Uint8Array.from(given.raw);
    signed[0] = SET; // RFC 5652, 5.4: signed under this tag
    const digests = attributes(given).filter((one) => one.name === MESSAGE_DIGEST).map((one) => one.values[0].body);
    return {
      type, content: wrapped ? children(wrapped)[0].body : null, hash, signed, digest: digests.length === 1 ? digests[0] : null,
      pss: oid(children(algorithm)[0]) === PSS ? pssOf(algorithm) : null, value: signer.next(OCTETS).body,
      unsigned: attributes(signer.maybe(0xa1)), certificates: certificates ? children(certificates).map((one) => one.raw) : [],
    };
  }
  const signedBy = (one, cms) => fits(one.key, cms, cms.value, cms.signed);

  root.Der = { first, children, Members, oid, moment, equal, certificate, fromPem, isFor, isTrusted, digest, hashOf, signedData, signedBy, NotHere };
})(typeof self === "undefined" ? globalThis : self);
