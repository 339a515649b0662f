// Files with contacts: each is brought as it is, and what came of it is told beside the form.

async function bring(form) {
  const told = form.querySelector("output");
  const button = form.querySelector("button");
  const file = form.elements.file.files[0];
  const about = new URLSearchParams({ origin: form.dataset.bringContacts, book: form.elements.book.value, whole: form.elements.whole.checked });
  button.disabled = true;
  told.textContent = `Bringing ${file.name}…`;
  try {
    const headers = { "x-csrf-token": form.elements.csrf.value, "content-type": "application/octet-stream" };
    const answer = await fetch(`/api/v1/contact-files?${about}`, { method: "POST", headers, body: file });
    const said = await answer.json();
    if (!answer.ok) throw new Error(`${said.detail} ${said.action}`);
    tell(told, said);
  } catch (error) {
    told.textContent = error.message;
  }
  button.disabled = false;
}

function tell(told, { read, problems, sync }) {
  const link = document.createElement("a");
  link.href = `/contacts/syncs/${sync.id}`;
  link.textContent = "Look what came of it";
  const could = problems.length ? ` ${problems.length} could not be read: ${problems.slice(0, 5).join(" ")}` : "";
  told.replaceChildren(`${read} read.${could} `, link);
}

export function listen(root) {
  for (const form of root.querySelectorAll("form[data-bring-contacts]")) {
    if (!form.hidden) continue;
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      bring(form);
    });
  }
}
