/* The comment bank beside a marking sheet: opened for one comment, searched while typing, walked with the arrow keys. What is
   inserted is an ordinary change of the form, so that it saves itself. */
(function () {
  "use strict";
  var dialog = document.querySelector("[data-bank]"), form = document.querySelector("[data-sheet]");
  if (!dialog || !form || !dialog.showModal) return;
  var search = dialog.querySelector("[type=search]"), list = dialog.querySelector(".bank"), status = dialog.querySelector("[data-bank-status]");
  var fresh = dialog.querySelector("[data-bank-new]"), target = null, criterion = "";

  function buttons() {
    return Array.from(list.querySelectorAll("li:not([hidden]) [data-bank-text]"));
  }
  function show() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean), shown = 0;
    list.querySelectorAll("li").forEach(function (row) {
      var text = row.querySelector("[data-bank-text]").textContent.toLowerCase();
      var fits = !row.dataset.criterion || row.dataset.criterion === criterion;
      row.hidden = !(fits && words.every(function (word) { return text.indexOf(word) >= 0; }));
      shown += row.hidden ? 0 : 1;
    });
    status.textContent = dialog.dataset.bankCount.replace("%(count)s", shown);
  }
  function open(area) {
    var list = area.closest("[data-top]");
    target = area;
    criterion = list ? area.name.replace("comment.", "") : area.dataset.criterion || "";
    list = list || document.getElementById("criterion-" + criterion);
    dialog.querySelector("[data-bank-title]").textContent = list ? list.querySelector(".band-list__title").textContent : "";
    search.value = "";
    fresh.hidden = !area.value.trim();
    dialog.querySelector("[data-bank-quote]").textContent = area.value.trim().slice(0, 80);
    show();
    dialog.showModal();
    search.focus();
  }
  function insert(text) {
    var from = target.selectionStart, before = target.value.slice(0, from), after = target.value.slice(target.selectionEnd);
    var gap = before && !/\s$/.test(before) ? "\n" : "";
    dialog.close();
    target.value = before + gap + text + after;
    target.focus();
    target.selectionStart = target.selectionEnd = (before + gap + text).length;
    target.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function add(shared) {
    var body = new FormData(), token = form.querySelector("[name=csrfmiddlewaretoken]");
    body.append("csrfmiddlewaretoken", token.value);
    body.append("criterion", criterion);
    body.append("text", target.value);
    body.append("shared", shared);
    fetch(dialog.dataset.bankKeep, { method: "POST", body: body, credentials: "same-origin" })
      .then(function (response) { return response.json().then(function (answer) { return [response.status, answer]; }); })
      .then(function (got) {
        status.textContent = got[1].message;
        if (got[0] !== 200) return;
        list.querySelectorAll("li").forEach(function (row) {
          if (row.dataset.criterion === got[1].criterion && row.querySelector("[data-bank-text]").textContent === got[1].text) row.remove();
        });
        var row = dialog.querySelector("[data-bank-row]").content.cloneNode(true).querySelector("li");
        row.dataset.criterion = got[1].criterion;
        row.querySelector("[data-bank-text]").textContent = got[1].text;
        row.querySelector("[data-bank-shared]").hidden = !got[1].shared;
        list.prepend(row);
        fresh.hidden = true;
        search.focus();
      })
      .catch(function () { status.textContent = form.dataset.offline; });
  }

  search.addEventListener("input", show);
  dialog.addEventListener("keydown", function (event) {
    if (event.isComposing) return;
    var all = buttons(), at = all.indexOf(document.activeElement);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (document.activeElement !== search && at < 0) return;
      event.preventDefault();
      var next = at + (event.key === "ArrowDown" ? 1 : -1);
      if (next < 0) search.focus();
      else if (all[next]) all[next].focus();
    } else if (event.key === "Enter" && document.activeElement === search && all.length) {
      event.preventDefault();
      insert(all[0].textContent);
    }
  });
  dialog.addEventListener("click", function (event) {
    var chosen = event.target.closest("[data-bank-text]"), keep = event.target.closest("[data-bank-add]");
    if (chosen) insert(chosen.textContent);
    else if (keep) add(keep.dataset.bankAdd);
    else if (event.target.closest("[data-bank-close]")) dialog.close();
  });
  /* The browser gives the focus back itself, at once; "close" comes later, when somebody may have gone on already. */
  dialog.addEventListener("close", function () { if (target && document.activeElement === document.body) target.focus(); });
  form.querySelectorAll("[data-bank-open]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { open(document.getElementById(button.dataset.bankOpen)); });
  });
  /* "b" opens it for the criterion one is at, Ctrl+B from within a comment too. */
  form.addEventListener("bank:open", function (event) { open(event.detail); });
})();
