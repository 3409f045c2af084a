"use strict";
const api = JSON.parse(document.getElementById("document").textContent);
// The longest answer that is shown, in characters: a stream may have no end.
const LONGEST = 1 << 18;

// All text goes in as text: nothing in the document, and nothing that is answered, becomes markup.
function el(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value !== false && value !== undefined) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

function resolve(value) {
  const reference = value?.$ref;
  if (typeof reference !== "string" || !reference.startsWith("#/")) return value;
  const tokens = reference.slice(2).split("/").map((it) => it.replaceAll("~1", "/").replaceAll("~0", "~"));
  return tokens.reduce((at, token) => at?.[token], api);
}

const nameOf = (schema) => schema?.$ref?.split("/").pop();
const typesOf = (schema) => [resolve(schema)?.type ?? []].flat();

// One line for a type.
function brief(schema) {
  if (schema === true || schema === undefined || Object.keys(schema).length === 0) return "anything";
  if (schema === false) return "nothing";
  if (schema.$ref) return nameOf(schema);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((it) => JSON.stringify(it)).join(" | ");
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return choices.map(brief).join(" | ");
  if (schema.allOf) return schema.allOf.map(brief).join(" & ");
  const texts = typesOf(schema).map((type) => {
    if (type === "array" && schema.prefixItems) return `[${schema.prefixItems.map(brief).join(", ")}]`;
    if (type === "array") return `list of ${brief(schema.items)}`;
    if (type === "object" && typeof schema.additionalProperties === "object") return `map of ${brief(schema.additionalProperties)}`;
    return schema.format && type !== "null" ? `${type} (${schema.format})` : type;
  });
  const bounds = [["minimum", "≥"], ["maximum", "≤"], ["minLength", "length ≥"], ["maxLength", "length ≤"], ["minItems", "items ≥"], ["maxItems", "items ≤"], ["pattern", "like"]];
  const said = bounds.filter(([key]) => schema[key] !== undefined).map(([key, sign]) => `${sign} ${schema[key]}`);
  if (schema.default !== undefined) said.push(`default ${JSON.stringify(schema.default)}`);
  return [texts.join(" | ") || "anything", ...said].join(", ");
}

// The fields of an object; a type that is among its own parts is named and not opened again.
function fields(schema, open = []) {
  const name = nameOf(schema);
  if (name && open.includes(name)) return null;
  const inside = name ? [...open, name] : open;
  const whole = resolve(schema) ?? {};
  if (whole.items) return fields(whole.items, inside);
  const choices = whole.oneOf ?? whole.anyOf ?? whole.allOf;
  if (choices) return el("div", {}, ...choices.map((choice) => fields(choice, inside)));
  if (!whole.properties) return null;
  const rows = Object.entries(whole.properties).map(([key, value]) => {
    const optional = (whole.required ?? []).includes(key) ? "" : el("span", { class: "dim" }, " optional");
    return el("tr", {}, el("td", {}, el("code", {}, key), optional),
      el("td", {}, el("code", {}, brief(value)), described(value), fields(value, inside)));
  });
  return el("table", {}, ...rows);
}

const described = (it) => it?.description ? el("p", { class: "dim" }, it.description) : null;

// A value to begin with.
function sample(schema, depth = 0) {
  const whole = resolve(schema) ?? {};
  if (whole.example !== undefined) return whole.example;
  if (whole.examples?.length) return whole.examples[0];
  if (whole.default !== undefined && whole.default !== null) return whole.default;
  if (whole.const !== undefined) return whole.const;
  if (whole.enum) return whole.enum[0];
  if (depth > 6) return null;
  const choices = whole.oneOf ?? whole.anyOf;
  if (choices) return sample(choices.find((it) => it.type !== "null") ?? choices[0], depth + 1);
  if (whole.allOf) return Object.assign({}, ...whole.allOf.map((it) => sample(it, depth + 1)));
  switch (typesOf(whole)[0]) {
    case "object": return Object.fromEntries(Object.entries(whole.properties ?? {}).map(([key, it]) => [key, sample(it, depth + 1)]));
    case "array": return whole.prefixItems ? whole.prefixItems.map((it) => sample(it, depth + 1)) : [sample(whole.items, depth + 1)];
    case "integer": case "number": return whole.minimum ?? 0;
    case "boolean": return false;
    case "null": return null;
    case "string": return { date: "2024-01-31", "date-time": "2024-01-31T12:00:00Z", uuid: "00000000-0000-0000-0000-000000000000" }[whole.format] ?? "text";
    default: return whole.properties ? sample({ ...whole, type: "object" }, depth + 1) : {};
  }
}

function content(of) {
  return Object.entries(of?.content ?? {}).map(([type, { schema }]) =>
    el("div", {}, el("code", {}, `${type}: ${brief(schema)}`), fields(schema)));
}

// ---- How who asks shows who it is.

const schemes = Object.entries(api.components?.securitySchemes ?? {}).map(([name, given]) => [name, resolve(given)]);
const shown = new Map();

function credentials() {
  if (!schemes.length) return null;
  return el("details", {}, el("summary", {}, "Who you are"), el("div", {},
    el("p", { class: "dim" }, "Kept in this page until it is closed, and sent with what you try below."),
    ...schemes.map(([name, scheme]) => {
      const where = scheme.type === "apiKey" ? `${scheme.name}, ${scheme.in}` : `authorization: ${scheme.scheme ?? scheme.type}`;
      const input = el("input", { type: "password", autocomplete: "off", placeholder: scheme.scheme === "basic" ? "name:password" : "" });
      input.addEventListener("input", () => shown.set(name, input.value));
      return el("label", {}, el("span", {}, name, el("span", { class: "dim" }, ` ${where}`)), input);
    })));
}

function authenticate(it, url, headers) {
  const wanted = new Set((it.security ?? api.security ?? []).flatMap((way) => Object.keys(way)));
  for (const [name, scheme] of schemes) {
    const value = shown.get(name);
    if (!value || !wanted.has(name)) continue;
    if (scheme.type === "apiKey" && scheme.in === "header") headers.set(scheme.name, value);
    else if (scheme.type === "apiKey" && scheme.in === "query") url.searchParams.append(scheme.name, value);
    else if (scheme.scheme === "basic") headers.set("authorization", `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(value)))}`);
    else if (scheme.type !== "apiKey") headers.set("authorization", `Bearer ${value}`);
  }
}

// ---- Trying an operation.

// An input for a value, and what it says: a list of texts, or of files.
function field(label, schema, required, hint) {
  const whole = resolve(schema) ?? {};
  const types = typesOf(whole);
  const isFile = whole.format === "binary" || whole.contentMediaType !== undefined;
  const options = whole.enum ?? (types[0] === "boolean" ? [true, false] : null);
  let input;
  if (isFile) input = el("input", { type: "file" });
  else if (options) input = el("select", {}, ...(required ? [] : [el("option", { value: "" }, "")]), ...options.map((it) => el("option", {}, String(it))));
  else if (types.includes("array")) input = el("textarea", { placeholder: `${brief(whole)}; one a line` });
  else input = el("input", { type: "text", placeholder: brief(whole) });
  const dim = el("span", { class: "dim" }, ` ${hint}${required ? "" : ", optional"}`);
  const values = () => {
    if (isFile) return [...input.files];
    if (types.includes("array")) return input.value.split("\n").filter((line) => line !== "");
    return input.value === "" && !required ? [] : [input.value];
  };
  return { row: el("label", {}, el("span", {}, el("code", {}, label), dim), input), values };
}

// What is to be filled in for a body of one media type, and the body that it makes.
function bodyForm(type, schema) {
  const whole = resolve(schema) ?? {};
  const isForm = type === "application/x-www-form-urlencoded" || type.startsWith("multipart/");
  if (isForm && whole.properties) {
    const parts = Object.entries(whole.properties).map(([name, it]) => [name, field(name, it, (whole.required ?? []).includes(name), "body")]);
    const make = () => {
      const form = type.startsWith("multipart/") ? new FormData() : new URLSearchParams();
      for (const [name, part] of parts) for (const value of part.values()) form.append(name, value);
      return form;
    };
    return { rows: parts.map(([, part]) => part.row), make };
  }
  if (type.startsWith("multipart/")) {
    const name = el("input", { type: "text", value: "file" });
    const file = el("input", { type: "file" });
    const make = () => {
      const form = new FormData();
      if (file.files[0]) form.append(name.value, file.files[0]);
      return form;
    };
    return { rows: [el("label", {}, "name of the part", name), el("label", {}, "file", file)], make };
  }
  if (/json|text|xml|urlencoded/.test(type)) {
    const text = el("textarea", { rows: "8", "aria-label": "Body", spellcheck: "false" });
    text.value = type.includes("json") ? JSON.stringify(sample(schema), null, 2) : "";
    return { rows: [text], make: () => text.value };
  }
  const file = el("input", { type: "file" });
  return { rows: [el("label", {}, "file", file)], make: () => file.files[0] ?? "" };
}

const server = el("select", {}, ...(api.servers ?? []).map((it) => el("option", {}, it.url)));
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

// The request as one would write it in a shell.
function curl(method, url, headers, body) {
  const parts = ["curl", "-X", method, quote(String(url))];
  for (const [name, value] of headers) parts.push("-H", quote(`${name}: ${value}`));
  if (body instanceof FormData) for (const [name, value] of body) parts.push("-F", quote(value instanceof File ? `${name}=@${value.name}` : `${name}=${value}`));
  else if (body instanceof File) parts.push("--data-binary", quote(`@${body.name}`));
  else if (body !== undefined) parts.push("--data-binary", quote(String(body)));
  return parts.join(" ");
}

async function read(response, shownText) {
  const reader = response.body?.getReader();
  if (!reader) return;
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    text += decoder.decode(value, { stream: !done });
    shownText(text.slice(0, LONGEST));
    if (done) break;
    if (text.length > LONGEST) { await reader.cancel(); shownText(`${text.slice(0, LONGEST)}\n…`); return; }
  }
  if (/json/.test(response.headers.get("content-type") ?? "")) {
    try { shownText(JSON.stringify(JSON.parse(text), null, 2)); } catch { /* as it came */ }
  }
}

function tryIt(path, method, it) {
  const parameters = (it.parameters ?? []).map(resolve);
  const inputs = parameters.map((parameter) => [parameter, field(parameter.name, parameter.schema, parameter.required, parameter.in)]);
  const types = Object.entries(resolve(it.requestBody)?.content ?? {});
  const choice = el("select", { "aria-label": "Media type" }, ...types.map(([type]) => el("option", {}, type)));
  const place = el("div", {});
  let body = null;
  const choose = () => {
    const [type, { schema }] = types[Math.max(choice.selectedIndex, 0)];
    body = bodyForm(type, schema);
    place.replaceChildren(...body.rows);
  };
  if (types.length) { choice.addEventListener("change", choose); choose(); }
  const outcome = el("div", { "aria-live": "polite" });
  const stop = el("button", { type: "button", hidden: true }, "Stop");
  const form = el("form", {}, el("h3", {}, "Try it"), ...inputs.map(([, input]) => input.row),
    types.length > 1 ? choice : null, place, el("button", {}, "Send"), stop, outcome);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    let filled = path;
    const headers = new Headers();
    const query = [];
    for (const [parameter, input] of inputs) {
      for (const value of input.values()) {
        if (parameter.in === "path") filled = filled.replace(`{${parameter.name}}`, encodeURIComponent(value).replaceAll("%2F", "/"));
        else if (parameter.in === "query") query.push([parameter.name, value]);
        else if (parameter.in === "header") headers.set(parameter.name, value);
      }
    }
    const base = new URL(server.value || "/", location);
    const url = new URL(base.pathname.replace(/\/$/, "") + filled, base);
    for (const [name, value] of query) url.searchParams.append(name, value);
    authenticate(it, url, headers);
    const sent = body?.make();
    // The browser writes the type of a form, with what stands between its parts.
    if (types.length && !(sent instanceof FormData)) headers.set("content-type", types[Math.max(choice.selectedIndex, 0)][0].replace("*/*", "application/octet-stream"));
    const abort = new AbortController();
    stop.hidden = false;
    stop.onclick = () => abort.abort();
    const answer = el("pre", {});
    outcome.replaceChildren(el("pre", {}, curl(method.toUpperCase(), url, headers, sent)));
    const from = performance.now();
    try {
      const response = await fetch(url, { method: method.toUpperCase(), headers, body: sent, signal: abort.signal });
      const took = Math.round(performance.now() - from);
      outcome.append(el("p", {}, el("strong", {}, `${response.status} ${response.statusText}`), ` after ${took} ms`),
        el("pre", {}, [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n")), answer);
      await read(response, (text) => { answer.textContent = text; });
    } catch (error) {
      outcome.append(el("p", {}, error.name === "AbortError" ? "Stopped." : `No answer: ${error.message}`));
    } finally {
      stop.hidden = true;
    }
  });
  return form;
}

// ---- The page.

function operation(path, method, it) {
  const parameters = (it.parameters ?? []).map(resolve).map((parameter) =>
    el("tr", {}, el("td", {}, el("code", {}, parameter.name), el("span", { class: "dim" }, ` ${parameter.in}${parameter.required ? "" : ", optional"}`)),
      el("td", {}, el("code", {}, brief(parameter.schema)), described(parameter))));
  const answers = Object.entries(it.responses ?? {}).map(([status, given]) => {
    const answer = resolve(given) ?? {};
    // Problems look alike: their fields are shown once, under the types.
    const kinds = given.$ref ? Object.keys(answer.content ?? {}).map((type) => el("code", {}, type + " ")) : content(answer);
    const headers = Object.entries(answer.headers ?? {}).map(([name, it]) => el("div", {}, el("code", {}, `${name}: ${brief(resolve(it)?.schema)}`)));
    return el("tr", {}, el("td", {}, el("code", {}, status)), el("td", {}, answer.description, el("div", {}, ...headers, ...kinds)));
  });
  const body = it.requestBody ? resolve(it.requestBody) : null;
  const ways = (it.security ?? []).map((way) => Object.entries(way).map(([name, scopes]) => scopes.length ? `${name} (${scopes.join(", ")})` : name).join(" and ") || "nothing");
  const gone = it.deprecated ? " gone" : "";
  const inside = el("div", {}, it.deprecated ? el("p", {}, el("strong", {}, "Deprecated")) : null, it.description ? el("p", {}, it.description) : null,
    ways.length ? el("p", {}, `Needs ${ways.join(", or ")}.`) : null,
    parameters.length ? el("h3", {}, "Parameters") : null, parameters.length ? el("table", {}, ...parameters) : null,
    body ? el("h3", {}, "Body") : null, ...content(body),
    el("h3", {}, "Answers"), el("table", {}, ...answers));
  const made = el("details", { id: it.operationId, "data-text": `${method} ${path} ${it.summary ?? ""} ${it.description ?? ""}`.toLowerCase() },
    el("summary", {}, el("span", { class: `method ${method}` }, method.toUpperCase()), el("span", { class: `path${gone}` }, path), el("span", { class: "dim" }, it.summary ?? "")),
    inside);
  // What is to be filled in is made when somebody looks.
  made.addEventListener("toggle", () => inside.append(tryIt(path, method, it)), { once: true });
  return made;
}

const groups = new Map((api.tags ?? []).map((tag) => [tag.name, []]));
for (const [path, item] of Object.entries(api.paths ?? {})) {
  for (const [method, it] of Object.entries(item)) {
    for (const tag of it.tags ?? [""]) {
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operation(path, method, it));
    }
  }
}
const search = el("input", { type: "search", placeholder: "Filter routes", "aria-label": "Filter routes" });
search.addEventListener("input", () => {
  const wanted = search.value.toLowerCase();
  for (const each of document.querySelectorAll("details[data-text]")) each.hidden = !each.dataset.text.includes(wanted);
});
const tagText = (name) => described((api.tags ?? []).find((tag) => tag.name === name));
const types = Object.entries(api.components?.schemas ?? {}).map(([name, schema]) =>
  el("details", {}, el("summary", {}, el("span", { class: "path" }, name)), el("div", {}, described(schema), fields(schema) ?? el("code", {}, brief(schema)))));
document.getElementById("page").append(
  el("h1", {}, api.info.title), el("p", { class: "dim" }, `Version ${api.info.version}, OpenAPI ${api.openapi}`),
  api.info.description ? el("p", {}, api.info.description) : "",
  (api.servers ?? []).length > 1 ? el("label", {}, "Server", server) : "", credentials() ?? "", search,
  ...[...groups].filter(([, all]) => all.length).flatMap(([tag, all]) => [el("h2", {}, tag || "Routes"), tagText(tag) ?? "", ...all]),
  ...(types.length ? [el("h2", {}, "Types"), ...types] : []));
if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.setAttribute("open", "");
