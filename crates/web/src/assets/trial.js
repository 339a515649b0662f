// The page to try the API: reads the OpenAPI document, makes a form for the request that is chosen, sends it with the session
// or a pasted key, and shows the request as curl and what came back. A key stays in the page and is stored nowhere.

const root = document.getElementById("trial");
const { base, csrf } = root.dataset;
const list = root.querySelector(".operations");
const place = document.getElementById("request");
const VERBS = ["get", "post", "put", "patch", "delete"];
let contract;

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

const resolved = (part) => (part?.$ref ? part.$ref.slice(2).split("/").reduce((at, key) => at[key], contract) : part);

function operations() {
  const all = [];
  for (const [path, item] of Object.entries(contract.paths)) {
    for (const verb of VERBS) if (item[verb]) all.push({ path, verb, ...item[verb], parameters: [...(item.parameters ?? []), ...(item[verb].parameters ?? [])].map(resolved) });
  }
  return all;
}

function showList(all) {
  list.replaceChildren();
  for (const tag of new Set(all.map((one) => one.tags?.[0] ?? "Other"))) {
    list.append(element("h2", {}, tag));
    for (const one of all.filter((other) => (other.tags?.[0] ?? "Other") === tag)) {
      const button = element("button", { type: "button", "data-row": true }, element("span", { class: `verb ${one.verb}` }, one.verb.toUpperCase()), one.summary ?? one.path);
      button.addEventListener("click", () => choose(one, button));
      list.append(button);
    }
  }
}

function choose(one, button) {
  list.querySelector("[aria-current]")?.removeAttribute("aria-current");
  button.setAttribute("aria-current", "true");
  history.replaceState(null, "", `#${one.operationId}`);
  showForm(one);
}

// An example of a schema: its own, its first choice, or one by its type.
function example(schema, depth = 0) {
  const it = resolved(schema) ?? {};
  if (it.example !== undefined) return it.example;
  if (it.examples?.length) return it.examples[0];
  if (it.default !== undefined) return it.default;
  if (it.enum) return it.enum[0];
  if (depth > 5) return null;
  const one = it.oneOf ?? it.anyOf;
  if (one) return example(one.find((other) => resolved(other)?.type !== "null") ?? one[0], depth + 1);
  if (it.allOf) return Object.assign({}, ...it.allOf.map((part) => example(part, depth + 1)));
  const type = Array.isArray(it.type) ? it.type.find((name) => name !== "null") : it.type;
  if (type === "object" || it.properties) {
    const wanted = it.required ?? [];
    return Object.fromEntries(Object.entries(it.properties ?? {}).filter(([name]) => wanted.includes(name)).map(([name, inner]) => [name, example(inner, depth + 1)]));
  }
  return { array: [], integer: 1, number: 1, boolean: false }[type] ?? "";
}

function field(parameter) {
  const id = `p-${parameter.in}-${parameter.name}`;
  const schema = resolved(parameter.schema) ?? {};
  const input = element("input", { id, name: parameter.name, "data-in": parameter.in, autocomplete: "off", spellcheck: "false", required: parameter.in === "path", placeholder: String(parameter.example ?? schema.example ?? "") });
  const about = parameter.description ? element("p", { class: "hint" }, parameter.description) : undefined;
  return element("div", {}, element("label", { for: id }, parameter.name, parameter.required ? "" : " "), input, about);
}

function showForm(one) {
  const body = one.requestBody && resolved(one.requestBody).content?.["application/json"];
  const form = element("form", { class: "fields" });
  for (const parameter of one.parameters.filter((parameter) => ["path", "query"].includes(parameter.in))) form.append(field(parameter));
  if (body) {
    const text = element("textarea", { id: "body", rows: "10", spellcheck: "false" });
    text.value = JSON.stringify(example(body.schema), null, 2);
    form.append(element("div", {}, element("label", { for: "body" }, "Body (JSON)"), text));
  }
  const key = element("input", { id: "key", type: "password", autocomplete: "off", placeholder: "Empty: as you are signed in here" });
  form.append(element("div", {}, element("label", { for: "key" }, "Key"), key), element("div", { class: "actions" }, element("button", { type: "submit" }, "Send")));
  const answer = element("div", { id: "answer" });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(one, form, answer).catch((error) => answer.replaceChildren(element("p", { class: "notice" }, `The request could not be sent: ${error.message}`)));
  });
  const about = (one.description ?? "").split("\n\n").filter(Boolean).map((text) => element("p", {}, text));
  const head = element("h2", {}, `${one.verb.toUpperCase()} ${one.path}`);
  place.replaceChildren(element("section", { class: "panel" }, head, ...about, form), answer);
}

function requestOf(one, form) {
  const value = (input) => input.value.trim();
  const inputs = [...form.querySelectorAll("[data-in]")];
  let path = one.path;
  for (const input of inputs.filter((input) => input.dataset.in === "path")) {
    const given = input.name === "path" ? value(input).split("/").map(encodeURIComponent).join("/") : encodeURIComponent(value(input));
    path = path.replace(new RegExp(`\\{\\*?${input.name}\\}`), () => given);
  }
  const query = new URLSearchParams(inputs.filter((input) => input.dataset.in === "query" && value(input)).map((input) => [input.name, value(input)]));
  const body = form.querySelector("#body")?.value.trim() || undefined;
  if (body) JSON.parse(body);
  return { method: one.verb.toUpperCase(), path: path + (query.size ? `?${query}` : ""), body, key: value(form.querySelector("#key")) };
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function asCurl(request) {
  const lines = [`curl ${request.method === "GET" ? "" : `-X ${request.method} `}-H "Authorization: Bearer $RAPPORT_KEY"`];
  if (request.method === "POST") lines.push(`-H "Idempotency-Key: $(uuidgen)"`);
  if (request.body) lines.push(`-H 'Content-Type: application/json' -d ${quoted(request.body)}`);
  return [...lines, quoted(base + request.path)].join(" \\\n  ");
}

async function send(one, form, answer) {
  const request = requestOf(one, form);
  const headers = { Accept: "application/json" };
  if (request.key) headers.Authorization = `Bearer ${request.key}`;
  else if (request.method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (request.body) headers["Content-Type"] = "application/json";
  if (request.method === "POST" && globalThis.crypto?.randomUUID) headers["Idempotency-Key"] = crypto.randomUUID();
  const began = performance.now();
  const stop = new AbortController();
  const response = await fetch(request.path, { method: request.method, headers, body: request.body, credentials: request.key ? "omit" : "same-origin", signal: stop.signal });
  const kind = response.headers.get("content-type") ?? "";
  const text = /json|text\/(?!event-stream)/.test(kind) ? await response.text() : (stop.abort(), `(${kind || "no body"})`);
  const took = Math.round(performance.now() - began);
  showAnswer(answer, request, response, kind.includes("json") && text ? JSON.stringify(JSON.parse(text), null, 2) : text, took);
}

function showAnswer(answer, request, response, text, took) {
  const tone = response.ok ? "good" : "bad";
  const shown = ["content-type", "etag", "location", "retry-after", "ratelimit-remaining", "deprecation"].filter((name) => response.headers.get(name));
  answer.replaceChildren(
    element("section", { class: "panel" },
      element("h2", {}, "Request"), element("pre", { tabindex: "0" }, element("code", {}, asCurl(request))),
      element("h2", {}, "Answer"),
      element("p", {}, element("span", { class: `tone ${tone}` }, `${response.status} ${response.statusText}`), ` in ${took} ms`),
      element("p", { class: "hint" }, shown.map((name) => `${name}: ${response.headers.get(name)}`).join(" · ")),
      element("pre", { tabindex: "0" }, element("code", {}, text || "(empty)")),
    ),
  );
}

async function begin() {
  const answer = await fetch(root.dataset.document, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`the document was answered with ${answer.status}`);
  contract = await answer.json();
  const all = operations();
  showList(all);
  const wanted = all.findIndex((one) => `#${one.operationId}` === location.hash);
  const buttons = list.querySelectorAll("button");
  if (wanted >= 0) choose(all[wanted], [...buttons].find((button) => button.textContent.endsWith(all[wanted].summary ?? all[wanted].path)));
}

begin().catch((error) => list.replaceChildren(element("p", { class: "hint" }, `The document could not be read: ${error.message}`)));
