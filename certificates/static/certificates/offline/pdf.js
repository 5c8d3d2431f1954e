// Whether the signature of a PDF is whole and the issuer's, as the server judges it (certificates/document/signature_check.py
// and filecheck.py): a signature of ours covers the file from its first byte to its last but for its own digits, so no page
// tree, cross-reference or stream is read, and no certificate is taken from the file but those of a time stamp.
(function (root) {
  "use strict";

  const { Der, Carriers } = root;
  const RANGE = /\/ByteRange\s{0,8}\[\s{0,8}(\d{1,9})\s{1,8}(\d{1,9})\s{1,8}(\d{1,9})\s{1,8}(\d{1,9})\s{0,20}\]/;
  const MAX_DIGITS = 256 * 1024, MAX_CHAIN = 6;
  const DATA = "1.2.840.113549.1.7.1", TOKEN = "1.2.840.113549.1.9.16.2.14", STAMP = "1.2.840.113549.1.9.16.1.4";
  const STAMPS_TIME = "1.3.6.1.5.5.7.3.8";
  const OUTCOMES = {
    whole: "ok", stamped: "ok", added: "failed", changed: "failed", foreign: "failed", removed: "failed", withdrawn: "failed",
    unsigned: "unknown", no_list: "unknown", no_crypto: "unknown",
  };

  // "whole", "added", "changed", "foreign" or "none", with which of the certificates it was, the signature and its tokens.
  async function find(bytes, certificates) {
    const text = Carriers.latin(bytes), found = RANGE.exec(text);
    if (!found) return { state: text.includes("/ByteRange") ? "changed" : "none" };
    const [start, before, after, rest] = found.slice(1).map(Number), end = after + rest, digits = text.slice(before, after);
    const fits = start === 0 && before < after && after <= bytes.length && end <= bytes.length && digits.length <= MAX_DIGITS;
    if (!fits || digits.length % 2 || !/^<[0-9A-Fa-f]*>$/.test(digits)) return { state: "changed" };
    let cms, ours = null, unable = null;
    try {
      cms = Der.signedData(Uint8Array.from(digits.slice(1, -1).match(/../g), (two) => parseInt(two, 16)));
      const covered = new Uint8Array(before + rest);
      covered.set(bytes.subarray(0, before));
      covered.set(bytes.subarray(after, end), before);
      const fitting = cms.type === DATA && cms.hash && cms.digest && Der.equal(cms.digest, await Der.digest(cms.hash, covered));
      if (!fitting) return { state: "changed" };
      for (const one of certificates) {
        try {
          if (!ours && await Der.signedBy(one, cms)) ours = one;
        } catch (error) {
          if (!(error instanceof Der.NotHere)) throw error;
          unable = error; // another of ours may be of a kind that the browser knows
        }
      }
    } catch (error) {
      if (error instanceof Der.NotHere) throw error;
      return { state: "changed" };
    }
    if (!ours && unable) throw unable;
    if (!ours) return { state: "foreign" };
    const tokens = cms.unsigned.filter((one) => one.name === TOKEN).flatMap((one) => one.values.map((value) => value.raw));
    return { state: end === bytes.length ? "whole" : "added", ours, value: cms.value, tokens };
  }

  // When one of the authorities under these roots saw the signature (RFC 3161), as milliseconds; null where none did. Of
  // several tokens none counts, for nobody could say which is meant.
  async function trustedTime(tokens, value, roots) {
    if (tokens.length !== 1) return null;
    try {
      const cms = Der.signedData(tokens[0]), info = new Der.Members(Der.first(cms.content));
      if (cms.type !== STAMP || !cms.hash || !cms.digest || !Der.equal(cms.digest, await Der.digest(cms.hash, cms.content))) return null;
      info.next();
      info.next();
      const [algorithm, imprint] = Der.children(info.next()), hash = Der.hashOf(algorithm);
      if (!hash || !Der.equal(imprint.body, await Der.digest(hash, value))) return null;
      info.next();
      const at = Der.moment(info.next()), pool = cms.certificates.slice(0, MAX_CHAIN).map(Der.certificate);
      for (const one of pool) {
        if (!Der.isFor(one, STAMPS_TIME) || !await Der.signedBy(one, cms)) continue;
        if (await Der.isTrusted(one, pool.filter((other) => other !== one), roots, at)) return at;
      }
    } catch (error) {
      return null;
    }
    return null;
  }

  // What is said of a PDF, as a check with its outcome. known: the published signers, or null where there is no list; roots of
  // time stamps; the issuer's time zone. created: when the certificate in it was signed, "" without one.
  async function check(bytes, known, created) {
    const rows = known ? known.signers.map((row) => ({ row, certificate: Der.fromPem(row.certificates)[0] })) : [];
    const told = (state, words = {}) => ({ name: "pdf", outcome: OUTCOMES[state], code: `pdf_${state}`, words });
    let found;
    try {
      found = await find(bytes, rows.map((one) => one.certificate));
    } catch (error) {
      return told("no_crypto");
    }
    if (found.state === "changed") return told("changed");
    if (!known) return told("no_list");
    if (found.state === "none") {
      const since = Math.min(...rows.map(({ row }) => Math.floor(Date.parse(row.signs_from) / 1000)));
      return told(created && since <= Date.parse(created) / 1000 ? "removed" : "unsigned");
    }
    const signer = rows.find((one) => one.certificate === found.ours);
    const words = { self_made: Boolean(signer && signer.row.self_made) };
    if (!signer || !signer.row.withdrawn_as_of) return told(found.state, words);
    const day = (at) => new Date(at).toLocaleDateString("sv-SE", { timeZone: known.time_zone });
    const roots = known.roots.flatMap(Der.fromPem), asOf = Date.parse(signer.row.withdrawn_as_of);
    const at = found.state === "whole" ? await trustedTime(found.tokens, found.value, roots) : null;
    words.as_of = day(asOf);
    if (at === null || at >= asOf) return told("withdrawn", words);
    return told("stamped", { ...words, stamped_on: day(at) });
  }

  root.PdfSignature = { check, find };
})(typeof self === "undefined" ? globalThis : self);
