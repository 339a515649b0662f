// The console from the keyboard: `/` search, `j` and `k` through a list, `g` and a letter to a part, `n` and `p` the next page and
// the one before, `u` up, `?` the keys. Lines of lists are marked data-row; links that have a key of their own on a page, data-key.
// Nothing of it acts while somebody types.

const AFTER_G_MS = 1500;
let went = -Infinity;

const types = (element) => element?.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
const visible = (element) => element.getClientRects().length > 0;
const rows = () => [...document.querySelectorAll("main [data-row]")].filter(visible);

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(document.activeElement?.closest("[data-row]") ?? document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
  all[next].focus();
  all[next].scrollIntoView({ block: "nearest" });
}

function follow(selector) {
  const link = [...document.querySelectorAll(selector)].filter(visible).at(-1);
  if (link) link.click();
}

function search() {
  const field = document.querySelector("main form[role=search] input[type=search]");
  if (field) {
    field.focus();
    field.select();
  } else location.assign("/search#q");
}

function showKeys() {
  const dialog = document.getElementById("keys");
  if (dialog?.open) dialog.close();
  else dialog?.showModal();
}

const ACTIONS = {
  "/": search,
  "?": showKeys,
  j: () => move(1),
  k: () => move(-1),
  n: () => follow("main a[rel=next]"),
  p: () => follow("main a[rel=prev]"),
  u: () => follow("main .heading .crumb a"),
};

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && types(document.activeElement)) return document.activeElement.blur();
  if (types(event.target) || (document.querySelector("dialog[open]") && event.key !== "?")) return;
  if (performance.now() - went < AFTER_G_MS) {
    went = -Infinity;
    const link = document.querySelector(`.top nav a[data-go="${CSS.escape(event.key)}"]`);
    if (link) return location.assign(link.href);
  }
  if (event.key === "g") went = performance.now();
  const own = `main a[data-key="${CSS.escape(event.key)}"]`;
  const action = ACTIONS[event.key] ?? (document.querySelector(own) && (() => follow(own)));
  if (!action) return;
  event.preventDefault();
  action();
}

export function listen() {
  document.addEventListener("keydown", pressed);
  const button = document.getElementById("show-keys");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", showKeys);
  }
}
