// Ed25519 verification (RFC 8032, 5.1.7): by the browser's own cryptography where it knows the curve, otherwise in plain
// JavaScript. Only public things come in here, so nothing has to take equal time. Tested against the RFC's vectors.
(function (root) {
  "use strict";

  const P = 2n ** 255n - 19n, L = 2n ** 252n + 27742317777372353535851937790883648493n;
  const mod = (v) => { const r = v % P; return r < 0n ? r + P : r; };
  function power(base, exponent) {
    let result = 1n, square = mod(base);
    for (let rest = exponent; rest > 0n; rest >>= 1n) {
      if (rest & 1n) result = mod(result * square);
      square = mod(square * square);
    }
    return result;
  }
  const inverse = (v) => power(v, P - 2n);
  const D = mod(-121665n * inverse(121666n)), ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);

  // Points are [X, Y, Z, T] with x = X/Z, y = Y/Z, T = xyZ.
  const ZERO = [0n, 1n, 1n, 0n];
  function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
    const a = mod((y1 - x1) * (y2 - x2)), b = mod((y1 + x1) * (y2 + x2)), c = mod(2n * D * t1 * t2), d = mod(2n * z1 * z2);
    const e = b - a, f = d - c, g = d + c, h = b + a;
    return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
  }
  function times(scalar, point) {
    let result = ZERO, step = point;
    for (let rest = scalar; rest > 0n; rest >>= 1n) {
      if (rest & 1n) result = add(result, step);
      step = add(step, step);
    }
    return result;
  }

  const number = (bytes) => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  function decode(bytes) {
    const all = number(bytes), sign = all >> 255n, y = all & (2n ** 255n - 1n);
    if (y >= P) return null;
    const u = mod(y * y - 1n), v = mod(D * y * y + 1n);
    let x = mod(u * v ** 3n * power(mod(u * v ** 7n), (P - 5n) / 8n));
    const check = mod(v * x * x);
    if (check === mod(-u)) x = mod(x * ROOT_OF_MINUS_ONE);
    else if (check !== u) return null;
    if (x === 0n && sign === 1n) return null;
    if ((x & 1n) !== sign) x = P - x;
    return [x, y, 1n, mod(x * y)];
  }
  function encode([x, y, z]) {
    const back = inverse(z), right = mod(x * back);
    let value = mod(y * back) | ((right & 1n) << 255n);
    return Uint8Array.from({ length: 32 }, () => { const byte = Number(value & 255n); value >>= 8n; return byte; });
  }
  const BASE = decode(Uint8Array.from({ length: 32 }, (_, i) => (i ? 0x66 : 0x58)));

  function verifyPlain(publicKey, signature, message) {
    const key = decode(publicKey), s = number(signature.slice(32));
    if (key === null || s >= L) return false;
    const text = new Uint8Array(64 + message.length);
    text.set(signature.slice(0, 32));
    text.set(publicKey, 32);
    text.set(message, 64);
    const k = number(root.Hashes.sha512(text)) % L;
    const minus = [mod(-key[0]), key[1], key[2], mod(-key[3])];
    return encode(add(times(s, BASE), times(k, minus))).every((byte, i) => byte === signature[i]);
  }

  async function verify(publicKey, signature, message) {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    const subtle = root.crypto && root.crypto.subtle;
    let key = null;
    try {
      key = subtle ? await subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]) : null;
    } catch (error) {
      key = null; // this browser does not know the curve
    }
    if (key) return subtle.verify({ name: "Ed25519" }, key, signature, message);
    return verifyPlain(publicKey, signature, message);
  }

  root.Ed25519 = { verify, verifyPlain };
})(typeof self === "undefined" ? globalThis : self);
