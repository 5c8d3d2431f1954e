// The preview follows what is typed, without saving it. Without this, saving the draft shows it.
document.querySelectorAll("form[data-preview]").forEach((form) => {
  const picture = document.getElementById("preview-picture");
  const said = document.getElementById("preview-said");
  let timer = 0;
  let turn = 0;
  const draw = async () => {
    const mine = ++turn;
    picture.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) });
      if (mine !== turn) return;
      if (answer.ok) {
        const reader = new FileReader();
        reader.onload = () => {
          if (mine !== turn) return;
          picture.src = reader.result;
          said.textContent = "";
        };
        reader.readAsDataURL(await answer.blob());
      } else {
        said.textContent = answer.status === 422 ? await answer.text() : form.dataset.failed;
      }
    } catch {
      if (mine === turn) said.textContent = form.dataset.failed;
    } finally {
      if (mine === turn) picture.removeAttribute("aria-busy");
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(draw, 500);
  });
});
