/* Notes on passages of the work. With the mouse: select, then "note". By keyboard: "a" begins, left and right walk
   by sentence (Shift takes one more), up and down by field; "a" or Enter writes, Escape leaves. The notes are one hidden field of the form, so they save themselves with it.
   A passage is an element [data-passage] that holds nothing but its text. */
(function () {
  "use strict";
  var form = document.querySelector("[data-sheet]"), field = form && form.querySelector("[name=notes]");
  if (!field) return;
  var work = document.querySelector(".sheet__work"), bar = document.querySelector("[data-note-bar]"), list = form.querySelector("[data-notes]");
  var row = form.querySelector("[data-note-row]"), say = document.querySelector("[data-note-said]"), empty = form.querySelector("[data-notes-empty]");
  var passages = Array.from(work.querySelectorAll("[data-passage]")), sentences = [], from = -1, to = -1;
  var plainTexts = passages.map(function (passage) { return passage.textContent; });

  function points(text) { return Array.from(text).length; }
  function notes() {
    try { return JSON.parse(field.value || "[]"); } catch (e) { return []; }
  }
  /* A note with its keys in the order in which the server writes them. */
  function shape(note) {
    var made = { passage: note.passage, start: note.start, end: note.end, quote: note.quote, text: note.text };
    if (note.criterion) made.criterion = note.criterion;
    if (note.region) { made.region = note.region; made.copy = note.copy; }
    return made;
  }
  function keep(found) {
    field.value = found.length ? JSON.stringify(found.map(shape)) : "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function draw() {
    var found = notes();
    passages.forEach(function (passage, place) {
      var letters = Array.from(plainTexts[place]), own = [];
      found.forEach(function (note, number) {
        if (note.passage === passage.dataset.passage) own.push({ number: number + 1, start: note.start, end: Math.min(note.end, letters.length) });
      });
      if (!own.length && !passage.querySelector("mark")) return;
      var cuts = [0, letters.length];
      own.forEach(function (note) { cuts.push(note.start, note.end); });
      cuts = Array.from(new Set(cuts)).sort(function (a, b) { return a - b; });
      passage.textContent = "";
      cuts.slice(0, -1).forEach(function (begin, index) {
        var end = cuts[index + 1], text = letters.slice(begin, end).join("");
        var over = own.filter(function (note) { return note.start <= begin && end <= note.end; });
        if (!over.length) return passage.append(text);
        var mark = document.createElement("mark");
        mark.textContent = text;
        var last = over.filter(function (note) { return note.end === end; }).map(function (note) { return note.number; });
        if (last.length) mark.dataset.notes = last.join(",");
        passage.append(mark);
      });
    });
    list.textContent = "";
    found.forEach(function (note, number) {
      var item = row.content.cloneNode(true).querySelector("li"), area = item.querySelector("textarea");
      item.querySelector("[data-note-number]").textContent = number + 1;
      item.querySelector("[data-note-quote]").textContent = note.quote;
      area.value = note.text;
      area.id = "note-" + number;
      item.querySelector("label").htmlFor = area.id;
      area.addEventListener("input", function (event) {
        var now = notes();
        event.stopPropagation();
        now[number].text = area.value;
        keep(now);
      });
      var choice = item.querySelector("[data-note-criterion]"), show = item.querySelector("[data-note-show]");
      choice.value = area.dataset.criterion = note.criterion || "";
      choice.addEventListener("change", function (event) {
        var now = notes();
        event.stopPropagation();
        now[number].criterion = area.dataset.criterion = choice.value;
        keep(now);
      });
      choice.addEventListener("input", function (event) { event.stopPropagation(); });
      item.querySelector("[data-note-bank]").addEventListener("click", function () {
        form.dispatchEvent(new CustomEvent("bank:open", { detail: area }));
      });
      show.hidden = !note.region;
      show.addEventListener("click", function () { form.dispatchEvent(new CustomEvent("region:show", { detail: note })); });
      item.querySelector("[data-note-drop]").addEventListener("click", function () {
        var now = notes();
        now.splice(number, 1);
        keep(now);
        draw();
        list.parentNode.querySelector("h3").focus();
      });
      list.append(item);
    });
    empty.hidden = found.length > 0;
    form.dispatchEvent(new CustomEvent("notes:drawn", { detail: found }));
  }
  /* The selection as a place in one passage, or null. */
  function selected() {
    var chosen = getSelection(), range = chosen.rangeCount && !chosen.isCollapsed && chosen.getRangeAt(0);
    var start = range && range.startContainer.parentElement && range.startContainer.parentElement.closest("[data-passage]");
    if (!start || !start.contains(range.endContainer)) return null;
    var before = document.createRange();
    before.selectNodeContents(start);
    before.setEnd(range.startContainer, range.startOffset);
    var place = points(before.toString()), quote = range.toString();
    return { passage: start.dataset.passage, start: place, end: place + points(quote), quote: Array.from(quote).slice(0, 600).join(""), text: "" };
  }
  function add(note) {
    var found = notes();
    if (!note || found.length >= 60) return;
    found.push(note);
    keep(found);
    getSelection().removeAllRanges();
    leave();
    draw();
    var area = list.lastElementChild.querySelector("textarea");
    area.scrollIntoView({ block: "nearest" });
    area.focus();
  }

  /* Sentence by sentence. */
  function split() {
    sentences = [];
    passages.forEach(function (passage, place) {
      var found, pattern = /[^。！？!?；;\n]+[。！？!?；;]*/g;
      while ((found = pattern.exec(plainTexts[place]))) {
        if (found[0].trim()) sentences.push({ passage: passage, start: found.index, end: found.index + found[0].length });
      }
    });
  }
  function node(passage, offset) {
    var walker = document.createTreeWalker(passage, NodeFilter.SHOW_TEXT), at;
    while ((at = walker.nextNode())) {
      if (offset <= at.length) return [at, offset];
      offset -= at.length;
    }
    return [passage, passage.childNodes.length];
  }
  function walk(next, longer) {
    if (!sentences.length) split();
    if (!sentences.length) return;
    next = Math.max(0, Math.min(sentences.length - 1, next));
    if (!longer || sentences[next].passage !== sentences[from].passage) from = next;
    if (longer && sentences[next].passage !== sentences[from].passage) return;
    to = next;
    var passage = sentences[from].passage, range = document.createRange();
    var a = node(passage, sentences[from].start), b = node(passage, sentences[to].end);
    range.setStart(a[0], a[1]);
    range.setEnd(b[0], b[1]);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    passage.scrollIntoView({ block: "nearest" });
    say.textContent = range.toString();
  }
  /* The first sentence of the next or previous field; a table is one field. */
  function otherField(step) {
    function name(place) { return sentences[place].passage.dataset.passage.split(".")[0]; }
    var at = to, own = name(to);
    while (sentences[at] && name(at) === own) at += step;
    if (!sentences[at]) return to;
    for (own = name(at); step < 0 && sentences[at - 1] && name(at - 1) === own;) at -= 1;
    return at;
  }
  function leave() {
    from = to = -1;
    say.textContent = "";
  }

  document.addEventListener("keydown", function (event) {
    if (to < 0 || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Shift") return;
    if (event.key === "ArrowRight") walk(to + 1, event.shiftKey);
    else if (event.key === "ArrowLeft") walk(to - 1, false);
    else if (event.key === "ArrowDown") walk(otherField(1), false);
    else if (event.key === "ArrowUp") walk(otherField(-1), false);
    else if (event.key === "Enter" || event.key === "a") add(selected());
    else {
      leave();
      getSelection().removeAllRanges();
      if (event.key !== "Escape") return;
    }
    event.preventDefault();
  }, true);
  form.addEventListener("note:begin", function () {
    var chosen = selected();
    if (chosen) return add(chosen);
    work.focus({ preventScroll: true });
    walk(0, false);
  });
  document.addEventListener("selectionchange", function () {
    bar.hidden = !selected();
  });
  bar.addEventListener("mousedown", function (event) { event.preventDefault(); /* the selection stays */ });
  bar.addEventListener("click", function () { add(selected()); });
  work.querySelectorAll("[data-note-page]").forEach(function (box) {
    var file = box.closest("[data-note-file]").dataset;
    box.hidden = false;
    box.querySelector("button").addEventListener("click", function () {
      var page = Math.max(1, Math.min(9999, parseInt(box.querySelector("input").value, 10) || 1));
      add({ passage: "file." + file.noteFile, start: page, end: page, quote: file.noteName + ", " + page, text: "" });
    });
  });
  form.addEventListener("draft:restored", draw);
  form.addEventListener("note:add", function (event) { add(event.detail); }); /* of a place on a page (regions.js) */
  form.querySelector("[data-notes-box]").hidden = false;
  draw();
})();
