// What the console's pages do beyond plain HTML. Everything works without it.
// 1. Parts marked data-live are fetched again every few seconds while somebody looks.
// 2. Clock times are shown in the reader's own time zone.
// 3. The frame around a mail's body grows to the body's height. The body runs no script: its sandbox and policy forbid it.

const PERIOD_MS = 4000;
const FORMS = {
  clock: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  day: { day: "numeric", month: "short" },
  year: { day: "numeric", month: "short", year: "numeric" },
  long: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
};

function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[data-form]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.textContent = new Intl.DateTimeFormat("en-GB", FORMS[time.dataset.form]).format(at);
    time.title = at.toLocaleString("en-GB", { dateStyle: "full", timeStyle: "long" });
    delete time.dataset.form;
  }
}

function focusKey(part) {
  const focused = document.activeElement;
  if (!focused || !part.contains(focused)) return null;
  return focused.id ? `#${CSS.escape(focused.id)}` : focused.getAttribute("href") && `a[href="${CSS.escape(focused.getAttribute("href"))}"]`;
}

async function refresh(part) {
  const answer = await fetch(part.dataset.live, { headers: { Accept: "text/html" }, redirect: "error" });
  if (!answer.ok) return;
  const text = await answer.text();
  if (text === part.dataset.text || getSelection()?.toString()) return;
  const focused = focusKey(part);
  if (focused === undefined) return;
  const open = [...part.querySelectorAll("details[open][id]")].map((details) => details.id);
  part.innerHTML = text;
  part.dataset.text = text;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  showLocalTimes(part);
  if (focused) part.querySelector(focused)?.focus({ preventScroll: true });
}

async function keepLive(part) {
  for (;;) {
    await new Promise((done) => setTimeout(done, PERIOD_MS));
    if (document.visibilityState === "visible" && part.isConnected) await refresh(part).catch(() => {});
  }
}

function fit(frame) {
  const body = frame.contentDocument?.documentElement;
  if (!body) return;
  frame.style.height = "0";
  frame.style.height = `${Math.min(Math.max(body.scrollHeight + 2, 60), 20000)}px`;
}

function fitFrames() {
  for (const frame of document.querySelectorAll("iframe.body")) {
    frame.addEventListener("load", () => fit(frame));
    if (frame.contentDocument?.readyState === "complete") fit(frame);
  }
  addEventListener("resize", () => document.querySelectorAll("iframe.body").forEach(fit));
}

showLocalTimes(document);
fitFrames();
document.querySelectorAll("[data-live]").forEach(keepLive);
