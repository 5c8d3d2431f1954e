/* Small comforts; every page works without them. Loaded in <head> so that the chosen theme is there before the first paint. */
(function () {
  "use strict";
  var root = document.documentElement;
  var KEY = "lms-theme";

  function kept() {
    try { return localStorage.getItem(KEY); } catch (e) { return null; }
  }
  function keep(theme) {
    try { localStorage.setItem(KEY, theme); } catch (e) { /* private mode: the choice lasts for this page */ }
  }
  var theme = kept();
  if (theme === "light" || theme === "dark") root.setAttribute("data-theme", theme);

  function isDark() {
    var chosen = root.getAttribute("data-theme");
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-theme-switch]").forEach(function (button) {
      button.classList.add("is-ready");
      button.setAttribute("aria-pressed", String(isDark()));
      button.addEventListener("click", function () {
        var next = isDark() ? "light" : "dark";
        root.setAttribute("data-theme", next);
        keep(next);
        button.setAttribute("aria-pressed", String(next === "dark"));
      });
    });

    var summary = document.querySelector(".error-summary");
    if (summary) summary.focus();
  });

  /* "/" goes to the search box, unless one is writing. */
  document.addEventListener("keydown", function (event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    var at = document.activeElement;
    if (at && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName))) return;
    var boxes = Array.prototype.slice.call(document.querySelectorAll(".search-form input[type=search], [data-search]"));
    var box = boxes.find(function (input) { return input.offsetParent !== null; });
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });

  /* Menus close on Escape and on a click elsewhere. */
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
  document.addEventListener("click", function (event) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  /* The meaning of a key term closes on Escape, and opens again when it is come back to. */
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll(".term:is(:hover, :focus-within)").forEach(function (term) {
      term.setAttribute("data-closed", "");
      ["mouseleave", "focusout"].forEach(function (name) {
        term.addEventListener(name, function () { term.removeAttribute("data-closed"); }, { once: true });
      });
    });
  });

  /* [data-confirm] asks first; [data-once] is sent once (the server refuses a second one anyway). */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    var words = (event.submitter && event.submitter.dataset.confirm) || form.dataset.confirm;
    if (words && !window.confirm(words)) {
      event.preventDefault();
      return;
    }
    if (!form.hasAttribute("data-once")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    });
  });

  /* [data-autosubmit] on a select inside a GET form. */
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
  });
})();
