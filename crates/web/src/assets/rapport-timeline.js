// <rapport-timeline>: a customer's conversations inside any page. No dependencies.
//   src       the address that POST /api/v1/embed gave, or
//   endpoint  an address of your own server that answers {"url": …}; it is asked again when the view has expired
//   theme     light, dark or nothing (as the reader's system); accent: a colour such as #7a1f5c; label: its name for screen readers
//   max-height  pixels, after which it scrolls inside; without it the element grows with what it shows
customElements.define("rapport-timeline", class extends HTMLElement {
  static observedAttributes = ["src", "endpoint", "theme", "accent", "label", "max-height"];
  #frame = null;
  #tries = 0;
  #hear = (event) => {
    if (!this.#frame || event.source !== this.#frame.contentWindow || event.origin !== new URL(this.#frame.src).origin) return;
    const { rapport, height } = event.data ?? {};
    if (rapport === "ready") this.#tries = 0;
    if (rapport === "over" && this.hasAttribute("endpoint") && this.#tries++ < 3) return this.#show();
    if (rapport && Number.isFinite(height)) {
      const most = Number(this.getAttribute("max-height")) || Infinity;
      this.#frame.style.height = `${Math.max(80, Math.min(height, most))}px`;
    }
    if (rapport) this.dispatchEvent(new CustomEvent(`rapport-${rapport}`, { bubbles: true }));
  };

  connectedCallback() {
    addEventListener("message", this.#hear);
    this.#show();
  }

  disconnectedCallback() {
    removeEventListener("message", this.#hear);
    this.#frame = null;
  }

  attributeChangedCallback(name, before, now) {
    if (before !== now && this.isConnected && this.#frame) this.#show();
  }

  async #address() {
    if (!this.hasAttribute("endpoint")) return this.getAttribute("src");
    const answer = await fetch(this.getAttribute("endpoint"), { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`the endpoint answered ${answer.status}`);
    return (await answer.json()).url;
  }

  async #show() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    try {
      const address = new URL(await this.#address(), location.href);
      const look = new URLSearchParams();
      for (const name of ["theme", "accent"]) if (this.hasAttribute(name)) look.set(name, this.getAttribute(name));
      address.hash = look;
      const frame = document.createElement("iframe");
      frame.title = this.getAttribute("label") ?? "Conversations";
      frame.src = address;
      frame.referrerPolicy = "no-referrer";
      frame.setAttribute("sandbox", "allow-scripts allow-same-origin");
      frame.style.cssText = "display:block;width:100%;border:0;height:160px;color-scheme:normal";
      root.replaceChildren(frame);
      this.#frame = frame;
    } catch (error) {
      const words = document.createElement("p");
      words.setAttribute("role", "alert");
      words.textContent = "The conversations cannot be shown right now.";
      root.replaceChildren(words);
      this.dispatchEvent(new CustomEvent("rapport-error", { bubbles: true, detail: error }));
    }
  }
});
