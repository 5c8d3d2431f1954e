/* Nothing typed is lost. Every change goes at once into this device's outbox (lms/outbox.js) and, two seconds after the last
   key, to the server; only the server's answer takes it out again, and only then the page says "saved". A tab that fell
   behind is told so and overwrites nothing. Used by the work product and by the marking sheet:
   <form data-draft="name" data-autosave="address">. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-draft]"), outbox = window.lmsOutbox;
  if (!form || !outbox || !window.fetch || !window.FormData) return;
  var WAIT = 2000, RETRY = [3000, 6000, 12000, 24000, 48000], SKIP = ["csrfmiddlewaretoken", "number", "key"];
  var words = form.dataset, state = form.querySelector("[data-draft-state]");
  var numberField = form.querySelector("[name=number]"), keyField = form.querySelector("[name=key]");
  var staleBox = form.querySelector("[data-stale]"), offerBox = form.querySelector("[data-offer]");
  var timer = 0, retries = 0, sending = null, stale = null, closed = false, dirty = false, pressed = null;
  var hold = !!form.querySelector("[data-newer]"); /* newer content is shown beside: only the person's own click saves */
  var id = words.draft + ":" + outbox.random(), page = words.page || location.pathname;
  var title = (document.querySelector("h1") || document).textContent.trim();

  function pairs() {
    return Array.from(new FormData(form)).filter(function (pair) {
      return SKIP.indexOf(pair[0]) < 0 && typeof pair[1] === "string";
    });
  }
  function say(text, waiting) {
    if (state.textContent !== text) state.textContent = text;
    state.classList.toggle("is-waiting", !!waiting);
  }
  function entry() {
    return { id: id, kind: "text", name: words.draft, title: title, page: page, url: words.autosave, at: Date.now(),
      number: numberField.value, key: keyField ? keyField.value : "", data: pairs() };
  }
  function keep() {
    return outbox.put(entry());
  }
  function forget() {
    return outbox.remove(id);
  }
  function newKey() {
    if (keyField) keyField.value = outbox.random();
  }
  function put(data) {
    form.dispatchEvent(new CustomEvent("draft:restore", { bubbles: true, detail: data }));
    Array.from(form.elements).forEach(function (field) {
      if (field.type === "radio" || field.type === "checkbox") field.checked = false;
    });
    data.forEach(function (pair) {
      Array.from(form.elements).forEach(function (field) {
        if (field.name !== pair[0]) return;
        if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === pair[1];
        else if (field.tagName !== "BUTTON") field.value = pair[1];
      });
    });
    form.querySelectorAll("[data-limit]").forEach(function (f) { f.dispatchEvent(new Event("input", { bubbles: true })); });
    form.dispatchEvent(new Event("draft:restored"));
  }

  /* Logging in again, in another window, changes the token that Django wants; the cookie has the present one. */
  function renewToken() {
    var field = form.querySelector("[name=csrfmiddlewaretoken]");
    if (field && outbox.token()) field.value = outbox.token();
  }

  function changed() {
    if (closed) return;
    dirty = true;
    newKey();
    var of = keyField ? keyField.value : "";
    keep().then(function (really) {
      if (stale || !dirty || sending || (keyField && keyField.value !== of)) return;
      say(really ? words.unsaved : words.unkept, !really); /* “kept on this device” only once it is */
    });
    if (!stale && !hold) plan(WAIT);
  }
  function plan(after) {
    clearTimeout(timer);
    timer = setTimeout(send, after);
  }
  function send(leaving) {
    clearTimeout(timer);
    if (sending || stale || closed || hold || !dirty) return;
    var sent = entry();
    sending = sent;
    dirty = false;
    say(words.saving);
    outbox.post(sent, leaving === true)
      .then(function (got) { sending = null; answered(got[0], got[1], sent); })
      .catch(function (error) {
        sending = null;
        dirty = true;
        pressed = null;
        say(error.message === "logged out" ? words.loggedOut : words.offline, true);
        plan(RETRY[Math.min(retries++, RETRY.length - 1)]);
      });
  }
  function answered(status, answer, sent) {
    retries = 0;
    if (status === 200) {
      numberField.value = answer.number;
      if (dirty) {
        keep();
        plan(pressed ? 0 : WAIT);
        return;
      }
      newKey(); /* that one is used */
      forget();
      say(answer.saved);
      go();
      return;
    }
    if (status === 409 && answer.error === "stale") {
      if (outbox.same(answer.fields, sent.data)) {
        numberField.value = answer.number;
        if (!dirty) forget();
        say("");
        go();
        return;
      }
      fellBehind(answer);
      return;
    }
    dirty = true;
    if (status === 422 && pressed) { /* the page that comes says it beside the field */
      dirty = false;
      return go();
    }
    pressed = null;
    if (status === 409) {
      closed = true;
      say(answer.message, true);
      forget();
      if (answer.url) location.assign(answer.url);
      return;
    }
    say(answer.message || words.offline, true);
  }
  /* Both are offered: what was typed stands in the form, what the server has beside it. */
  function fellBehind(answer) {
    stale = answer;
    dirty = true;
    pressed = null;
    staleBox.querySelector("[data-stale-text]").textContent = answer.message;
    differences(answer.fields);
    staleBox.hidden = false;
    staleBox.scrollIntoView({ block: "nearest" });
    say(words.conflict || answer.message, true);
  }
  function differences(theirs) {
    var list = staleBox.querySelector("[data-stale-list]"), own = new Map(pairs());
    if (!list) return;
    list.replaceChildren();
    theirs.forEach(function (pair) {
      if (outbox.same([pair], [[pair[0], own.get(pair[0]) || ""]])) return;
      var field = form.elements[pair[0]], label = field && field.labels && field.labels[0];
      var term = document.createElement("dt"), text = document.createElement("dd");
      term.textContent = label ? label.textContent.trim() : (field && field.getAttribute && field.getAttribute("aria-label")) || "";
      text.textContent = pair[1] || "–";
      list.append(term, text);
    });
  }
  /* What was pressed while something was unsent goes on now that the server has it. */
  function go() {
    if (!pressed) return;
    var button = pressed;
    pressed = null;
    form.requestSubmit(button);
  }

  form.addEventListener("input", function (event) { if (event.target.type !== "file") changed(); });
  form.addEventListener("change", function (event) { if (event.target.type !== "file") changed(); });
  document.addEventListener("visibilitychange", function () { if (document.hidden) send(true); });
  document.addEventListener("outbox:leaving", function () { closed = true; clearTimeout(timer); });
  window.addEventListener("online", function () { send(); });

  if (staleBox) {
    staleBox.querySelector("[data-take-newer]").addEventListener("click", function () {
      numberField.value = stale.number;
      put(stale.fields);
      stale = null;
      dirty = false;
      staleBox.hidden = true;
      forget();
      say("");
    });
    staleBox.querySelector("[data-keep-mine]").addEventListener("click", function () {
      numberField.value = stale.number;
      stale = null;
      staleBox.hidden = true;
      changed();
      send();
    });
  }
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-drop-draft]")) forget();
  });

  /* An ordinary submit first has the text saved: without a server the page stays, and what was typed with it. */
  form.addEventListener("submit", function (event) {
    if (event.defaultPrevented) return;
    if (sending || (dirty && !stale && !hold)) {
      event.preventDefault();
      pressed = event.submitter || form.querySelector("button");
      send();
      return;
    }
    clearTimeout(timer);
    renewToken();
    if (dirty) keep();
    closed = true;
  });
  window.addEventListener("pageshow", function (event) { if (event.persisted) location.reload(); });

  /* What was typed here before and never confirmed comes back. If the server has something newer, both are offered. */
  function offer(found) {
    if (!offerBox || !offerBox.hidden) return;
    offerBox.hidden = false;
    function done() { outbox.remove(found.id); offerBox.hidden = true; }
    offerBox.querySelector("[data-offer-take]").addEventListener("click", function () {
      put(found.data);
      done();
      changed();
    }, { once: true });
    offerBox.querySelector("[data-offer-drop]").addEventListener("click", done, { once: true });
  }
  function adopt(found) {
    if (outbox.same(found.data, pairs())) return outbox.remove(found.id);
    if (dirty || hold || stale || form.querySelector(".error-summary")) return offer(found);
    put(found.data);
    dirty = true;
    if (String(found.number) === numberField.value) {
      if (keyField && found.key) keyField.value = found.key;
      say(words.restored, true);
      return keep().then(function () { outbox.remove(found.id); plan(300); });
    }
    sending = found; /* the server may have it already: the key says so */
    say(words.restored, true);
    return outbox.post(found).then(function (got) {
      sending = null;
      outbox.remove(found.id);
      if (got[0] === 200) return location.reload();
      keep();
      answered(got[0], got[1], found);
    }, function () {
      sending = null;
      numberField.value = found.number;
      if (keyField && found.key) keyField.value = found.key;
      say(words.offline, true);
      return keep().then(function () { outbox.remove(found.id); plan(RETRY[0]); });
    });
  }
  outbox.hold(id);
  if (hold || form.querySelector(".error-summary")) {
    dirty = true;
    keep();
  }
  outbox.all().then(function (found) {
    var before = found.filter(function (e) { return e.kind === "text" && e.name === words.draft && e.id !== id; });
    before.reduce(function (so, one) {
      return so.then(function () { return outbox.claim(one, 1500, adopt); });
    }, Promise.resolve());
  });
})();
