/* Attaching a file to a draft: it goes into this device's outbox first and from there to the server, so that a closed tab or a
   dropped network loses neither. Without this script, or without a database in the browser, the button posts the form. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-draft]"), outbox = window.lmsOutbox;
  var button = form && form.querySelector("[data-upload]");
  if (!button || !outbox) return;
  var input = form.querySelector("input[type=file]"), words = form.dataset, name = words.draft;
  var list = form.querySelector("[data-files]"), waiting = form.querySelector("[data-files-waiting]");
  var wrong = form.querySelector("[data-files-error]"), direct = false;

  function complain(text) {
    wrong.textContent = text;
    wrong.hidden = !text;
  }
  button.addEventListener("click", function (event) {
    if (direct) return;
    event.preventDefault();
    var file = input.files[0], most = Number(words.maxBytes || 0);
    if (!file) return complain(button.dataset.choose);
    if (most && file.size > most) return complain(words.tooLarge);
    complain("");
    var key = outbox.random();
    var entry = { id: "file:" + key, kind: "file", name: name, title: file.name, page: words.page, url: button.dataset.add,
      at: Date.now(), key: key, file: file };
    outbox.put(entry).then(function (kept) {
      if (!kept) { /* no room here: the ordinary way */
        direct = true;
        return button.click();
      }
      input.value = "";
      draw();
      outbox.replay();
    });
  });

  function draw() {
    return outbox.all().then(function (found) {
      var own = found.filter(function (e) { return e.kind === "file" && e.name === name; });
      waiting.hidden = !own.length;
      waiting.replaceChildren();
      own.forEach(function (entry) {
        var item = document.createElement("li"), drop = document.createElement("button");
        var title = document.createElement("strong"), text = document.createElement("span");
        title.textContent = entry.title;
        text.textContent = " " + (entry.message || waiting.dataset.waiting) + " ";
        text.className = entry.state ? "errorlist" : "small muted";
        drop.type = "button";
        drop.className = "btn btn--quiet btn--small";
        drop.textContent = waiting.dataset.remove;
        drop.addEventListener("click", function () { outbox.remove(entry.id).then(draw); });
        item.append(title, text, drop);
        waiting.append(item);
      });
    });
  }
  document.addEventListener("outbox:change", draw);
  document.addEventListener("outbox:sent", function (event) {
    var entry = event.detail.entry;
    if (entry.kind !== "file" || entry.name !== name) return;
    list.innerHTML = event.detail.answer.html;
    if (event.detail.answer.full) location.reload();
    draw();
  });
  draw();
})();
