"""The offline verifier, opened in a browser without a network: what it is given and what it says."""

WITHOUT_ED25519 = """
  const real = SubtleCrypto.prototype.importKey;
  SubtleCrypto.prototype.importKey = function (format, key, algorithm, ...rest) {
    if (algorithm.name === "Ed25519") return Promise.reject(new DOMException("", "NotSupportedError"));
    return real.call(this, format, key, algorithm, ...rest);
  };
"""


class Desk:
    """The opened page, offline, and what it says."""

    def __init__(self, browser, folder, *, without_ed25519: bool = False, name: str = "en.html", script: str = "") -> None:
        self.context = browser.new_context(offline=True, viewport={"width": 390, "height": 800})
        self.page = self.context.new_page()
        self.asked, self.errors = [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        for added in (WITHOUT_ED25519 if without_ed25519 else "", script):
            self.page.add_init_script(added)
        self.page.goto(f"file://{folder}/{name}")
        self.times = 0

    def give(self, *files) -> str:
        """Give files (name, content) to the page; returns its verdict."""
        content = [(name, data.encode() if isinstance(data, str) else data) for name, data in files]
        self.page.set_input_files(
            "#offline-files", [{"name": n, "mimeType": "application/octet-stream", "buffer": d} for n, d in content]
        )
        return self._wait()

    def paste(self, code: str, name: str = "") -> str:
        self.page.fill("#offline-code", code)
        self.page.fill("#offline-name", name)
        self.page.click("button[type=submit]")
        return self._wait()

    def _wait(self) -> str:
        self.times += 1
        self.page.wait_for_selector(f"[data-verifier][data-done='{self.times}']")
        assert not self.errors
        return self.page.get_attribute("[data-verdict]", "data-verdict")

    def code(self, check: str) -> str:
        return self.page.get_attribute(f"[data-check={check}]", "data-code")

    def again(self) -> None:
        self.page.click("button[type=reset]")
