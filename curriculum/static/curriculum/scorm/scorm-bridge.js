/* Runs inside a package's own page, in an origin of its own. Makes the SCORM interface (scorm-again 3.4.3, MIT) and tells
   the lesson page around it what the package saved. What the package may know stands in the frame's name. */
(function () {
  "use strict";
  var config = null, around = window.parent, last = "", tick = 0;
  try { config = JSON.parse(window.name); } catch (error) { config = null; }

  function memory() {
    var kept = {};
    return {
      getItem: function (key) { return Object.prototype.hasOwnProperty.call(kept, key) ? kept[key] : null; },
      setItem: function (key, value) { kept[key] = String(value); },
      removeItem: function (key) { delete kept[key]; },
      clear: function () { kept = {}; },
      key: function (place) { return Object.keys(kept)[place] || null; },
      get length() { return Object.keys(kept).length; }
    };
  }
  ["localStorage", "sessionStorage"].forEach(function (name) {
    try { window[name].length; } catch (error) { Object.defineProperty(window, name, { value: memory() }); }
  });
  try { document.cookie; } catch (error) {
    var jar = "";
    Object.defineProperty(document, "cookie", { get: function () { return jar; },
      set: function (text) { jar = String(text).split(";")[0]; } });
  }
  if (!config || config.lms !== "scorm") return;

  var old = config.version === "1.2";
  var Interface = old ? window.Scorm12API : window.Scorm2004API;
  var api = new Interface({ autocommit: false, logLevel: 5 });
  api.loadFromJSON({ cmi: config.cmi }, "");
  if (old) window.API = api; else window.API_1484_11 = api;
  // Packages look for the interface in the windows around theirs, which this one can't reach.
  var nearest = { API: window.API, API_1484_11: window.API_1484_11, document: document, location: window.location };
  nearest.parent = nearest.top = nearest.self = nearest;
  try { Object.defineProperty(window, "parent", { value: nearest, configurable: true }); } catch (error) { /* as it is */ }

  function tell(kind, more) {
    var message = { lms: "scorm", block: config.block, kind: kind };
    for (var name in more || {}) message[name] = more[name];
    around.postMessage(message, config.origin);
  }
  function now() { return JSON.stringify(api.renderCMIToJSONObject().cmi); }
  function save() {
    var text = now();
    if (text === last) return;
    last = text;
    config.cmi = JSON.parse(text);
    tell("commit", { cmi: config.cmi });
    window.name = JSON.stringify(config);  // the next page of the same package goes on from here
  }
  last = now();
  (old ? ["LMSCommit", "LMSFinish"] : ["Commit", "Terminate"]).forEach(function (name) { api.on(name, save); });
  setInterval(save, 5000);
  window.addEventListener("pagehide", save);
  ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "scroll"].forEach(function (name) {
    document.addEventListener(name, function () {
      if (Date.now() - tick > 5000) { tick = Date.now(); tell("activity"); }
    }, { passive: true, capture: true });
  });
  document.addEventListener("timeupdate", function () {
    if (Date.now() - tick > 5000) { tick = Date.now(); tell("activity"); }
  }, true);
})();
