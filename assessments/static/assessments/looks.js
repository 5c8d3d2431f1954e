/* Looks at handed-in files: fetched when they are opened, asked for again while they are being prepared. Without this script the
   link below the name shows the same. */
(function () {
  "use strict";
  function load(box, address) {
    fetch(address, { credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text();
    }).then(function (html) {
      box.innerHTML = html;
      box.dispatchEvent(new Event("look:drawn", { bubbles: true }));
      var waiting = box.querySelector("[data-look-waiting]");
      if (waiting && box.parentNode.open) setTimeout(function () { load(box, address); }, 3000);
    }).catch(function () { if (box.parentNode.open) setTimeout(function () { load(box, address); }, 10000); });
  }
  document.addEventListener("toggle", function (event) {
    var details = event.target, box = details.querySelector && details.querySelector("[data-look]");
    if (!box || !details.open || box.dataset.loaded) return;
    box.dataset.loaded = "1";
    load(box, box.dataset.look);
  }, true);
})();
