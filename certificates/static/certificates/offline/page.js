// The page of the offline verifier: takes files and a pasted QR code, shows what each check said. Sends nothing anywhere.
(function () {
  "use strict";

  const page = document.querySelector("[data-verifier]");
  const { Check, Carriers, PdfSignature } = self;
  const pinned = JSON.parse(page.dataset.pinned), texts = JSON.parse(page.dataset.texts), signers = JSON.parse(page.dataset.signers);
  const say = (key) => texts[key] || key;
  const part = (name) => page.querySelector(`[data-part=${name}]`);
  const nothing = () => ({ certificate: null, pdfs: [], lists: [], bundle: null, names: [], problem: "", left: [] });
  const given = nothing(); // pdfs: around that certificate; problem: why what was brought last is none, left: checks of it
  let together = null; // the certificate of the files that are being taken

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  const LOOKS = {
    valid: ["ok", "✓"], unknown: ["unknown", "?"], unproved: ["unknown", "?"], revoked: ["revoked", "✕"],
    page: ["suspended", "!"], mixed: ["suspended", "!"], expired: ["expired", "!"], bad: ["revoked", "✕"], name: ["revoked", "✕"], unreadable: ["unknown", "?"],
  };
  function verdictBox(verdict, why, what = "verdict") {
    const [look, sign] = LOOKS[verdict], box = element("section", `verdict verdict--${look}`);
    box.dataset.verdict = verdict;
    const mark = element("span", "verdict__mark", sign);
    mark.setAttribute("aria-hidden", "true");
    box.append(mark, element("h2", "verdict__word", say(`${what}.${verdict}`)), element("p", "verdict__text", why || say(`why.${verdict}`)));
    const time = new Date().toLocaleString("sv-SE");
    box.append(element("p", "verdict__text small", say("checked").replace("{time}", time)));
    return box;
  }

  function facts(rows, heading = say("facts")) {
    const list = element("dl", "dl");
    for (const [key, value] of rows) {
      if (!value) continue;
      const row = element("div");
      row.append(element("dt", "", say(`fact.${key}`)), element("dd", "", value));
      list.append(row);
    }
    const card = element("section", "card");
    card.append(element("h2", "", heading), list);
    return card;
  }

  const filled = (text, words) => Object.entries(words || {}).reduce((done, [key, value]) => done.split(`{${key}}`).join(value), text);
  const TAGS = { ok: "ok", failed: "bad", unknown: "muted" };
  function checkList(checks) {
    const card = element("section", "card stack"), list = element("ul", "list");
    for (const { name, outcome, code, words } of checks) {
      const line = element("li");
      Object.assign(line.dataset, { check: name, outcome, code });
      line.append(element("span", `tag tag--${TAGS[outcome]}`, say(`outcome.${outcome}`)), ` ${say(`check.${name}`)}`);
      if (code) line.append(element("br"), element("span", "muted small", filled(say(`code.${code}`), words)));
      if (words && words.self_made && outcome === "ok") line.append(element("br"), element("span", "muted small", say("self_made")));
      list.append(line);
    }
    card.append(element("h2", "", say("checks")), list);
    return card;
  }

  function show(...parts) {
    part("result").replaceChildren(...parts);
    part("result").focus();
  }

  // The day as the certificate itself and our pages tell it.
  const dayOf = (moment) => new Date(moment).toLocaleDateString("sv-SE", { timeZone: page.dataset.zone });
  const nameIn = (subject) => (subject.identifier.find((one) => one.identityType === "name") || {}).identityHash;

  function ofCertificate(document, heading) {
    const subject = document.credentialSubject;
    return facts([
      ["name", nameIn(subject)], ["number", subject.licenseNumber], ["level", subject.achievement.name],
      ["issuer", document.issuer.name], ["issued", dayOf(document.validFrom)],
      ["until", document.validUntil ? dayOf(document.validUntil) : say("no_end")],
      ["base", subject.source && subject.source.name], ...resultsOf(subject),
    ], heading);
  }

  // Parts that were passed and how far competences were shown, in the words of the certificate.
  function resultsOf(subject) {
    const described = new Map([].concat(subject.achievement.resultDescription || []).map((one) => [one.id, one]));
    const parts = [], competences = [];
    for (const { resultDescription, achievedLevel, status } of [].concat(subject.result || [])) {
      const what = described.get(resultDescription);
      if (!what) continue;
      const level = [].concat(what.rubricCriterionLevel || []).find((one) => one.id === achievedLevel);
      if (level) competences.push(`${what.name}: ${level.name}`);
      else if (status === "Completed") parts.push(what.name);
    }
    return [["parts", parts.join("; ")], ["competences", competences.join("; ")]];
  }

  function ofRecord(record) {
    const card = facts([
      ["name", nameIn(record.credentialSubject)], ["made", dayOf(record.validFrom)], ["until", record.validUntil && dayOf(record.validUntil)],
    ]);
    if (record.partial) card.append(element("p", "muted small", say("partial")));
    return card;
  }

  // "fits", "other", "unknown" (no salt to compare with), or "" when no name was typed.
  function nameState(qr) {
    const typed = part("name").value;
    return typed.trim() ? (qr.salt ? (Check.nameFits(qr, typed) ? "fits" : "other") : "unknown") : "";
  }

  function ofQr(qr) {
    const card = facts([
      ["number", qr.number], ["level", say(`level.${qr.letter}`)], ["issued", qr.issued], ["until", qr.until || say("no_end")],
    ]);
    const state = nameState(qr), line = element("p", state ? "" : "notice notice--warn", state ? undefined : say("name.ask"));
    line.dataset.name = state;
    if (state) line.append(element("span", `tag tag--long tag--${{ fits: "ok", other: "bad", unknown: "muted" }[state]}`, say(`name.${state}`)));
    card.append(line);
    return card;
  }

  async function showRecord(text, context) {
    const found = await Check.checkRecord(text, context), word = Check.recordVerdict(found);
    const shown = [verdictBox(word, say({ bad: "why.bad", unknown: "why.record_unknown" }[word] || "why.record"), "record")];
    if (found.record) shown.push(ofRecord(found.record));
    for (const member of found.members) {
      if (!member.checks.some((one) => one.name === "proof" && one.outcome === "ok")) continue;
      const card = ofCertificate(member.document, say("member")), state = Check.verdict(member.checks), line = element("p");
      card.dataset.member = state;
      line.append(element("span", `tag tag--long tag--${{ ok: "ok", revoked: "bad", unknown: "muted" }[LOOKS[state][0]] || "warn"}`, say(`verdict.${state}`)));
      card.append(line);
      shown.push(card);
    }
    show(...shown, checkList(found.checks));
  }

  async function checkPdfs(created) {
    const found = [];
    for (const bytes of given.pdfs) found.push(await PdfSignature.check(bytes, signers, created));
    return found;
  }

  // fresh: files were brought just now, so that a problem with them goes before a code in the field.
  async function judge(fresh) {
    const context = { pinned, official: page.dataset.official, lists: given.lists, bundle: given.bundle, now: Date.now() };
    const code = part("code").value.trim();
    if (given.problem && (fresh || !code)) {
      show(verdictBox("unreadable", say(`code.${given.problem}`)), ...(given.left.length ? [checkList(given.left)] : []));
    } else if (given.certificate && given.certificate.kind === "record") {
      await showRecord(given.certificate.text, context);
    } else if (given.certificate) {
      const found = await Check.checkCertificate(given.certificate.text, context);
      const genuine = found.checks.some((one) => one.name === "proof" && one.outcome === "ok");
      const pdfs = genuine ? await checkPdfs(found.document.proof[1].created) : [];
      found.checks.push(...pdfs);
      const shown = [verdictBox(Check.verdict(found.checks))];
      // Nothing of a file is shown whose signature was not found good.
      if (genuine) shown.push(ofCertificate(found.document));
      const judged = pdfs.length > 0 && pdfs.every((one) => one.outcome !== "unknown");
      if (given.certificate.kind !== "json" && !judged) shown.push(element("p", "notice notice--info", say("wrapper")));
      show(...shown, checkList(found.checks));
    } else if (code) {
      const found = await Check.checkQr(code, context), word = Check.verdict(found.checks);
      // A genuine code may be copied onto a paper with another name: what is valid is not that paper.
      const borrowed = found.qr && nameState(found.qr) === "other" && word !== "bad" && word !== "revoked";
      show(verdictBox(borrowed ? "name" : word), ...(found.qr ? [ofQr(found.qr)] : []), checkList(found.checks));
    } else if (given.names.length) {
      show(verdictBox("unreadable", say("no_certificate")));
    }
    part("given").textContent = given.names.join(" · ");
  }

  // For whoever waits for the answer.
  const done = () => { page.dataset.done = String(Number(page.dataset.done || 0) + 1); };

  const alike = (one, other) => one.length === other.length && one.every((byte, i) => byte === other[i]);

  // Returns what the file is for. What comes together, as files or in a package, has to carry one and the same certificate: nobody
  // looks at each by eye. Every PDF of it is kept to be judged: its page may be another one than beside the JSON.
  function takeOne(bytes) {
    const { kind, text } = Carriers.extract(bytes), use = kind === "json" ? Check.kindOf(text) : "certificate";
    if (use === "receipt" || use === "none_inside") throw new Carriers.NotReadable(use);
    if (use === "list") given.lists.unshift(text);
    else if (use === "bundle") given.bundle = text;
    else if (use === "record" || use === "certificate") {
      if (together && !alike(together, text)) throw new Carriers.NotReadable("several");
      together = text;
      const before = given.certificate && alike(given.certificate.text, text) ? given.certificate : null;
      if (!before) given.pdfs = [];
      if (kind === "pdf" && !given.pdfs.some((pdf) => alike(pdf, bytes))) given.pdfs.push(bytes);
      given.certificate = { kind: use === "record" ? "record" : before && kind === "json" ? before.kind : kind, text };
    }
    return use;
  }

  function takePackage(bytes) {
    for (const one of Carriers.unzip(bytes)) takeOne(one.bytes);
    return "package";
  }

  // A package is one by its name too: under another, the same bytes may be opened as a PDF whose page nobody signed.
  const isPackage = (name, bytes) => {
    if (!Carriers.isZip(bytes)) return false;
    if (!/\.zip$/i.test(name)) throw new Carriers.NotReadable("damaged");
    return true;
  };

  async function take(files) {
    Object.assign(given, { problem: "", left: [] });
    together = null;
    for (const file of files) {
      const bytes = new Uint8Array(await new Response(file).arrayBuffer());
      try {
        const use = isPackage(file.name, bytes) ? takePackage(bytes) : takeOne(bytes);
        given.names.push(filled(say("given"), { file: file.name, use: say(`use.${use}`) }));
      } catch (error) {
        given.problem = error instanceof Carriers.NotReadable ? error.code : "damaged";
        given.certificate = null;
        given.names.push(file.name);
        // One of ours, perhaps, with the signed part taken out: its signature tells.
        given.pdfs = error.code === "none_inside" && Carriers.latin(bytes.subarray(0, 5)) === "%PDF-" ? [bytes] : [];
        given.left = (await checkPdfs("")).filter((one) => one.outcome !== "unknown");
      }
    }
    await judge(true);
    done();
  }

  part("files").addEventListener("change", (event) => take(event.target.files));
  part("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    judge(false).then(done);
  });
  part("ask").addEventListener("reset", () => {
    Object.assign(given, nothing());
    part("given").textContent = "";
    part("result").replaceChildren();
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files);
  });
})();
