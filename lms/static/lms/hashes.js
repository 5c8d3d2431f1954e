// SHA-256 and SHA-512 (FIPS 180-4) in plain JavaScript, so that a page works where the browser's own cryptography is not
// offered (an old browser, a page without https). Whole messages only. Tested against the standard's vectors.
(function (root) {
  "use strict";

  const primes = (count) => {
    const found = [];
    for (let n = 2; found.length < count; n++) if (found.every((p) => n % p)) found.push(n);
    return found;
  };
  // The first 64 bits of the fraction of the square (2) or cube (3) root of n, by Newton's method on whole numbers.
  const rootBits = (n, degree) => {
    const power = BigInt(degree), wanted = BigInt(n) << (64n * power);
    let guess = 1n << 68n;
    for (;;) {
      const next = ((power - 1n) * guess + wanted / guess ** (power - 1n)) / power;
      if (next >= guess) return guess & 0xffffffffffffffffn;
      guess = next;
    }
  };
  const START = primes(8).map((p) => rootBits(p, 2)), ROUNDS = primes(80).map((p) => rootBits(p, 3));
  const START32 = START.map((v) => Number(v >> 32n)), ROUNDS32 = ROUNDS.slice(0, 64).map((v) => Number(v >> 32n));

  function padded(message, block, lengthBytes) {
    const size = Math.ceil((message.length + 1 + lengthBytes) / block) * block;
    const out = new Uint8Array(size);
    out.set(message);
    out[message.length] = 0x80;
    let bits = message.length * 8;
    for (let at = size - 1; bits > 0; at--, bits = Math.floor(bits / 256)) out[at] = bits % 256;
    return out;
  }

  function sha256(message) {
    const data = padded(message, 64, 8), w = new Int32Array(64), h = Int32Array.from(START32);
    for (let start = 0; start < data.length; start += 64) {
      for (let i = 0; i < 16; i++) {
        const at = start + 4 * i;
        w[i] = (data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3];
      }
      for (let i = 16; i < 64; i++) {
        const a = w[i - 15], b = w[i - 2];
        const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
        const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
        w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
      }
      let [a, b, c, d, e, f, g, k] = h;
      for (let i = 0; i < 64; i++) {
        const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
        const t1 = (k + s1 + ((e & f) ^ (~e & g)) + ROUNDS32[i] + w[i]) | 0;
        const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
        const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        k = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
      }
      [a, b, c, d, e, f, g, k].forEach((v, i) => { h[i] = (h[i] + v) | 0; });
    }
    const out = new Uint8Array(32);
    h.forEach((v, i) => { for (let j = 0; j < 4; j++) out[4 * i + j] = (v >>> (24 - 8 * j)) & 255; });
    return out;
  }

  function sha512(message) {
    const data = padded(message, 128, 16), h = START.slice(), w = new Array(80);
    const cut = (v) => BigInt.asUintN(64, v);
    const turn = (v, by) => cut((v >> by) | (v << (64n - by)));
    for (let start = 0; start < data.length; start += 128) {
      for (let i = 0; i < 16; i++) {
        let v = 0n;
        for (let j = 0; j < 8; j++) v = (v << 8n) | BigInt(data[start + 8 * i + j]);
        w[i] = v;
      }
      for (let i = 16; i < 80; i++) {
        const a = w[i - 15], b = w[i - 2];
        const s0 = turn(a, 1n) ^ turn(a, 8n) ^ (a >> 7n), s1 = turn(b, 19n) ^ turn(b, 61n) ^ (b >> 6n);
        w[i] = cut(w[i - 16] + s0 + w[i - 7] + s1);
      }
      let [a, b, c, d, e, f, g, k] = h;
      for (let i = 0; i < 80; i++) {
        const t1 = cut(k + (turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n)) + ((e & f) ^ (cut(~e) & g)) + ROUNDS[i] + w[i]);
        const t2 = (turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
        k = g; g = f; f = e; e = cut(d + t1); d = c; c = b; b = a; a = cut(t1 + t2);
      }
      [a, b, c, d, e, f, g, k].forEach((v, i) => { h[i] = cut(h[i] + v); });
    }
    const out = new Uint8Array(64);
    h.forEach((v, i) => { for (let j = 0; j < 8; j++) out[8 * i + j] = Number((v >> BigInt(56 - 8 * j)) & 255n); });
    return out;
  }

  root.Hashes = { sha256, sha512 };
})(typeof self === "undefined" ? globalThis : self);
