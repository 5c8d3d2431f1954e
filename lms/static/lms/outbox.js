/* What this device holds and the server has not confirmed: texts and files, in IndexedDB (texts in localStorage where there
   is none). Every entry keeps its idempotency key, so sending it twice is sending it once. Entries are sent when the page
   that made them is gone: on the next page of this site, when the network is back, and every 20 seconds. They belong to one
   person; signing out or another person's visit deletes them. Loaded on every page of somebody signed in. */
(function () {
  "use strict";
  var words = document.currentScript.dataset, person = words.person;
  var OWNER = "lms-owner", TEXT = "lms-draft:", PREFIXES = [TEXT, "lms-keep:"], AGAIN = 20000, ALONE = 15000;
  var locks = navigator.locks, timer = 0;

  /* --- Where things are kept ------------------------------------------------------------------------------------ */
  function local(action, key, value) {
    try {
      if (value === undefined) return localStorage[action](key);
      localStorage[action](key, value);
      return true;
    } catch (e) { return null; }
  }
  function localKeys(prefix) {
    try { return Object.keys(localStorage).filter(function (key) { return key.indexOf(prefix) === 0; }); } catch (e) { return []; }
  }
  var database = new Promise(function (resolve) {
    try {
      var asked = indexedDB.open("lms-outbox", 1);
      asked.onupgradeneeded = function () { asked.result.createObjectStore("entries", { keyPath: "id" }); };
      asked.onsuccess = function () { resolve(asked.result); };
      asked.onerror = asked.onblocked = function () { resolve(null); };
    } catch (e) { resolve(null); }
  });
  /* Resolves with what work returned, once it is really written; null where there is no database or it is full. */
  function inStore(mode, work) {
    return database.then(function (db) {
      return db && new Promise(function (resolve) {
        try {
          var transaction = db.transaction("entries", mode), asked = work(transaction.objectStore("entries"));
          transaction.oncomplete = function () { resolve({ result: asked.result }); };
          transaction.onerror = transaction.onabort = function () { resolve(null); };
        } catch (e) { resolve(null); }
      });
    });
  }
  function put(entry) {
    entry.person = person;
    return inStore("readwrite", function (store) { return store.put(entry); }).then(function (done) {
      if (done) return true;
      return entry.kind === "text" && local("setItem", TEXT + entry.id, JSON.stringify(entry)) === true;
    });
  }
  function remove(id) {
    local("removeItem", TEXT + id);
    return inStore("readwrite", function (store) { return store.delete(id); });
  }
  function everything() {
    return inStore("readonly", function (store) { return store.getAll(); }).then(function (done) {
      var found = done ? done.result : [];
      localKeys(TEXT).forEach(function (key) {
        try {
          var entry = JSON.parse(local("getItem", key));
          if (entry && entry.id) found.push(entry);
        } catch (e) { local("removeItem", key); }
      });
      return found;
    });
  }
  function all() {
    return everything().then(function (found) {
      return found.filter(function (entry) { return entry.person === person; }).sort(function (a, b) { return b.at - a.at; });
    });
  }
  function clear() {
    PREFIXES.forEach(function (prefix) { localKeys(prefix).forEach(function (key) { local("removeItem", key); }); });
    local("removeItem", OWNER);
    return inStore("readwrite", function (store) { return store.clear(); });
  }
  /* Somebody else sat here before: theirs goes. */
  var mine = (local("getItem", OWNER) || person) === person ? Promise.resolve() : clear();
  mine = mine.then(function () {
    local("setItem", OWNER, person);
    return everything().then(function (found) {
      return Promise.all(found.filter(function (e) { return e.person !== person; }).map(function (e) { return remove(e.id); }));
    });
  });

  /* --- Whose turn it is ------------------------------------------------------------------------------------------ */
  function hold(id) {
    if (locks) locks.request("lms-outbox:" + id, function () { return new Promise(function () {}); });
  }
  /* Does the work if the page that made the entry is gone (waits so many ms for it to go), with the entry as it is now. */
  function claim(entry, wait, work) {
    function fresh() {
      return all().then(function (found) {
        var now = found.find(function (e) { return e.id === entry.id; });
        return now && work(now);
      });
    }
    if (!locks) return Date.now() - entry.at > (wait ? 0 : ALONE) ? fresh() : Promise.resolve();
    var how = wait ? { signal: AbortSignal.timeout(wait) } : { ifAvailable: true };
    return locks.request("lms-outbox:" + entry.id, how, function (lock) { return lock && fresh(); }).catch(function () {});
  }

  /* --- Sending --------------------------------------------------------------------------------------------------- */
  function random() {
    var bytes = new Uint8Array(12);
    crypto.getRandomValues(bytes);
    return Array.from(bytes, function (b) { return b.toString(16).padStart(2, "0"); }).join("");
  }
  function token() {
    var found = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/), field = document.querySelector("[name=csrfmiddlewaretoken]");
    return found ? found[1] : field ? field.value : "";
  }
  /* Resolves with [status, answer]; fails with "logged out" or "offline". */
  function post(entry, leaving) {
    var body = new FormData();
    body.append("csrfmiddlewaretoken", token());
    body.append("key", entry.key || "");
    if (entry.kind === "file") body.append("file", entry.file, entry.title);
    else {
      body.append("number", entry.number);
      entry.data.forEach(function (pair) { body.append(pair[0], pair[1]); });
    }
    return fetch(entry.url, { method: "POST", body: body, credentials: "same-origin", redirect: "manual", keepalive: leaving === true,
      headers: { Accept: "application/json" } })
      .then(function (response) {
        if (response.type === "opaqueredirect" || response.status === 403 || response.status === 404) throw new Error("logged out");
        if (response.status >= 500 || response.status === 408) throw new Error("offline");
        return response.json().then(function (answer) { return [response.status, answer]; });
      }, function () { throw new Error("offline"); });
  }
  /* Compared as people see it: line ends and empty cells don't count. */
  function same(a, b) {
    function flat(list) {
      return JSON.stringify(list.map(function (p) { return [p[0], String(p[1]).replace(/\r\n/g, "\n")]; })
        .filter(function (p) { return p[1].trim() !== ""; }).sort());
    }
    return flat(a) === flat(b);
  }
  function tell(name, detail) {
    document.dispatchEvent(new CustomEvent("outbox:" + name, { detail: detail }));
  }
  /* Sends one entry nobody is at work on. It is gone when the server has it; else it says why it is still here. */
  function deliver(entry) {
    return post(entry).then(function (got) {
      var status = got[0], answer = got[1];
      if (status === 200 || (answer.error === "stale" && same(answer.fields, entry.data))) {
        return remove(entry.id).then(function () { tell("sent", { entry: entry, answer: answer }); });
      }
      entry.state = { stale: "conflict", closed: "closed" }[answer.error] || "refused";
      entry.message = answer.message || "";
      return put(entry);
    }, function () { /* it waits */ });
  }
  function here(entry) {
    return !!document.querySelector('form[data-draft="' + entry.name + '"]');
  }
  function replay() {
    clearTimeout(timer);
    return mine.then(all).then(function (found) {
      var waiting = found.filter(function (e) { return !e.state && (e.kind === "file" || !here(e)); }).reverse();
      return waiting.reduce(function (before, entry) {
        return before.then(function () { return claim(entry, 0, deliver); });
      }, Promise.resolve());
    }).then(all).then(function (left) {
      tell("change", left);
      show(left.filter(function (e) { return !here(e); }));
      if (left.some(function (e) { return !e.state; })) timer = setTimeout(replay, AGAIN);
    });
  }

  /* --- What is said of it ------------------------------------------------------------------------------------------ */
  function make(tag, text, className) {
    var thing = document.createElement(tag);
    thing.textContent = text;
    if (className) thing.className = className;
    return thing;
  }
  function show(left) {
    var box = document.querySelector("[data-outbox]");
    if (!box) return;
    box.hidden = !left.length;
    box.replaceChildren();
    if (!left.length) return;
    var notice = make("section", "", "notice notice--warn"), list = make("ul", "");
    notice.append(make("h2", words.heading), list);
    box.append(notice);
    left.forEach(function (entry) {
      var item = make("li", ""), link = make("a", entry.title), drop = make("button", words.drop, "btn btn--quiet btn--small");
      link.href = entry.page;
      drop.type = "button";
      drop.addEventListener("click", function () {
        if (window.confirm(words.dropAsk)) remove(entry.id).then(replay);
      });
      item.append(link, " – ", make("span", (entry.state === "refused" && entry.message) || words[entry.state || "waiting"]), " ", drop);
      list.append(item);
    });
  }
  document.addEventListener("outbox:sent", function (event) {
    var entry = event.detail.entry;
    if (!here(entry) && location.pathname.indexOf(entry.page) === 0) location.reload(); /* it shows what was there before */
  });

  /* Signing out takes everything away, after asking where something would be lost. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.dataset.emptied || !/\/accounts\/logout\/$/.test(form.getAttribute("action") || location.pathname)) return;
    event.preventDefault();
    tell("leaving");
    all().then(function (found) {
      if (found.length && !window.confirm(words.signOut)) return;
      var go = function () { form.dataset.emptied = "1"; form.submit(); };
      return clear().then(go, go);
    });
  });

  window.lmsOutbox = {
    put: put, remove: remove, all: function () { return mine.then(all); }, hold: hold, claim: claim, post: post, random: random,
    token: token, same: same, replay: replay, local: local,
  };
  window.addEventListener("online", replay);
  document.addEventListener("DOMContentLoaded", function () { setTimeout(replay, 200); });
})();
