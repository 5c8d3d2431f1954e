/* Nothing typed is lost. Every change goes at once into this browser's outbox (localStorage) and, two seconds after the
   last key, to the server; only the server's answer empties the outbox. A tab that fell behind is told so and overwrites
   nothing. Used by the work product and by the marking sheet: <form data-draft="name" data-autosave="address">. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-draft]");
  if (!form || !window.fetch || !window.FormData) return;
  var WAIT = 2000, RETRY = [3000, 6000, 12000, 24000, 48000], SKIP = ["csrfmiddlewaretoken", "number", "key"];
  var words = form.dataset, state = form.querySelector("[data-draft-state]");
  var numberField = form.querySelector("[name=number]"), keyField = form.querySelector("[name=key]");
  var staleBox = form.querySelector("[data-stale]"), offerBox = form.querySelector("[data-offer]");
  var timer = 0, retries = 0, sending = null, stale = null, closed = false, dirty = false;
  var hold = !!form.querySelector("[data-newer]"); /* newer content is shown beside: only the person's own click saves */
  var prefix = "lms-draft:" + words.draft + ":", tab = tabName();

  function store(action, key, value) {
    try { return value === undefined ? localStorage[action](key) : localStorage[action](key, value); } catch (e) { return null; }
  }
  function tabName() {
    try {
      var name = sessionStorage.getItem("lms-tab") || random();
      sessionStorage.setItem("lms-tab", name);
      return name;
    } catch (e) { return random(); }
  }
  function random() {
    var bytes = new Uint8Array(12);
    crypto.getRandomValues(bytes);
    return Array.from(bytes, function (b) { return b.toString(16).padStart(2, "0"); }).join("");
  }
  function pairs() {
    return Array.from(new FormData(form)).filter(function (pair) {
      return SKIP.indexOf(pair[0]) < 0 && typeof pair[1] === "string";
    });
  }
  /* Compared as people see it: line ends and empty cells don't count. */
  function same(a, b) {
    function flat(list) {
      return JSON.stringify(list.map(function (p) { return [p[0], String(p[1]).replace(/\r\n/g, "\n")]; })
        .filter(function (p) { return p[1].trim() !== ""; }).sort());
    }
    return flat(a) === flat(b);
  }
  function say(text, waiting) {
    if (state.textContent !== text) state.textContent = text;
    state.classList.toggle("is-waiting", !!waiting);
  }
  function keep(job) {
    store("setItem", prefix + tab, JSON.stringify({ number: numberField.value, key: job, at: Date.now(), data: pairs() }));
  }
  function kept(key) {
    try { return JSON.parse(store("getItem", key) || "null"); } catch (e) { return null; }
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
    var found = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/), field = form.querySelector("[name=csrfmiddlewaretoken]");
    if (found && field) field.value = found[1];
  }

  function changed() {
    if (closed) return;
    dirty = true;
    if (keyField) keyField.value = random();
    keep(keyField ? keyField.value : "");
    if (stale) return;
    say(words.unsaved);
    if (!hold) plan(WAIT);
  }
  function plan(after) {
    clearTimeout(timer);
    timer = setTimeout(send, after);
  }
  function send(leaving) {
    clearTimeout(timer);
    if (sending || stale || closed || hold || !dirty) return;
    var body = new FormData(), sent = pairs(), job = keyField ? keyField.value : "";
    renewToken();
    sent.forEach(function (pair) { body.append(pair[0], pair[1]); });
    ["csrfmiddlewaretoken", "number", "key"].forEach(function (name) {
      var field = form.querySelector("[name=" + name + "]");
      if (field) body.append(name, field.value);
    });
    sending = job || "1";
    dirty = false;
    say(words.saving);
    fetch(words.autosave, { method: "POST", body: body, credentials: "same-origin", redirect: "manual", keepalive: leaving === true })
      .then(function (response) {
        if (response.type === "opaqueredirect" || response.status === 403) throw new Error("logged out");
        if (response.status >= 500) throw new Error("server");
        return response.json().then(function (answer) { return [response.status, answer]; });
      })
      .then(function (got) { sending = null; answered(got[0], got[1], sent); })
      .catch(function (error) {
        sending = null;
        dirty = true;
        say(error.message === "logged out" ? words.loggedOut : words.offline, true);
        plan(RETRY[Math.min(retries++, RETRY.length - 1)]);
      });
  }
  function answered(status, answer, sent) {
    retries = 0;
    if (status === 200) {
      numberField.value = answer.number;
      if (!dirty) {
        store("removeItem", prefix + tab);
        say(answer.saved);
      } else {
        keep(keyField ? keyField.value : "");
        plan(WAIT);
      }
      return;
    }
    if (status === 409 && answer.error === "stale") {
      if (same(answer.fields, sent)) {
        numberField.value = answer.number;
        store("removeItem", prefix + tab);
        say("");
        return;
      }
      stale = answer;
      dirty = true;
      staleBox.querySelector("[data-stale-text]").textContent = answer.message;
      staleBox.hidden = false;
      staleBox.scrollIntoView({ block: "nearest" });
      say(answer.message, true);
      return;
    }
    dirty = true;
    if (status === 409) {
      closed = true;
      say(answer.message, true);
      store("removeItem", prefix + tab);
      if (answer.url) location.assign(answer.url);
      return;
    }
    say(answer.message || words.offline, true);
  }

  form.addEventListener("input", changed);
  form.addEventListener("change", function (event) { if (event.target.type !== "file") changed(); });
  document.addEventListener("visibilitychange", function () { if (document.hidden) send(true); });
  window.addEventListener("online", function () { send(); });

  if (staleBox) {
    staleBox.querySelector("[data-take-newer]").addEventListener("click", function () {
      numberField.value = stale.number;
      put(stale.fields);
      stale = null;
      dirty = false;
      staleBox.hidden = true;
      store("removeItem", prefix + tab);
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
    if (event.target.closest("[data-drop-draft]")) store("removeItem", prefix + tab);
  });

  /* An ordinary submit: a file that is too large is said before it travels; an autosave on its way is waited for. */
  form.addEventListener("submit", function (event) {
    var file = form.querySelector("input[type=file]"), most = Number(words.maxBytes || 0);
    if (file && most && file.files[0] && file.files[0].size > most) {
      event.preventDefault();
      window.alert(words.tooLarge);
      return;
    }
    if (sending) {
      event.preventDefault();
      var submitter = event.submitter;
      setTimeout(function () { form.requestSubmit(submitter); }, 150);
      return;
    }
    clearTimeout(timer);
    renewToken();
    keep(keyField ? keyField.value : "");
    closed = true;
  });
  window.addEventListener("pageshow", function (event) { if (event.persisted) location.reload(); });

  /* What this tab had typed and the server never confirmed comes back; another tab's is offered. */
  var own = kept(prefix + tab);
  if (own && form.querySelector(".error-summary, [data-newer]")) {
    keep(keyField ? keyField.value : "");
    dirty = true;
  } else if (own && same(own.data, pairs())) {
    store("removeItem", prefix + tab);
  } else if (own) {
    put(own.data);
    if (own.number !== numberField.value) numberField.value = own.number;
    if (keyField && own.key) keyField.value = own.key;
    dirty = true;
    say(words.restored, true);
    plan(300);
  }
  var foreign = null;
  try {
    Object.keys(localStorage).forEach(function (key) {
      if (key.indexOf(prefix) !== 0 || key === prefix + tab) return;
      var found = kept(key);
      if (!found || same(found.data, pairs())) return store("removeItem", key);
      if (Date.now() - found.at > 15000 && (!foreign || found.at > foreign.at)) foreign = { key: key, at: found.at, data: found.data };
    });
  } catch (e) { /* no storage: nothing to offer */ }
  if (foreign && offerBox) {
    offerBox.hidden = false;
    offerBox.querySelector("[data-offer-take]").addEventListener("click", function () {
      put(foreign.data);
      store("removeItem", foreign.key);
      offerBox.hidden = true;
      changed();
    });
    offerBox.querySelector("[data-offer-drop]").addEventListener("click", function () {
      store("removeItem", foreign.key);
      offerBox.hidden = true;
    });
  }
})();
