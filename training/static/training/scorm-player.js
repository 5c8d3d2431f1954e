/* Puts each SCORM activity into a sandboxed frame and hands its reports to the server, one after the other. */
(function () {
  "use strict";
  var source = document.getElementById("scorm-activities");
  if (!source) return;
  var form = document.querySelector("[data-scorm-save]");
  var url = form.dataset.scormSave, offline = form.dataset.offline;
  var token = form.querySelector("[name=csrfmiddlewaretoken]").value;

  function uuid() {  // crypto.randomUUID is missing on plain http
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, function (byte) { return byte.toString(16).padStart(2, "0"); }).join("");
  }

  JSON.parse(source.textContent).forEach(function (activity) {
    var section = document.querySelector('[data-scorm="' + activity.block + '"]');
    if (!section) return;
    var place = section.querySelector("[data-scorm-place]"), line = section.querySelector("[data-scorm-state]");
    var frame = document.createElement("iframe"), session = uuid();
    var number = activity.number, waiting = null, sending = false, stopped = !activity.saving;
    frame.setAttribute("sandbox", "allow-scripts allow-forms");
    frame.className = "scorm__frame";
    frame.title = activity.title;
    frame.name = JSON.stringify({ lms: "scorm", block: activity.block, version: activity.version, cmi: activity.cmi,
      origin: location.origin });
    frame.src = activity.src;
    place.replaceChildren(frame);
    line.textContent = activity.state;

    function next() {
      if (sending || stopped || !waiting) return;
      var report = waiting;
      sending = true;
      var text = JSON.stringify({ block: activity.block, number: number, key: report.key, session: session, cmi: report.cmi });
      fetch(url, { method: "POST", body: text, credentials: "same-origin", redirect: "manual", keepalive: text.length < 60000,
        headers: { "Content-Type": "application/json", "X-CSRFToken": token } })
        .then(function (response) {
          if (response.status >= 500 || response.status === 408 || response.status === 429) throw new Error("later");
          if (response.type === "opaqueredirect") { stopped = true; line.textContent = offline; return null; }
          return response.json().then(function (answer) {
            sending = false;
            if (waiting === report) waiting = null;
            if (response.status === 409) stopped = true;
            if (response.ok) number = answer.number;
            line.textContent = response.ok ? answer.state : answer.message;
            next();
          });
        })
        .catch(function () {  // the same report with the same key: kept once, however often it is sent
          line.textContent = offline;
          setTimeout(function () { sending = false; next(); }, 4000);
        });
    }

    window.addEventListener("message", function (event) {
      var said = event.data;
      if (event.source !== frame.contentWindow || !said || said.lms !== "scorm" || said.block !== activity.block) return;
      if (said.kind === "activity") document.dispatchEvent(new Event("lms:activity"));
      if (said.kind !== "commit" || typeof said.cmi !== "object") return;
      waiting = { key: uuid(), cmi: said.cmi };
      next();
    });
  });
})();
