/* Notes on a place of a page of a file. With the mouse: draw a rectangle on the picture. By keyboard or finger: "p", or the button
   below a page, puts a rectangle on it; arrow keys move it, with Shift they change its size, Page Up and Page Down go to another
   page, Enter writes the note, Escape leaves. What is written is a note like the others (notes.js), so it saves itself with them.
   Places are whole ten-thousandths of the page. The rectangles are drawn by attributes, never by styles. */
(function () {
  "use strict";
  var form = document.querySelector("[data-sheet]"), work = document.querySelector(".sheet__work");
  if (!form || !work || !form.querySelector("[name=notes]")) return;
  var SVG = "http://www.w3.org/2000/svg", WHOLE = 10000, STEP = 200, LEAST = 100;
  var say = document.querySelector("[data-note-said]"), words = form.querySelector("[data-notes-box]").dataset;
  var known = [], sheet = null, region = null, from = null;

  function pages(file) {
    return Array.from((file || work).querySelectorAll("[data-page]"));
  }
  function fileOf(page) { return page.closest("[data-note-file]"); }
  function passageOf(page) { return "file." + fileOf(page).dataset.noteFile; }
  function copyOf(page) { return page.closest("[data-copy]").dataset.copy; }
  function numberOf(page) { return Number(page.dataset.page); }
  function element(name, attributes) {
    var made = document.createElementNS(SVG, name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    return made;
  }
  function box(page, edges, kind) {
    var size = page.querySelector("svg").viewBox.baseVal, x = edges[0] * size.width / WHOLE, y = edges[1] * size.height / WHOLE;
    return element("rect", { class: "region " + kind, x: x, y: y, width: (edges[2] - edges[0]) * size.width / WHOLE,
      height: (edges[3] - edges[1]) * size.height / WHOLE });
  }
  /* Everything that is known of a page, and the rectangle that is being placed. */
  function draw(page) {
    var svg = page.querySelector("svg"), size = svg.viewBox.baseVal;
    svg.textContent = "";
    known.forEach(function (note, place) {
      if (!note.region || note.passage !== passageOf(page) || note.start !== numberOf(page) || note.copy !== copyOf(page)) return;
      svg.append(box(page, note.region, "region--kept"));
      var label = element("text", { class: "region__number", x: note.region[0] * size.width / WHOLE + 6,
        y: note.region[1] * size.height / WHOLE + 40, "font-size": 40 });
      label.textContent = place + 1;
      svg.append(label);
    });
    if (page === sheet && region) svg.append(box(page, region, "region--now"));
  }
  function told() {
    return words.regionWords.replace("%(page)s", numberOf(sheet)).replace("%(left)s", Math.round(region[0] / 100))
      .replace("%(top)s", Math.round(region[1] / 100)).replace("%(width)s", Math.round((region[2] - region[0]) / 100))
      .replace("%(height)s", Math.round((region[3] - region[1]) / 100));
  }
  function bar(page, open) {
    page.querySelector("[data-region-begin]").hidden = open;
    page.querySelector("[data-region-now]").hidden = !open;
    page.classList.toggle("is-marking", open);
  }
  function begin(page, edges) {
    leave();
    sheet = page;
    region = edges || [2500, 2000, 7500, 4000];
    bar(page, true);
    draw(page);
    page.querySelector("[data-region-layer]").focus({ preventScroll: true });
    page.querySelector("rect.region--now").scrollIntoView({ block: "nearest" });
    say.textContent = told();
  }
  function leave() {
    var page = sheet;
    sheet = region = from = null;
    if (!page) return;
    bar(page, false);
    draw(page);
    say.textContent = "";
  }
  function write() {
    var page = sheet, edges = region, file = fileOf(page), number = numberOf(page);
    leave();
    form.dispatchEvent(new CustomEvent("note:add", { detail: { passage: passageOf(page), start: number, end: number,
      quote: file.dataset.noteName + ", " + number, text: "", region: edges, copy: copyOf(page) } }));
  }
  function move(dx, dy) {
    dx = Math.max(-region[0], Math.min(WHOLE - region[2], dx));
    dy = Math.max(-region[1], Math.min(WHOLE - region[3], dy));
    region = [region[0] + dx, region[1] + dy, region[2] + dx, region[3] + dy];
  }
  function resize(dx, dy) {
    region[2] = Math.max(region[0] + STEP, Math.min(WHOLE, region[2] + dx));
    region[3] = Math.max(region[1] + STEP, Math.min(WHOLE, region[3] + dy));
  }
  function otherPage(step) {
    var all = pages(), next = all[all.indexOf(sheet) + step];
    if (next) begin(next, region);
  }
  var WAYS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

  document.addEventListener("keydown", function (event) {
    var at = event.target;
    if (!sheet || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !at.closest("[data-region-layer]")) return;
    var way = WAYS[event.key];
    if (way) (event.shiftKey ? resize : move)(way[0], way[1]);
    else if (event.key === "PageDown") otherPage(1);
    else if (event.key === "PageUp") otherPage(-1);
    else if (event.key === "Enter") write();
    else if (event.key === "Escape") {
      var button = sheet.querySelector("[data-region-begin]");
      leave();
      button.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
    if (!sheet) return;
    draw(sheet);
    sheet.querySelector("rect.region--now").scrollIntoView({ block: "nearest" });
    say.textContent = told();
  }, true);

  /* The mouse draws at once; a finger only on a page where a place is being marked, so that others still scroll. */
  function place(layer, event) {
    var frame = layer.getBoundingClientRect();
    function part(at, start, length) { return Math.max(0, Math.min(WHOLE, Math.round((at - start) / length * WHOLE))); }
    return [part(event.clientX, frame.left, frame.width), part(event.clientY, frame.top, frame.height)];
  }
  function between(a, b) {
    return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];
  }
  function pressed(event) {
    var layer = event.currentTarget, page = layer.closest("[data-page]");
    if (event.button || (event.pointerType !== "mouse" && page !== sheet)) return;
    event.preventDefault();
    layer.setPointerCapture(event.pointerId);
    from = { layer: layer, page: page, at: place(layer, event) };
  }
  function dragged(event) {
    if (!from || event.currentTarget !== from.layer) return;
    var edges = between(from.at, place(from.layer, event));
    if (edges[2] - edges[0] < LEAST || edges[3] - edges[1] < LEAST) return;
    if (sheet !== from.page) {
      var kept = from;
      begin(from.page, edges);
      from = kept;
    }
    region = edges;
    draw(sheet);
  }
  function released(event) {
    if (!from || event.currentTarget !== from.layer) return;
    var drawn = sheet === from.page && !event.type.endsWith("cancel") && event.pointerType === "mouse";
    var edges = between(from.at, place(from.layer, event));
    from = null;
    if (drawn && edges[2] - edges[0] >= LEAST && edges[3] - edges[1] >= LEAST) write();
  }
  function drawn(look) {
    if (!look.querySelector("[data-copy]")) return;
    pages(look).forEach(function (page) {
      var layer = page.querySelector("[data-region-layer]");
      if (!layer) return;
      page.querySelector("[data-region-begin]").addEventListener("click", function () { begin(page); });
      page.querySelector("[data-region-write]").addEventListener("click", write);
      page.querySelector("[data-region-leave]").addEventListener("click", function () {
        leave();
        page.querySelector("[data-region-begin]").focus();
      });
      layer.addEventListener("pointerdown", pressed);
      layer.addEventListener("pointermove", dragged);
      layer.addEventListener("pointerup", released);
      layer.addEventListener("pointercancel", released);
      bar(page, false);
      draw(page);
    });
  }
  /* What has to happen once the pictures of a file are there. */
  function whenThere(file, then) {
    var details = file.querySelector("details");
    if (pages(file).length) return then();
    file.addEventListener("look:drawn", function once() {
      if (!pages(file).length) return;
      file.removeEventListener("look:drawn", once);
      then();
    });
    details.open = true;
  }

  work.addEventListener("look:drawn", function (event) { drawn(event.target); });
  form.addEventListener("notes:drawn", function (event) {
    known = event.detail;
    pages().forEach(function (page) { if (page.querySelector("[data-region-layer]")) draw(page); });
  });
  form.addEventListener("region:begin", function () {
    var at = document.activeElement, file = (at && at.closest("[data-note-file]")) || work.querySelector("[data-note-file]");
    if (!file) return;
    file.querySelector("details").open = true;
    whenThere(file, function () {
      var first = pages(file).find(function (page) { return page.querySelector("[data-region-layer]"); });
      if (first) begin(first);
    });
  });
  form.addEventListener("region:show", function (event) {
    var note = event.detail, file = work.querySelector('[data-note-file="' + note.passage.replace("file.", "") + '"]');
    if (!file) return;
    file.querySelector("details").open = true;
    whenThere(file, function () {
      var page = pages(file).find(function (found) { return numberOf(found) === note.start; });
      if (page) page.scrollIntoView({ block: "nearest" });
    });
  });
})();
