// What the console's pages do beyond plain HTML. Everything works without it.
// 1. Parts marked data-live follow what happens (live.js).
// 2. Clock times are shown in the reader's own time zone.
// 3. The frame around a mail's body grows to the body's height. The body runs no script: its sandbox and policy forbid it.
// 4. Files and times of a mail that is written (writing.js), files with contacts (contacts.js). Keys (keys.js); buttons that copy; forms that ask before they act (data-ask); lists that a field filters.

import { listen as listenToKeys } from "./keys.js";
import { listen as follow } from "./live.js";
import { listen as listenToContacts } from "./contacts.js";
import { listen as listenToWriting } from "./writing.js";

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

/* Days are those of the reader's own zone. */
function showLocalDays() {
  const calendar = document.getElementById("calendar");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const asked = new URL(location.href);
  if (!calendar || !own || asked.searchParams.has("zone")) return;
  asked.searchParams.set("zone", own);
  location.replace(asked);
}

function fit(frame) {
  const body = frame.contentDocument?.documentElement;
  if (!body) return;
  frame.style.height = "0";
  frame.style.height = `${Math.min(Math.max(body.scrollHeight + 2, 60), 20000)}px`;
}

function fitFrame(frame) {
  const now = () => fit(frame);
  const loaded = () => {
    now();
    // A folded quotation that is opened makes the body longer.
    frame.contentDocument?.addEventListener("toggle", now, true);
  };
  frame.addEventListener("load", loaded);
  if (frame.contentDocument?.readyState === "complete") loaded();
  frame.closest("details")?.addEventListener("toggle", now);
}

function offerCopies(root) {
  for (const button of root.querySelectorAll("button[data-copy]")) {
    if (!navigator.clipboard || !button.hidden) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
  }
}

function fitFrames(root) {
  for (const frame of root.querySelectorAll("iframe.body:not([data-fitted])")) {
    frame.dataset.fitted = "";
    fitFrame(frame);
  }
}

function prepare(root) {
  showLocalTimes(root);
  showLocalDays();
  offerCopies(root);
  fitFrames(root);
  listenToContacts(root);
}

// On a phone the console's parts are wider than the screen. Scrolling the element itself would move where Tab begins.
function showCurrentPart() {
  const current = document.querySelector(".top nav [aria-current]");
  const parts = current?.closest("nav");
  if (parts) parts.scrollLeft = current.offsetLeft - parts.offsetLeft - (parts.clientWidth - current.offsetWidth) / 2;
}

// Parts are followed first: they remember themselves as they were served.
follow(prepare);
prepare(document);
addEventListener("resize", () => document.querySelectorAll("iframe.body").forEach(fit));
listenToKeys();
listenToWriting();
showCurrentPart();
