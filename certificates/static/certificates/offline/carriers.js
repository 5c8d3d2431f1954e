// The signed text inside a certificate's file: JSON itself, an attachment of a PDF, a chunk of a PNG, an element of an SVG.
// As the server does it (certificates/credential/carriers.py): told by content, exactly one, nothing unpacked beyond a
// certificate's size. Unpacking (RFC 1950 to 1952) is our own, so that an older browser and a bomb are no question.
(function (root) {
  "use strict";

  const MAX_FILE = 1024 * 1024, MAX_STREAMS = 8, MAX_ZIP = 4 * 1024 * 1024, MAX_ENTRIES = 40;

  class NotReadable extends Error {
    constructor(code) { super(code); this.code = code; }
  }

  // --- DEFLATE -----------------------------------------------------------------------------------------------------
  const LENGTHS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
  const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
  const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

  function tree(lengths) {
    const counts = new Array(16).fill(0), starts = new Array(16).fill(0), symbols = [];
    lengths.forEach((length) => { if (length) counts[length]++; });
    for (let i = 1; i < 15; i++) starts[i + 1] = starts[i] + counts[i];
    lengths.forEach((length, symbol) => { if (length) symbols[starts[length]++] = symbol; });
    return { counts, symbols };
  }

  function inflate(data, start, most) {
    let at = start, bit = 0;
    const out = new Uint8Array(most);
    let size = 0;
    const damaged = () => { throw new NotReadable("damaged"); };
    const put = (byte) => { if (size >= most) throw new NotReadable("too_large"); out[size++] = byte; };
    function bits(count) {
      let value = 0;
      for (let i = 0; i < count; i++) {
        if (at >= data.length) damaged();
        value |= ((data[at] >> bit) & 1) << i;
        if (++bit === 8) { bit = 0; at++; }
      }
      return value;
    }
    function symbol({ counts, symbols }) {
      let code = 0, first = 0, index = 0;
      for (let length = 1; length < 16; length++) {
        code |= bits(1);
        if (code - first < counts[length]) return symbols[index + code - first];
        index += counts[length];
        first = (first + counts[length]) << 1;
        code <<= 1;
      }
      return damaged();
    }
    function dynamic() {
      const literals = bits(5) + 257, distances = bits(5) + 1, codes = bits(4) + 4;
      const lengths = new Array(19).fill(0);
      for (let i = 0; i < codes; i++) lengths[ORDER[i]] = bits(3);
      const reader = tree(lengths), all = [];
      while (all.length < literals + distances) {
        const found = symbol(reader);
        if (found < 16) { all.push(found); continue; }
        if (found === 16 && !all.length) damaged();
        const value = found === 16 ? all[all.length - 1] : 0;
        let repeat = found === 16 ? 3 + bits(2) : found === 17 ? 3 + bits(3) : 11 + bits(7);
        while (repeat--) all.push(value);
      }
      return [tree(all.slice(0, literals)), tree(all.slice(literals, literals + distances))];
    }
    const fixed = () => {
      const lengths = Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8));
      return [tree(lengths), tree(new Array(30).fill(5))];
    };
    for (let last = 0; !last;) {
      last = bits(1);
      const kind = bits(2);
      if (kind === 3) damaged();
      if (kind === 0) {
        if (bit) { bit = 0; at++; }
        const length = data[at] | (data[at + 1] << 8);
        at += 4;
        if (!(at + length <= data.length)) damaged();
        for (let i = 0; i < length; i++) put(data[at++]);
        continue;
      }
      const [literal, distance] = kind === 1 ? fixed() : dynamic();
      for (;;) {
        const found = symbol(literal);
        if (found < 256) { put(found); continue; }
        if (found === 256) break;
        if (found > 285) damaged();
        const length = LENGTHS[found - 257] + bits(LENGTH_BITS[found - 257]), code = symbol(distance);
        if (code > 29) damaged();
        const extra = code < 2 ? 0 : (code >> 1) - 1;
        const back = code < 2 ? code + 1 : ((2 + (code & 1)) << extra) + 1 + bits(extra);
        if (back > size) damaged();
        for (let i = 0; i < length; i++) put(out[size - back]);
      }
    }
    return out.slice(0, size);
  }

  function gunzip(data, most) {
    if (data[0] !== 0x1f || data[1] !== 0x8b || data[2] !== 8 || data[3]) throw new NotReadable("damaged");
    return inflate(data, 10, most);
  }

  // --- ZIP: the holder's package, or one that somebody packed again ---------------------------------------------------
  const isZip = (bytes) => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;

  // The files in it that could belong to a certificate, as { name, bytes }, by its directory at the end.
  function unzip(bytes) {
    if (bytes.length > MAX_ZIP) throw new NotReadable("too_large");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), found = [];
    const damaged = () => { throw new NotReadable("damaged"); };
    let end = bytes.length - 22;
    while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
    if (end < 0) damaged();
    const count = view.getUint16(end + 10, true);
    if (count > MAX_ENTRIES) throw new NotReadable("too_large");
    for (let i = 0, at = view.getUint32(end + 16, true); i < count; i++) {
      if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50) damaged();
      const method = view.getUint16(at + 10, true), packed = view.getUint32(at + 20, true), nameLength = view.getUint16(at + 28, true);
      const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength)).split("/").pop();
      const local = view.getUint32(at + 42, true);
      at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
      if (!/\.(pdf|png|svg|json)$/i.test(name)) continue;
      if (local + 30 > bytes.length || view.getUint32(local, true) !== 0x04034b50) damaged();
      const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
      if (start + packed > bytes.length || (method && method !== 8)) damaged();
      found.push({ name, bytes: method ? inflate(bytes.subarray(0, start + packed), start, MAX_FILE) : bytes.slice(start, start + packed) });
    }
    return found;
  }

  // --- Files -------------------------------------------------------------------------------------------------------
  // One character a byte, to search in.
  function latin(bytes) {
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode.apply(null, bytes.subarray(at, at + 8192));
    return text;
  }
  const isObject = (bytes) => /^(?:\xef\xbb\xbf)?[ \t\r\n]*\{/.test(latin(bytes.subarray(0, 64)));

  function inPdf(bytes) {
    const text = latin(bytes), mark = /\/EmbeddedFile(?![A-Za-z])/g, seen = new Set(), found = [];
    for (let hit = mark.exec(text), count = 0; hit && count < MAX_STREAMS * 4; hit = mark.exec(text), count++) {
      const opened = text.lastIndexOf(" obj", hit.index), end = mark.lastIndex;
      const stream = /stream\r?\n/.exec(text.slice(end, end + 2000));
      if (opened < 0 || !stream) continue;
      const start = end + stream.index, dictionary = text.slice(opened, start);
      if (seen.has(start) || dictionary.includes("endobj")) continue;
      seen.add(start);
      if (seen.size > MAX_STREAMS) throw new NotReadable("more_than_one");
      const content = unpacked(bytes, text, dictionary, start + stream[0].length);
      if (isObject(content)) found.push(content);
    }
    return found;
  }

  function unpacked(bytes, text, dictionary, start) {
    if (dictionary.includes("/DecodeParms") || /\/Filter\s*\[[^\]]*\/\w+[^\]]*\//.test(dictionary)) throw new NotReadable("damaged");
    if (!dictionary.includes("/Filter")) {
      let end = Math.max(text.indexOf("endstream", start), start);
      while (end > start && "\r\n".includes(text[end - 1])) end--;
      return bytes.slice(start, end);
    }
    if (!/\/Filter\s*\[?\s*\/FlateDecode/.test(dictionary)) throw new NotReadable("damaged");
    if ((bytes[start] & 15) !== 8 || ((bytes[start] << 8) | bytes[start + 1]) % 31) throw new NotReadable("damaged");
    return inflate(bytes, start + 2, root.Strict.MAX_BYTES);
  }

  function inPng(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), found = [];
    for (let at = 8; at + 12 <= bytes.length;) {
      const length = view.getUint32(at), name = latin(bytes.subarray(at + 4, at + 8));
      if (at + 12 + length > bytes.length) break;
      if (name === "IEND") return found;
      if (name === "iTXt") {
        const data = bytes.subarray(at + 8, at + 8 + length), keyword = data.indexOf(0);
        if (latin(data.subarray(0, keyword)) === "openbadgecredential") {
          const language = data.indexOf(0, keyword + 3), translated = data.indexOf(0, language + 1);
          if (data[keyword + 1] || language < 0 || translated < 0) throw new NotReadable("damaged");
          found.push(data.slice(translated + 1));
        }
      }
      at += 12 + length;
    }
    throw new NotReadable("damaged");
  }

  function inSvg(bytes) {
    const text = new TextDecoder().decode(bytes);
    if (text.includes("<!DOCTYPE") || text.includes("<!ENTITY")) throw new NotReadable("damaged");
    const page = new DOMParser().parseFromString(text, "application/xml");
    if (page.getElementsByTagName("parsererror").length) throw new NotReadable("damaged");
    const inside = page.getElementsByTagNameNS("https://purl.imsglobal.org/ob/v3p0", "credential");
    return Array.from(inside, (element) => new TextEncoder().encode(element.textContent.trim()));
  }

  function extract(bytes) {
    if (bytes.length > MAX_FILE) throw new NotReadable("too_large");
    const start = latin(bytes.subarray(0, 64));
    let kind = "", found = [];
    if (start.startsWith("%PDF-")) [kind, found] = ["pdf", inPdf(bytes)];
    else if (start.startsWith("\x89PNG\r\n\x1a\n")) [kind, found] = ["png", inPng(bytes)];
    else if (isObject(bytes)) [kind, found] = ["json", [bytes]];
    else if (/^(?:\xef\xbb\xbf)?[ \t\r\n]*</.test(start)) [kind, found] = ["svg", inSvg(bytes)];
    else throw new NotReadable("unknown_kind");
    if (found.length !== 1) throw new NotReadable(found.length ? "more_than_one" : "none_inside");
    return { kind, text: found[0] };
  }

  root.Carriers = { extract, gunzip, isZip, latin, unzip, NotReadable };
})(typeof self === "undefined" ? globalThis : self);
