// JSON read strictly, and its canonical form (RFC 8785). What two readers could understand differently is refused, as the
// server's own check does (certificates/credential/strict.py): doubled members, fractions, large numbers, half characters.
(function (root) {
  "use strict";

  const MAX_BYTES = 512 * 1024, MAX_DEPTH = 24, MAX_VALUES = 8000;

  class NotStrict extends Error {}

  function text(bytes) {
    if (bytes.length > MAX_BYTES) throw new NotStrict("larger than 512 KB");
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (error) {
      throw new NotStrict("not UTF-8");
    }
  }

  // Without a look-behind, which older Safari doesn't know.
  const isHalved = (value) => /[\ud800-\udfff]/.test(value.replace(/[\ud800-\udbff][\udc00-\udfff]/g, ""));

  function parse(bytes) {
    const source = text(bytes);
    let at = 0, count = 0;
    const fail = (why) => { throw new NotStrict(`${why} at ${at}`); };
    const blank = () => { while (" \t\n\r".includes(source[at] || "x")) at++; };
    const expect = (sign) => { if (source[at] !== sign) fail(`${sign} expected`); at++; };

    function string() {
      const start = at++;
      for (;;) {
        const code = source.charCodeAt(at);
        if (Number.isNaN(code) || code < 0x20) fail("a text that doesn't end");
        if (code === 0x22) break;
        at += code === 0x5c ? 2 : 1;
      }
      at++;
      let value;
      try {
        value = JSON.parse(source.slice(start, at));
      } catch (error) {
        fail("a wrong escape");
      }
      if (isHalved(value)) fail("half a character");
      return value;
    }
    function whole() {
      const found = /^-?(?:0|[1-9][0-9]*)/.exec(source.slice(at, at + 24));
      if (!found) fail("not JSON");
      at += found[0].length;
      if (".eE0123456789".includes(source[at] || "x")) fail("not an integer");
      const value = Number(found[0]);
      if (!Number.isSafeInteger(value)) fail("a number is too large");
      return value;
    }
    function object(depth) {
      const found = Object.create(null);
      at++;
      blank();
      if (source[at] === "}") { at++; return found; }
      for (;;) {
        blank();
        if (source[at] !== '"') fail("a member's name expected");
        const name = string();
        if (name in found) fail("a member stands twice");
        blank();
        expect(":");
        found[name] = value(depth);
        blank();
        if (source[at] === "}") { at++; return found; }
        expect(",");
      }
    }
    function list(depth) {
      const found = [];
      at++;
      blank();
      if (source[at] === "]") { at++; return found; }
      for (;;) {
        found.push(value(depth));
        blank();
        if (source[at] === "]") { at++; return found; }
        expect(",");
      }
    }
    function value(depth) {
      if (depth >= MAX_DEPTH || ++count > MAX_VALUES) fail("nested too deeply or too many values");
      blank();
      const sign = source[at];
      if (sign === "{") return object(depth + 1);
      if (sign === "[") return list(depth + 1);
      if (sign === '"') return string();
      for (const [word, meant] of [["true", true], ["false", false], ["null", null]]) {
        if (source.startsWith(word, at)) { at += word.length; return meant; }
      }
      return whole();
    }

    const found = value(0);
    blank();
    if (at !== source.length) fail("something follows");
    if (found === null || typeof found !== "object" || Array.isArray(found)) throw new NotStrict("not a JSON object");
    return found;
  }

  // Members by their UTF-16 code units, which is how JavaScript sorts; texts and whole numbers as JavaScript writes them.
  function canonical(value) {
    if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
    if (value !== null && typeof value === "object") {
      return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
    }
    return JSON.stringify(value);
  }

  root.Strict = { parse, canonical, NotStrict, MAX_BYTES };
})(typeof self === "undefined" ? globalThis : self);
