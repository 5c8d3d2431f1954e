/* What is typed into a form stays in this browser until the server has it: <form data-keep="name">. The page that follows clears
   it by data-keep-done="name". */
(function () {
  "use strict";
  var done = document.querySelector("[data-keep-done]"), form = document.querySelector("form[data-keep]");
  function store(action, key, value) {
    try { return value === undefined ? localStorage[action](key) : localStorage[action](key, value); } catch (e) { return null; }
  }
  if (done) store("removeItem", "lms-keep:" + done.dataset.keepDone);
  if (!form) return;
  var name = "lms-keep:" + form.dataset.keep, kept = [];
  try { kept = JSON.parse(store("getItem", name) || "[]"); } catch (e) { kept = []; }
  kept.forEach(function (pair) {
    Array.from(form.elements).forEach(function (field) {
      if (field.name !== pair[0]) return;
      if (field.type === "radio") field.checked = field.value === pair[1];
      else if (!field.value) {
        field.value = pair[1];
        if (pair[1]) form.querySelector("[data-kept]").hidden = false;
      }
    });
  });
  form.addEventListener("input", function () {
    var pairs = Array.from(new FormData(form)).filter(function (pair) {
      return pair[0] !== "csrfmiddlewaretoken" && typeof pair[1] === "string";
    });
    store("setItem", name, JSON.stringify(pairs));
  });
})();
