/* The marking desk without a mouse. Single keys work only while nothing is being typed, and can be switched off in the help ("?").
   [data-key="x"]: x goes there (a folded part opens, a link or field gets the focus); with [data-press] it is clicked. In the sheet
   j and k walk through the criteria, digits choose a band, c goes to the comment, Escape comes back from it. */
(function () {
  "use strict";
  var help = document.querySelector("[data-keys-help]"), form = document.querySelector("[data-sheet]");
  var lists = form ? Array.from(form.querySelectorAll("[data-top]")) : [], place = -1;
  var OFF = "lms-keys-off";

  function off() {
    try { return localStorage.getItem(OFF) === "1"; } catch (e) { return false; }
  }
  function typing(at) {
    return at && (at.isContentEditable || /^(TEXTAREA|SELECT)$/.test(at.tagName) ||
      (at.tagName === "INPUT" && !/^(radio|checkbox|button|submit|file)$/.test(at.type)));
  }
  function radios(list) {
    return Array.from(list.querySelectorAll("input[type=radio]"));
  }
  function here() {
    var at = document.activeElement && document.activeElement.closest("[data-top]");
    if (at) place = lists.indexOf(at);
    return place;
  }
  function go(to) {
    place = Math.max(0, Math.min(lists.length - 1, to));
    var found = radios(lists[place]), target = found.find(function (radio) { return radio.checked; }) || found[0];
    lists[place].scrollIntoView({ block: "start" });
    target.focus({ preventScroll: true });
  }
  function choose(digit) {
    if (here() < 0) place = Math.max(0, lists.findIndex(function (list) { return !list.querySelector(":checked"); }));
    var radio = radios(lists[place])[digit - 1];
    if (!radio) return;
    radio.focus();
    if (radio.checked) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("input", { bubbles: true }));
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function visit(target) {
    if (target.tagName === "DETAILS") {
      target.open = true;
      target = target.querySelector("summary");
    }
    target.scrollIntoView({ block: "nearest" });
    target.focus();
    if (target.hasAttribute("data-press")) target.click();
  }
  function comment() {
    return lists[Math.max(0, here())].querySelector("textarea");
  }
  function bank(area) {
    form.dispatchEvent(new CustomEvent("bank:open", { detail: area }));
  }

  document.addEventListener("keydown", function (event) {
    if (event.isComposing || event.defaultPrevented || event.altKey || document.querySelector("dialog[open]")) return;
    var at = document.activeElement, review = form && form.querySelector("[name=review]");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && review) {
      event.preventDefault();
      form.requestSubmit(review);
      return;
    }
    if ((event.ctrlKey || event.metaKey) && event.key === "b" && lists.length) {
      event.preventDefault();
      bank(at && at.tagName === "TEXTAREA" && form.contains(at) ? at : comment());
      return;
    }
    if (event.ctrlKey || event.metaKey) return;
    if (typing(at)) {
      if (event.key === "Escape" && at.closest("[data-top]")) go(here());
      else if (event.key === "Escape" && form && form.contains(at)) at.blur();
      return;
    }
    if (off()) return;
    var target = /^[a-z?]$/.test(event.key) && document.querySelector('[data-key="' + event.key + '"]');
    if (event.key === "?" && help) help.showModal();
    else if (target) visit(target);
    else if (lists.length && event.key === "j") go(here() + 1);
    else if (lists.length && event.key === "k") go(here() - 1);
    else if (lists.length && event.key === "c") comment().focus();
    else if (lists.length && event.key === "a") form.dispatchEvent(new Event("note:begin"));
    else if (lists.length && event.key === "p") form.dispatchEvent(new Event("region:begin"));
    else if (lists.length && event.key === "b") bank(comment());
    else if (lists.length && /^[1-9]$/.test(event.key)) choose(Number(event.key));
    else return;
    event.preventDefault();
  });
  document.addEventListener("focusin", here);

  document.querySelectorAll("[data-keys-only]").forEach(function (thing) { thing.hidden = false; });
  if (form) form.classList.toggle("has-keys", !off());
  if (!help) return;
  document.querySelectorAll("[data-keys-open]").forEach(function (button) {
    button.addEventListener("click", function () { help.showModal(); });
  });
  var box = help.querySelector("[data-keys-switch]");
  box.checked = !off();
  box.addEventListener("change", function () {
    try { localStorage.setItem(OFF, box.checked ? "0" : "1"); } catch (e) { /* for this page only */ }
    if (form) form.classList.toggle("has-keys", box.checked);
  });
})();
