/* Rows of an ordered list moved by pointer; the order is what the form sends. Arrow buttons work without this file. */
(function () {
  "use strict";
  document.querySelectorAll("[data-order-list]").forEach(function (list) {
    var row = null;
    list.querySelectorAll("[data-order-handle]").forEach(function (handle) {
      handle.classList.add("is-ready");
      handle.addEventListener("pointerdown", function (event) {
        row = handle.closest("[data-order-row]");
        row.classList.add("is-moving");
        handle.setPointerCapture(event.pointerId);
        event.preventDefault();
      });
      handle.addEventListener("pointermove", function (event) {
        if (!row) return;
        var others = Array.prototype.filter.call(list.children, function (one) { return one !== row; });
        var next = others.find(function (one) {
          var box = one.getBoundingClientRect();
          return event.clientY < box.top + box.height / 2;
        });
        if (next !== row.nextElementSibling) list.insertBefore(row, next || null);
      });
      ["pointerup", "pointercancel"].forEach(function (name) {
        handle.addEventListener(name, function () {
          if (row) row.classList.remove("is-moving");
          row = null;
        });
      });
    });
  });
})();
