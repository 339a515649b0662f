// Parts of a page that follow what happens. A part says where its HTML is (data-live) and which events concern it
// (data-live-on: beginnings of their types, separated by spaces; none: all).
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
  const text = await answer.text();
  if (text === part.shown || getSelection()?.toString()) return;
  const focused = focusKey(part);
  if (focused === undefined || part.querySelector("input:focus, textarea:focus, select:focus, dialog[open]")) return;
  const open = [...part.querySelectorAll("details[open][id]")].map((details) => details.id);
  part.innerHTML = text;
  part.shown = text;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  changed(part);
  if (focused) part.querySelector(focused)?.focus({ preventScroll: true });
}

function concerns(part, type) {
  const wanted = (part.dataset.liveOn ?? "").split(" ").filter(Boolean);
  return !wanted.length || wanted.some((beginning) => type.startsWith(beginning));
}

function keepLive(part, changed) {
  let due = 0;
  let busy = false;
  let last = performance.now();
  const look = async () => {
    const now = performance.now();
    const period = now - heard < SILENT_MS ? SLOWLY_MS : ALONE_MS;
    const wanted = (due && now - last >= PAUSE_MS) || now - last >= period;
    if (busy || !wanted || document.visibilityState !== "visible" || !part.isConnected) return;
    [busy, due, last] = [true, 0, now];
    await fetchAgain(part, changed).catch(() => {});
    busy = false;
  };
  setInterval(look, 500);
  document.addEventListener("visibilitychange", look);
  return (type) => {
    if (concerns(part, type)) due = 1;
  };
}

// Holds the stream for as long as this tab lives; the others wait for the lock.
function holdStream(tell) {
  return new Promise((given) => {
    const source = new EventSource(STREAM);
    const alive = () => tell({ alive: true });
    source.addEventListener("open", alive);
    source.addEventListener("heartbeat", alive);
    source.addEventListener("change", (message) => tell({ alive: true, type: JSON.parse(message.data).type ?? "" }));
    source.addEventListener("message", (message) => tell({ alive: true, type: JSON.parse(message.data).type ?? "" }));
    // A refused stream (signed out, none here) is closed by the browser for good.
    source.addEventListener("error", () => source.readyState === EventSource.CLOSED && given());
  });
}

export function listen(changed) {
  const parts = [...document.querySelectorAll("[data-live]")].map((part) => keepLive(part, changed));
  if (!parts.length && !document.querySelector("[data-changes]")) return;
  const note = (word) => {
    if (word.alive) heard = performance.now();
    if (word.type) parts.forEach((mark) => mark(word.type));
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
