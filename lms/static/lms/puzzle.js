// Finds the answer to the page's puzzle (lms/lib/puzzle.py), a slice at a time so that the page stays usable. A form that is sent
// before it is found waits for it.
if (typeof Hashes !== "undefined") document.querySelectorAll("[data-puzzle]").forEach((box) => {
  const { nonce, bits, ready } = box.dataset, answer = box.querySelector("[name=puzzle_answer]");
  const form = box.closest("form"), text = new TextEncoder(), wanted = Number(bits);
  let asked = false, at = 0;
  const zeros = (hash) => {
    let count = 0;
    for (const byte of hash) {
      if (byte) return count + Math.clz32(byte) - 24;
      count += 8;
    }
    return count;
  };
  function work() {
    for (const end = performance.now() + 40; performance.now() < end; at++) {
      if (zeros(Hashes.sha256(text.encode(`${nonce}:${at}`))) < wanted) continue;
      answer.value = String(at);
      box.querySelector("[data-puzzle-says]").textContent = ready;
      if (asked && form.requestSubmit) form.requestSubmit();
      else if (asked) form.submit();
      return;
    }
    setTimeout(work, 0);
  }
  form.addEventListener("submit", (event) => {
    if (answer.value) return;
    asked = true;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  work();
});
