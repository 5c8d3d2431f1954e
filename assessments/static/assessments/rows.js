/* Rows of a table in the work product: added and removed on the page. Without this script the buttons post the form. */
(function () {
  "use strict";
  var CELL = "textarea, input, select";

  function rowsOf(box) {
    return Array.prototype.slice.call(box.querySelectorAll(".rows > .row"));
  }

  function renumber(box) {
    rowsOf(box).forEach(function (row, index) {
      row.querySelector(".row__number").textContent = String(index + 1);
      row.querySelectorAll(CELL).forEach(function (cell) {
        cell.name = cell.name.replace(/\.\d+\.([\w-]+)$/, "." + index + ".$1");
      });
      var remove = row.querySelector("[data-remove-row]");
      remove.value = remove.value.replace(/\.\d+$/, "." + index);
      [row, remove].forEach(function (thing) {
        thing.setAttribute("aria-label", thing.getAttribute("aria-label").replace(/\d+/, String(index + 1)));
      });
    });
  }

  function add(box) {
    var list = box.querySelector(".rows"), template = list.querySelector("template");
    list.insertBefore(template.content.cloneNode(true), template);
    renumber(box);
    return rowsOf(box).pop();
  }

  function changed(box) {
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-add-row], [data-remove-row]");
    var box = button && button.closest("[data-rows]");
    if (!box) return;
    event.preventDefault();
    if (button.hasAttribute("data-add-row")) {
      add(box).querySelector(CELL).focus();
      return;
    }
    var rows = rowsOf(box), row = button.closest(".row"), place = rows.indexOf(row);
    if (rows.length === 1) {
      row.querySelectorAll(CELL).forEach(function (cell) { cell.value = ""; });
    } else {
      row.remove();
      renumber(box);
    }
    var next = rowsOf(box)[Math.min(place, rowsOf(box).length - 1)];
    next.querySelector(CELL).focus();
    changed(box);
  });

  /* Totals below a table, as the server computes them: rows that are totals themselves are left out. */
  var TOTAL = /^(合计|总计|小计|共计|总和|total|sum|subtotal)/i;
  function amount(text) {
    var plain = text.normalize("NFKC").replace(/,/g, "").trim();
    return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? plain : "0";
  }
  /* Added as whole numbers of the smallest place, so that 0.1 and 0.2 make 0.3. */
  function sum(texts) {
    var places = Math.max.apply(null, texts.map(function (t) { return (t.split(".")[1] || "").length; }).concat(0));
    var scale = Math.pow(10, places);
    var total = texts.reduce(function (so, t) { return so + Math.round(Number(t) * scale); }, 0);
    return String(Number((total / scale).toFixed(places)));
  }
  function addUp(box) {
    box.querySelectorAll("[data-total-of]").forEach(function (place) {
      var texts = [];
      rowsOf(box).forEach(function (row) {
        var first = Array.prototype.find.call(row.querySelectorAll(CELL), function (c) { return c.value.trim(); });
        var cell = row.querySelector('[data-adds="' + place.dataset.totalOf + '"]');
        if (cell && !(first && TOTAL.test(first.value.trim()))) texts.push(amount(cell.value));
      });
      place.textContent = sum(texts);
    });
  }
  document.addEventListener("input", function (event) {
    var box = event.target.closest("[data-rows]");
    if (box) addUp(box);
  });

  /* A restored draft may have more rows than the page. */
  document.addEventListener("draft:restore", function (event) {
    event.target.querySelectorAll("[data-rows]").forEach(function (box) {
      var key = box.querySelector("[data-add-row]").value, most = 0;
      event.detail.forEach(function (pair) {
        var parts = pair[0].split(".");
        if (parts[0] === "f" && parts[1] === key && parts.length === 4) most = Math.max(most, Number(parts[2]) + 1);
      });
      for (var count = rowsOf(box).length; count < Math.min(most, 60); count++) add(box);
      rowsOf(box).forEach(function (row) {
        row.querySelectorAll(CELL).forEach(function (cell) { cell.value = ""; });
      });
    });
  });

  document.addEventListener("draft:restored", function (event) {
    event.target.querySelectorAll("[data-rows]").forEach(addUp);
  }, true);

  /* How much of the allowed length is used. */
  function count(field) {
    var words = document.getElementById("count-" + field.id.replace(/^field-/, ""));
    if (!words) return;
    var used = Array.from(field.value).length, limit = Number(field.dataset.limit);
    words.textContent = used + " / " + limit;
    words.classList.toggle("is-over", used > limit);
  }
  document.querySelectorAll("[data-limit]").forEach(count);
  document.addEventListener("input", function (event) {
    if (event.target.dataset && event.target.dataset.limit) count(event.target);
  });
})();
