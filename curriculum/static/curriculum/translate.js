/* Saves each part while its translator types; the page works as an ordinary form without it. What could not be sent stays
   in this browser and is sent when the page is opened again. */
(function () {
  "use strict";
  var form = document.querySelector("[data-translate]");
  if (!form) return;
  var token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  var parts = Array.prototype.slice.call(form.querySelectorAll("[data-segment]")).filter(function (s) {
    return s.querySelector("textarea");
  });
  var WAIT = 1200, AGAIN = 8000;

  function keep(key, value) {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
    } catch (e) { /* private mode */ }
  }
  function kept(key) {
    try { return JSON.parse(localStorage.getItem(key)); } catch (e) { return null; }
  }

  function setUp(section) {
    var area = section.querySelector("textarea");
    var number = section.querySelector("input[type=hidden]");
    var done = section.querySelector("input[type=checkbox]");
    var state = section.querySelector("[data-segment-state]");
    var problems = section.querySelector("[data-segment-problems]");
    var preview = section.querySelector("[data-segment-preview]");
    var copy = section.querySelector("[data-segment-copy]");
    var key = "translate:" + section.dataset.segment;
    var timer = null, sending = false, dirty = false, stopped = false;

    function changed() {
      dirty = true;
      keep(key, { text: area.value, number: number.value, done: done.checked });
      clearTimeout(timer);
      timer = setTimeout(send, WAIT);
    }

    function send() {
      clearTimeout(timer);
      if (!dirty || sending || stopped) return;
      sending = true;
      dirty = false;
      state.textContent = form.dataset.saving;
      var body = new FormData();
      body.append("csrfmiddlewaretoken", token);
      body.append("target", area.value);
      body.append("number", number.value);
      body.append("done", done.checked ? "1" : "0");
      fetch(section.dataset.segment, { method: "POST", body: body, credentials: "same-origin", redirect: "error" })
        .then(function (response) {
          if (response.status === 409) return response.json().then(conflict);
          if (!response.ok) throw new Error(String(response.status));
          return response.json().then(saved);
        })
        .catch(function () {
          dirty = true;
          state.textContent = form.dataset.offline;
          timer = setTimeout(send, AGAIN);
        })
        .then(function () {
          sending = false;
          if (dirty && !stopped) { clearTimeout(timer); timer = setTimeout(send, WAIT); }
        });
    }

    function saved(answer) {
      number.value = answer.number;
      if (!dirty) keep(key, null);
      state.textContent = answer.saved;
      section.className = "tseg tseg--" + answer.status;
      section.querySelector("[data-segment-status]").textContent = answer.label;
      problems.textContent = "";
      answer.problems.forEach(function (text) {
        var line = document.createElement("li");
        line.textContent = text;
        problems.appendChild(line);
      });
      if (answer.problems.length) { done.checked = false; area.setAttribute("aria-invalid", "true"); }
      else area.removeAttribute("aria-invalid");
      if (preview) preview.innerHTML = answer.html; /* reduced to the allow-list by the server */
    }

    function conflict(answer) {
      stopped = true;
      state.textContent = form.dataset.conflict + " " + answer.theirs;
      number.value = answer.number; /* saving the whole form now is a decision */
    }

    area.addEventListener("input", changed);
    done.addEventListener("change", function () { changed(); send(); });
    area.addEventListener("blur", send);
    if (copy) {
      copy.hidden = false;
      copy.addEventListener("click", function () {
        area.value = section.querySelector("[data-segment-source]").textContent;
        changed();
        area.focus();
      });
    }
    area.addEventListener("keydown", function (event) {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        done.checked = true;
        changed();
        send();
        go(section, 1, true);
      } else if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        event.preventDefault();
        go(section, event.key === "ArrowDown" ? 1 : -1, false);
      }
    });

    var before = kept(key);
    if (before && before.text !== area.value) {
      if (String(before.number) === number.value) {
        area.value = before.text;
        done.checked = before.done;
        state.textContent = form.dataset.restored;
        dirty = true;
        timer = setTimeout(send, WAIT);
      }
    } else if (before) keep(key, null);
    return { open: function () { return dirty || sending; }, send: send };
  }

  function go(section, step, openOnly) {
    for (var i = parts.indexOf(section) + step; i >= 0 && i < parts.length; i += step) {
      if (openOnly && parts[i].querySelector("input[type=checkbox]").checked) continue;
      parts[i].querySelector("textarea").focus();
      return;
    }
  }

  var segments = parts.map(setUp);
  var leaving = false;
  form.addEventListener("submit", function () { leaving = true; parts.forEach(function (s) { keep("translate:" + s.dataset.segment, null); }); });
  window.addEventListener("beforeunload", function (event) {
    if (!leaving && segments.some(function (s) { return s.open(); })) event.preventDefault();
  });
})();
