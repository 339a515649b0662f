// Parts of a page that follow what happens. A part says where its HTML is (data-live) and which events concern it
// (data-live-on: beginnings of their types, separated by spaces; none: all), perhaps only those about one thing
// (data-live-about: its id; what the part holds under its id counts too). Something in it may say how often it is fetched
// though nothing was told, as long as that is there (data-live-every, in milliseconds). In a part that is data-live-keyed each child has an id: one that has not changed
// stays as it is, with what the reader has opened in it and the frames that it holds.
// One tab of the browser holds the stream of changes and tells the others, so that ten tabs cost one connection. Where
// there is no stream, the parts are fetched again every few seconds while somebody looks.

const STREAM = "/api/v1/changes/stream";
const PAUSE_MS = 1500; // between two fetches of one part
const ALONE_MS = 8000; // without a stream
const SLOWLY_MS = 45000; // with one, for what only time changes
const SILENT_MS = 60000; // after which a stream counts as gone

let heard = -Infinity;

function focusKey(part) {
  const focused = document.activeElement;
  if (!focused || !part.contains(focused)) return null;
  return focused.id ? `#${CSS.escape(focused.id)}` : focused.getAttribute("href") && `a[href="${CSS.escape(focused.getAttribute("href"))}"]`;
}

async function fetchAgain(part, changed) {
  const answer = await fetch(part.dataset.live, { headers: { Accept: "text/html" }, redirect: "error" });
  if (!answer.ok) return;
  const fresh = document.createElement("template");
  fresh.innerHTML = await answer.text();
  const text = fresh.innerHTML;
  if (text === part.shown || getSelection()?.toString()) return;
  if (part.querySelector("input:focus, textarea:focus, select:focus, dialog[open]")) return;
  const focused = focusKey(part);
  const keyed = "liveKeyed" in part.dataset;
  if (focused === undefined && !keyed) return;
  if (keyed) renewChildren(part, fresh.content);
  else renewAll(part, fresh.content);
  part.shown = text;
  changed(part);
  if (focused) part.querySelector(focused)?.focus({ preventScroll: true });
}

function renewAll(part, fresh) {
  const open = [...part.querySelectorAll("details[open][id]")].map((details) => details.id);
  part.replaceChildren(fresh);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
}

// A child as it was served, whether it is open or not.
function asServed(child) {
  const closed = child.cloneNode(true);
  closed.removeAttribute("open");
  return closed.outerHTML;
}

function renewChildren(part, fresh) {
  const known = part.served;
  part.served = servedChildren(fresh);
  for (const old of [...part.children]) if (!part.served.has(old.id)) old.remove();
  let place = part.firstElementChild;
  for (const child of [...fresh.children]) {
    const old = part.querySelector(`:scope > #${CSS.escape(child.id)}`);
    if (!old) part.insertBefore(child, place);
    else if (known.get(child.id) !== part.served.get(child.id)) {
      child.open = old.open;
      if (place === old) place = old.nextElementSibling;
      old.replaceWith(child);
    } else if (place === old) place = old.nextElementSibling;
  }
}

const servedChildren = (parent) => new Map([...parent.children].map((child) => [child.id, asServed(child)]));

function concerns(part, { type, subject }) {
  const wanted = (part.dataset.liveOn ?? "").split(" ").filter(Boolean);
  if (wanted.length && !wanted.some((beginning) => type.startsWith(beginning))) return false;
  const about = part.dataset.liveAbout;
  return !about || about === subject || part.querySelector(`#${CSS.escape(subject)}`) !== null;
}

// What somebody has just done may be done before this page listens: then it looks once more by itself.
const hasActed = performance.getEntriesByType("navigation")[0]?.redirectCount > 0;

function keepLive(part, changed) {
  let due = hasActed ? 1 : 0;
  let busy = false;
  let last = performance.now();
  part.shown = part.innerHTML;
  part.served = servedChildren(part);
  const look = async () => {
    const now = performance.now();
    const period = Number(part.querySelector("[data-live-every]")?.dataset.liveEvery) || (now - heard < SILENT_MS ? SLOWLY_MS : ALONE_MS);
    const wanted = (due && now - last >= PAUSE_MS) || now - last >= period;
    if (busy || !wanted || document.visibilityState !== "visible" || !part.isConnected) return;
    [busy, due, last] = [true, 0, now];
    await fetchAgain(part, changed).catch(() => {});
    busy = false;
  };
  setInterval(look, 500);
  document.addEventListener("visibilitychange", look);
  return (word) => {
    if (concerns(part, word)) due = 1;
  };
}

// Holds the stream for as long as this tab lives; the others wait for the lock.
function holdStream(tell) {
  return new Promise((given) => {
    const source = new EventSource(STREAM);
    const alive = () => tell({ alive: true });
    source.addEventListener("open", alive);
    source.addEventListener("heartbeat", alive);
    source.addEventListener("change", (message) => {
      const { type = "", subject = "" } = JSON.parse(message.data);
      tell({ alive: true, type, subject });
    });
    // A refused stream (signed out, none here) is closed by the browser for good.
    source.addEventListener("error", () => source.readyState === EventSource.CLOSED && given());
  });
}

export function listen(changed) {
  const parts = [...document.querySelectorAll("[data-live]")].map((part) => keepLive(part, changed));
  if (!parts.length && !document.querySelector("[data-changes]")) return;
  const note = (word) => {
    if (word.alive) heard = performance.now();
    if (word.type) parts.forEach((mark) => mark(word));
  };
  if (!navigator.locks || !window.BroadcastChannel || !window.EventSource) return;
  const channel = new BroadcastChannel("rapport-changes");
  channel.addEventListener("message", (message) => note(message.data));
  const tell = (word) => {
    note(word);
    channel.postMessage(word);
  };
  navigator.locks.request("rapport-changes", () => holdStream(tell)).catch(() => {});
}
