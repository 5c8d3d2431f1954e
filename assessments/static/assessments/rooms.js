/* A room asks every few seconds whether anything has changed (an ETag, mostly 304), and then takes over the fresh page. What is
   being typed stays as long as it is still one's turn. Without this script the page is read again by hand or every 20 s. */
(function () {
  "use strict";
  var room = document.getElementById("room"), tag = room && '"' + room.dataset.version + '"', failed = 0, typed = false;
  if (!room) return;

  function later() {
    var seconds = document.hidden ? 10 : 3;
    window.setTimeout(ask, 1000 * Math.min(60, seconds * Math.pow(2, failed)));
  }

  function ask() {
    fetch(room.dataset.state, { credentials: "same-origin", cache: "no-store", headers: { "If-None-Match": tag } }).then(function (answer) {
      failed = 0;
      offline(false);
      if (answer.status === 304) return later();
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json().then(function (state) { return state.over ? location.assign(room.dataset.url) : look(); });
    }).catch(function () {
      failed += 1;
      if (failed > 1) offline(true);
      later();
    });
  }

  function look() {
    return fetch(room.dataset.url, { credentials: "same-origin", cache: "no-store" }).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text();
    }).then(function (text) {
      var page = new DOMParser().parseFromString(text, "text/html"), fresh = page.getElementById("room");
      if (!fresh || fresh.hasAttribute("data-over")) return location.assign(room.dataset.url);
      var mine = document.getElementById("move"), still = fresh.querySelector("#move"), live = document.getElementById("room-live");
      if (mine && still && typed) live.replaceWith(fresh.querySelector("#room-live"));
      else {
        room.querySelector(".stack").replaceWith(fresh.querySelector(".stack"));
        typed = false;
        if (still) { document.title = "● " + document.title.replace(/^● /, ""); still.scrollIntoView({ block: "nearest" }); }
        else document.title = document.title.replace(/^● /, "");
      }
      ["room-leave", "room-line"].forEach(function (name) {
        document.getElementById(name).replaceWith(page.getElementById(name));
      });
      tag = '"' + fresh.dataset.version + '"';
      later();
    });
  }

  function offline(yes) {
    var words = document.getElementById("room-offline");
    if (words) words.hidden = !yes;
  }

  document.addEventListener("input", function (event) { if (event.target.closest("#move")) typed = true; });
  window.setInterval(function () {
    var clock = document.querySelector(".turn__clock"), left = clock && Number(clock.dataset.seconds) - 1;
    if (!clock || left < 0) return;
    clock.dataset.seconds = left;
    var hours = Math.floor(left / 3600), minutes = Math.floor(left / 60) % 60, two = function (n) { return (n < 10 ? "0" : "") + n; };
    var words = (hours ? hours + ":" + two(minutes) : minutes) + ":" + two(left % 60);
    clock.textContent = clock.textContent.replace(/\d+(:\d\d)+/, words);
  }, 1000);
  later();
})();
