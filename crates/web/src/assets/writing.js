// Writing a mail: files are brought as soon as they are chosen, and a time is the writer's own.
// What was brought stands in a hidden field, a line each: id, bytes and name, parted by "|".

const SIZES = ["B", "kB", "MB"];

function size(bytes) {
  let place = 0;
  for (; bytes >= 1000 && place < SIZES.length - 1; place++) bytes /= 1000;
  return `${bytes < 10 && place ? bytes.toFixed(1) : Math.round(bytes)} ${SIZES[place]}`;
}

function made(name, text, attributes = {}) {
  const element = Object.assign(document.createElement(name), attributes);
  element.textContent = text;
  return element;
}

// Without this the time is UTC, as its label says.
function useOwnTime(form) {
  const field = form.elements.send_at;
  if (!field) return;
  const local = (at) => new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  if (field.value) field.value = local(new Date(`${field.value}Z`));
  field.min = local(new Date());
  document.getElementById("of-time").textContent = "In your own time. Empty: at once.";
  form.addEventListener("formdata", ({ formData }) => {
    if (field.value) formData.set("send_at", new Date(field.value).toISOString().slice(0, 16));
  });
}

function bringFiles(form) {
  const part = form.querySelector(".files");
  if (!part) return;
  const [kept, chooser, list, told] = [form.elements.files, part.querySelector("input[type=file]"), part.querySelector("ul"), part.querySelector(".told")];
  const buttons = form.querySelectorAll("button[type=submit]");
  const files = kept.value.split("\n").filter(Boolean).map((line) => line.split(/\|(.*?)\|(.*)/s).slice(0, 3));
  let waiting = 0;

  function show() {
    kept.value = files.map((file) => file.join("|")).join("\n");
    list.replaceChildren(
      ...files.map((file) => {
        const item = made("li", `${file[2]} (${size(Number(file[1]))}) `);
        const drop = made("button", "Remove", { type: "button", className: "quiet small" });
        drop.setAttribute("aria-label", `Remove ${file[2]}`);
        drop.addEventListener("click", () => {
          files.splice(files.indexOf(file), 1);
          show();
          chooser.focus();
        });
        item.append(drop);
        return item;
      }),
    );
    buttons.forEach((button) => (button.disabled = waiting > 0));
  }

  async function bring(file) {
    waiting++;
    told.textContent = `Bringing ${file.name}…`;
    show();
    try {
      const headers = { "x-csrf-token": form.elements.csrf.value, "content-type": file.type || "application/octet-stream" };
      const answer = await fetch(`/api/v1/files?name=${encodeURIComponent(file.name)}`, { method: "POST", headers, body: file });
      const said = await answer.json();
      if (!answer.ok) throw new Error(`${said.detail} ${said.action}`);
      files.push([said.id, String(said.size_bytes), said.name]);
      told.textContent = "";
    } catch (error) {
      told.textContent = `${file.name} is not with the mail. ${error.message}`;
    }
    waiting--;
    show();
  }

  chooser.addEventListener("change", async () => {
    const chosen = [...chooser.files];
    chooser.value = "";
    for (const file of chosen) await bring(file);
  });
  part.hidden = false;
  show();
}

export function listen() {
  const form = document.querySelector("form.writing");
  if (!form) return;
  useOwnTime(form);
  bringFiles(form);
}
