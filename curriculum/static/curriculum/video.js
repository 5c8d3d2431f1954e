/* Films of a lesson: chapters that jump, and players of other sites, which are asked for only when the reader says so.
   Without this script a film plays with the browser's own controls, and its chapters stand as text. */
(function () {
  "use strict";

  function ready(figure) {
    if (figure.dataset.videoReady) return;
    figure.dataset.videoReady = "1";
    var place = figure.querySelector("[data-video-place]");
    var play = figure.querySelector("[data-video-play]");
    var film = figure.querySelector("video"), frame = null, marks = [];

    /* Puts the other site's player where the question stood. at: seconds to begin with. */
    function open(at) {
      var inside = place.querySelector("template").content.firstElementChild.cloneNode(true);
      if (inside.tagName === "IFRAME") {
        frame = inside;
        frame.src = address(at);
      } else {
        film = inside;
        follow();
        if (at) film.addEventListener("loadedmetadata", function () { film.currentTime = at; }, { once: true });
      }
      place.replaceChildren(inside);
      place.classList.remove("video__elsewhere");
      inside.tabIndex = 0;
      inside.focus();
      if (film) start();
    }

    function address(at) {
      var found = frame.dataset.player, name = frame.dataset.start;
      return at && name ? found + "&" + name + "=" + at : found;
    }

    function start() {
      var promise = film.play();
      if (promise) promise.catch(function () { /* the reader presses play */ });
    }

    function jump(at) {
      if (film) {
        film.currentTime = at;
        start();
      } else if (frame) {
        if (frame.dataset.start) frame.src = address(at);
      }
    }

    function follow() {
      film.addEventListener("timeupdate", function () {
        var now = -1;
        marks.forEach(function (mark, place) { if (mark.at <= film.currentTime + 0.2) now = place; });
        marks.forEach(function (mark, place) {
          if (place === now) mark.button.setAttribute("aria-current", "true");
          else mark.button.removeAttribute("aria-current");
        });
      });
    }

    var canJump = film || (place && place.querySelector("template").content.querySelector("video, [data-start]:not([data-start=''])"));
    if (canJump) {
      figure.querySelectorAll("[data-video-chapter]").forEach(function (line) {
        var button = document.createElement("button"), at = Number(line.dataset.videoChapter);
        button.type = "button";
        button.className = "video__chapter";
        while (line.firstChild) button.appendChild(line.firstChild);
        line.appendChild(button);
        marks.push({ at: at, button: button });
        button.addEventListener("click", function () {
          if (film || frame) jump(at);
          else if (play) play.focus();  // nothing is asked of the other site before the reader agreed
        });
      });
    }
    if (film) follow();
    if (play) {
      play.hidden = false;
      play.addEventListener("click", function () { open(0); });
    }
  }

  document.querySelectorAll("[data-video]").forEach(ready);
})();
