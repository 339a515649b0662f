// The embedded timeline: opens threads, goes further back, follows what happens, and tells the page around how tall it is.
const entries = document.querySelector("#entries");
const state = document.querySelector("#state");
const tell = (word) => parent !== window && parent.postMessage({ rapport: word, height: Math.ceil(document.documentElement.getBoundingClientRect().height) }, "*");

// How it looks: from the page around, by the part of the address that no server sees.
const look = new URLSearchParams(location.hash.slice(1));
if (["light", "dark"].includes(look.get("theme"))) document.documentElement.dataset.theme = look.get("theme");
if (/^#[0-9a-f]{6}$/i.test(look.get("accent") ?? "")) document.documentElement.style.setProperty("--accent", look.get("accent"));

new ResizeObserver(() => tell("size")).observe(document.documentElement);
tell(document.querySelector("[data-over]") ? "over" : "ready");

async function get(path, more) {
  const answer = await fetch(`/embed/${path}?${new URLSearchParams({ pass: entries.dataset.pass, ...more })}`, { credentials: "omit" });
  if (answer.status === 403) throw new DOMException("over", "AbortError");
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer;
}

function over() {
  state.textContent = "This view has expired.";
  tell("over");
}

async function open(details) {
  const inside = details.querySelector(".mails");
  try {
    inside.innerHTML = await (await get("thread", { thread: details.dataset.thread })).text();
  } catch (error) {
    if (error.name === "AbortError") over();
    inside.textContent = "It cannot be shown right now. Close and open it to try again.";
  }
}

entries?.addEventListener("toggle", (event) => event.target.open && open(event.target), true);
entries?.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-before]");
  if (!button) return;
  button.disabled = true;
  try {
    const more = await (await get("part", { before: button.dataset.before })).text();
    const place = button.closest(".more");
    place.insertAdjacentHTML("afterend", more);
    place.nextElementSibling?.querySelector("summary, button")?.focus();
    place.remove();
  } catch (error) {
    if (error.name === "AbortError") return over();
    button.disabled = false;
  }
});

// j and k move between entries, as in the console.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !["j", "k"].includes(event.key)) return;
  const all = [...document.querySelectorAll("summary")];
  const now = all.indexOf(document.activeElement);
  const next = event.key === "j" ? Math.min(now + 1, all.length - 1) : Math.max(now - 1, 0);
  all[next]?.focus();
});

// Puts the newest entries in place of those shown, keeping what is open and where the focus is.
async function renew() {
  const fresh = document.createElement("div");
  fresh.innerHTML = await (await get("part", {})).text();
  const opened = new Set([...entries.querySelectorAll("details[open]")].map((one) => one.dataset.thread));
  const focused = document.activeElement?.closest?.("details")?.dataset.thread;
  entries.replaceChildren(...fresh.childNodes);
  for (const one of entries.querySelectorAll("details")) {
    if (opened.has(one.dataset.thread)) one.open = true;
    if (focused === one.dataset.thread) one.querySelector("summary").focus();
  }
  state.textContent = "Just updated";
}

async function follow() {
  for (let after = entries.dataset.after, failures = 0; failures < 30; ) {
    try {
      const told = await (await get("changes", { after })).json();
      after = told.next;
      failures = 0;
      if (told.changed) await renew();
    } catch (error) {
      if (error.name === "AbortError") return over();
      failures += 1;
      await new Promise((done) => setTimeout(done, 2000 * failures));
    }
  }
}
if (entries) follow();
