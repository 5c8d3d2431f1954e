/* News of a case breaks in while the page is open: the page asks again when something may have happened. Without this script
   the news stands there after the next step. What is being typed or chosen stays as it is. */
(function () {
  "use strict";
  var box = document.getElementById("news");

  function wait(seconds) {
    window.setTimeout(look, Math.max(1, seconds + 1) * 1000);
  }

  function look() {
    fetch(location.href, { credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text();
    }).then(function (text) {
      var page = new DOMParser().parseFromString(text, "text/html"), fresh = page.getElementById("news");
      if (!fresh) { location.reload(); return; }
      if (fresh.children.length !== box.children.length) {
        box.replaceChildren.apply(box, Array.prototype.slice.call(fresh.children));
        var gauges = document.querySelector(".gauges"), now = page.querySelector(".gauges");
        if (gauges && now) gauges.replaceWith(now);
      }
      if (fresh.dataset.newsIn) wait(Number(fresh.dataset.newsIn));
    }).catch(function () { wait(30); });
  }

  if (box && box.dataset.newsIn) wait(Number(box.dataset.newsIn));
})();
