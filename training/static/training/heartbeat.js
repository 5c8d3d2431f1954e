/* Tells the server that the lesson is being read. The server alone counts; this script only says "still here".
   A beat every 30 s while the page is visible and its reader was active within the last 60 s. */
(function () {
  "use strict";
  var form = document.querySelector("[data-heartbeat]");
  if (!form || !window.fetch) return;
  var EVERY = 30000, IDLE = 60000, RETRY = [3000, 6000, 12000, 24000];
  var text = form.querySelector("[data-heartbeat-text]");
  var meter = form.querySelector("[data-heartbeat-meter]");
  var state = form.querySelector("[data-heartbeat-state]");
  var again = form.querySelector("[data-heartbeat-again]");
  var token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  var visit = "", timer = 0, retries = 0, sending = false, stopped = false, idle = false, lastActivity = Date.now();

  function body(active, leaving) {
    var data = new FormData();
    data.append("csrfmiddlewaretoken", token);
    if (visit) data.append("visit", visit);
    data.append("active", active ? "1" : "0");
    if (leaving) data.append("leaving", "1");
    return data;
  }

  function say(words) {
    if (state.textContent !== words) state.textContent = words;
  }

  function stop(words, offer) {
    stopped = true;
    clearTimeout(timer);
    say(words);
    again.hidden = !offer;
  }

  function plan(after) {
    clearTimeout(timer);
    if (!stopped && !document.hidden) timer = setTimeout(tick, after);
  }

  function show(answer) {
    if (answer.counted) text.textContent = answer.counted;
    if (answer.minutes !== undefined) meter.value = answer.minutes;
    if (answer.state === "taken_over") return stop(form.dataset.takenOver, true);
    if (answer.state === "ended") return stop(answer.message || form.dataset.ended, false);
    visit = answer.state === "closed" ? "" : answer.visit;
    if (answer.state === "closed") return send(true);
    if (answer.state === "complete") meter.parentElement.classList.add("meter--ok");
    say(idle ? form.dataset.paused : answer.state === "complete" ? form.dataset.complete : answer.saved);
    plan(EVERY);
  }

  function failed() {
    say(form.dataset.offline);
    plan(RETRY[Math.min(retries++, RETRY.length - 1)]);
  }

  function send(active) {
    if (sending || stopped) return;
    sending = true;
    fetch(form.action, { method: "POST", body: body(active), credentials: "same-origin", redirect: "manual" })
      .then(function (response) {
        sending = false;
        if (response.type === "opaqueredirect" || response.status === 403) return stop(form.dataset.loggedOut, true);
        if (response.status === 404) return stop(form.dataset.ended, false);
        if (!response.ok && response.status !== 409) return failed();
        return response.json().then(function (answer) { retries = 0; show(answer); });
      })
      .catch(function () { sending = false; failed(); });
  }

  function tick() {
    var active = Date.now() - lastActivity < IDLE;
    if (idle && !active) return plan(EVERY);  // nobody there: no need to tell again
    idle = !active;
    send(active);
  }

  function noticed() {
    lastActivity = Date.now();
    if (!idle) return;
    idle = false;
    if (visit) send(false);  // back after a pause: the pause itself does not count
  }

  ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "scroll"].forEach(function (name) {
    document.addEventListener(name, noticed, { passive: true });
  });
  document.addEventListener("lms:activity", noticed);  // work inside a SCORM activity, which has a page of its own
  document.addEventListener("timeupdate", noticed, true);  // a playing video is activity
  document.addEventListener("visibilitychange", function () {
    if (stopped) return;
    if (document.hidden) {
      clearTimeout(timer);
      if (visit && !idle) navigator.sendBeacon(form.action, body(true, true));
    } else {
      lastActivity = Date.now();
      idle = false;
      send(false);  // without a visit this opens one; with one, the time away does not count
    }
  });
  window.addEventListener("pagehide", function () {
    if (visit && !stopped && !document.hidden) navigator.sendBeacon(form.action, body(!idle, true));
    clearTimeout(timer);
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted && !stopped) { lastActivity = Date.now(); send(false); }
  });
  window.addEventListener("online", function () { if (!stopped && !document.hidden) send(true); });
  again.addEventListener("click", function () {
    again.hidden = true;
    stopped = false;
    idle = false;
    visit = "";
    lastActivity = Date.now();
    send(true);
  });

  if (!document.hidden) send(true);
})();
