/* The running total under the rubric. The server computes the mark; this is a help for the eye. */
(function () {
  "use strict";
  var form = document.querySelector("[data-sheet]");
  var place = form && form.querySelector("[data-total]");
  if (!place) return;
  function show() {
    var done = 0, given = 0, top = 0, lists = form.querySelectorAll("[data-top]");
    lists.forEach(function (list) {
      top += Number(list.dataset.top);
      var chosen = list.querySelector("input[type=radio]:checked");
      if (!chosen) return;
      done += 1;
      given += Number(chosen.value);
    });
    place.textContent = place.dataset.words
      .replace("%(done)s", done).replace("%(all)s", lists.length)
      .replace("%(total)s", done === lists.length ? String(Math.round((given / top) * 10000) / 100) : "–");
  }
  form.addEventListener("input", show);
  form.addEventListener("change", show);
  form.addEventListener("draft:restored", show);
  show();
})();
