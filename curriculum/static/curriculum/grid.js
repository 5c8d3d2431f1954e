/* Comforts of the syllabus grids: rows move by dragging or by their arrows, one more row, totals as one types.
   Everything works without: places are numbers, and the server adds up. */
(function () {
  "use strict";

  function hundredths(text) {
    var found = /^\s*(\d{1,4})(?:\.(\d{0,2}))?\s*$/.exec(text);
    return found ? Number(found[1]) * 100 + Number(((found[2] || "") + "00").slice(0, 2)) : 0;
  }
  function plain(value) {
    var text = Math.floor(value / 100) + "." + String(value % 100).padStart(2, "0");
    return text.replace(/\.00$/, "").replace(/(\.\d)0$/, "$1");
  }
  function addUp(block) {
    var all = 0, required = 0;
    block.querySelectorAll("[data-row]").forEach(function (row) {
      var hours = row.querySelector("[name$='-hours']"), gone = row.querySelector("[name$='-remove']");
      var needed = row.querySelector("[name$='-required']");
      if (!hours || (gone && gone.checked)) return;
      all += hundredths(hours.value);
      if (needed && needed.checked) required += hundredths(hours.value);
    });
    block.querySelectorAll("[data-total]").forEach(function (place) { place.textContent = plain(all); });
    block.querySelectorAll("[data-total-required]").forEach(function (place) { place.textContent = plain(required); });
  }
  function number(rows) {
    rows.querySelectorAll("[data-row]").forEach(function (row, place) {
      row.querySelector("[name$='-position']").value = place + 1;
    });
    rows.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function move(row, step) {
    var rows = row.parentElement, other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    rows.insertBefore(step < 0 ? row : other, step < 0 ? other : row);
    number(rows);
  }

  function ready(row) {
    var tools = row.querySelector("[data-move]");
    if (!tools) return;
    tools.hidden = false;
    [["[data-up]", -1], ["[data-down]", 1]].forEach(function (pair) {
      var button = row.querySelector(pair[0]);
      button.addEventListener("click", function () { move(row, pair[1]); button.focus(); });
    });
    draggable(row, row.querySelector("[data-drag]"));
  }
  /* By pointer events, so that a finger drags as well as a mouse. A row may be let go in another module's table. */
  function draggable(row, handle) {
    function follow(event) {
      var found = document.elementFromPoint(event.clientX, event.clientY), under = found && found.closest("[data-row]");
      if (!under || under === row || under.closest("[data-grid]") !== row.closest("[data-grid]")) return;
      var box = under.getBoundingClientRect();
      under.parentElement.insertBefore(row, event.clientY > box.top + box.height / 2 ? under.nextElementSibling : under);
    }
    handle.addEventListener("pointerdown", function (event) {
      if (event.button) return;
      var before = row.parentElement;
      function drop() {
        document.removeEventListener("pointermove", follow);
        document.removeEventListener("pointerup", drop);
        document.removeEventListener("pointercancel", drop);
        var now = row.parentElement, module = row.querySelector("[name$='-module']");
        row.classList.remove("is-dragged");
        if (now !== before && module) module.value = now.dataset.module;
        number(before);
        number(now);
      }
      event.preventDefault();
      row.classList.add("is-dragged");
      document.addEventListener("pointermove", follow);
      document.addEventListener("pointerup", drop);
      document.addEventListener("pointercancel", drop);
    });
  }
  function addRow(block) {
    var rows = block.querySelector("[data-rows]"), blanks = rows.querySelectorAll("[data-new]");
    var last = blanks[blanks.length - 1];
    if (!last) return;
    var fresh = last.cloneNode(true);
    var highest = Math.max.apply(null, Array.prototype.map.call(blanks, function (row) {
      return Number(/^tn-\d+-(\d+)-/.exec(row.querySelector("[name]").name)[1]);
    }));
    fresh.querySelectorAll("[name], [id], [for]").forEach(function (part) {
      ["name", "id", "for"].forEach(function (attribute) {
        var value = part.getAttribute(attribute);
        if (value) part.setAttribute(attribute, value.replace(/(tn-\d+-)\d+(-)/, "$1" + (highest + 1) + "$2"));
      });
    });
    fresh.querySelectorAll(".cell-error").forEach(function (part) { part.remove(); });
    fresh.querySelectorAll("input[type='text']").forEach(function (input) { input.value = ""; });
    rows.appendChild(fresh);
    ready(fresh);
    number(rows);
    fresh.querySelector("[name$='-code']").focus();
  }

  document.querySelectorAll("[data-grid]").forEach(function (form) {
    form.querySelectorAll("[data-row]").forEach(ready);
    form.querySelectorAll("[data-block]").forEach(function (block) {
      addUp(block);
      block.addEventListener("input", function () { addUp(block); });
      var add = block.querySelector("[data-add]");
      if (!add) return;
      add.hidden = !block.querySelector("[data-new]");
      add.addEventListener("click", function () { addRow(block); });
    });
    var typed = false;
    form.addEventListener("input", function () { typed = true; });
    form.addEventListener("submit", function () { typed = false; });
    window.addEventListener("beforeunload", function (event) { if (typed) event.preventDefault(); });
  });
})();
