// @ts-check
/** The API document, readable: every operation with its parameters, body and answers; every schema with its fields. */
import { h, html, render } from "./app/view.js";

/** @typedef {Record<string, any>} Doc any part of an OpenAPI document */

/** @param {string} reference as "#/components/schemas/Home" */
const nameOf = (reference) => reference.split("/").pop() ?? reference;

/** @param {Doc} schema @returns {string[]} what is said beside its type: limits and patterns */
const limitsOf = (schema) =>
  ["minimum", "maximum", "minLength", "maxLength", "pattern", "default"].filter((key) => key in schema).map((key) => `${key} ${JSON.stringify(schema[key])}`);

/** A type in a line; one that is described elsewhere is a link. @param {{schema: Doc}} props @returns {import("./app/view.js").VNode} */
function Type({ schema }) {
  if (schema.$ref) return html`<a href=${`#${nameOf(schema.$ref)}`}>${nameOf(schema.$ref)}</a>`;
  const some = schema.anyOf ?? schema.oneOf;
  if (some) return html`<span>${some.map((/** @type {Doc} */ each, /** @type {number} */ index) => html`${index > 0 && " | "}${h(Type, { schema: each })}`)}</span>`;
  if (schema.enum) return html`<span>${schema.enum.map((/** @type {unknown} */ each) => JSON.stringify(each)).join(" | ")}</span>`;
  const items = schema.items || schema.prefixItems?.[0];
  if (schema.type === "array" && items) return html`<span>list of ${h(Type, { schema: items })}</span>`;
  const more = schema.additionalProperties;
  if (more && typeof more === "object") return html`<span>object of ${h(Type, { schema: more })}</span>`;
  const facts = [schema.format, ...limitsOf(schema)].filter(Boolean).join(", ");
  return html`<span>${schema.type ?? (schema.const ? JSON.stringify(schema.const) : "any")}${facts && html` <small>${facts}</small>`}</span>`;
}

/** @param {{rows: {name: string, where: string, required: boolean, schema: Doc}[], label: string}} props */
function Fields({ rows, label }) {
  if (rows.length === 0) return html`<!-- none -->`;
  return html`
    <table>
      <thead><tr><th scope="col">${label}</th><th scope="col">Type</th></tr></thead>
      <tbody>${rows.map(({ name, where, required, schema }) => html`
        <tr key=${where + name}><th scope="row"><code>${name}</code> <small>${[where, required ? "" : "optional"].filter(Boolean).join(", ")}</small></th>
          <td>${h(Type, { schema })}${schema.description && html`<br /><small>${schema.description}</small>`}</td></tr>`)}</tbody>
    </table>`;
}

/** @param {{label: string, content: Doc|undefined}} props */
function Content({ label, content }) {
  const schema = Object.values(content ?? {})[0]?.schema;
  return schema ? html`<p>${label}: ${h(Type, { schema })}</p>` : html`<p>${label}</p>`;
}

/** @param {{path: string, method: string, operation: Doc}} props */
function Operation({ path, method, operation }) {
  const rows = (operation.parameters ?? []).map((/** @type {Doc} */ each) => ({ name: each.name, where: each.in, required: Boolean(each.required), schema: each.schema }));
  return html`
    <section class="card" aria-labelledby=${operation.operationId}>
      <h3 id=${operation.operationId}><code>${method.toUpperCase()} ${path}</code></h3>
      <p>${operation.summary}${(operation.security ?? []).length === 0 && html` <span class="mode">public</span>`}</p>
      ${h(Fields, { rows, label: "Parameter" })}
      ${operation.requestBody && h(Content, { label: "Body", content: operation.requestBody.content })}
      ${Object.entries(operation.responses).map(([status, answer]) =>
        h(Content, { label: `${status} ${answer.description}`, content: answer.content, key: status }))}
    </section>`;
}

/** @param {{name: string, schema: Doc}} props */
function Schema({ name, schema }) {
  const required = schema.required ?? [];
  const rows = Object.entries(schema.properties ?? {}).map(([field, inner]) => ({ name: field, where: "", required: required.includes(field), schema: inner }));
  return html`
    <section class="card" aria-labelledby=${name}>
      <h3 id=${name}>${name}</h3>
      ${schema.description && html`<p>${schema.description}</p>`}
      ${schema.properties ? h(Fields, { rows, label: "Field" }) : html`<p>${h(Type, { schema })}</p>`}
    </section>`;
}

/** @param {{document: Doc}} props */
function Everything({ document: { info, paths, components } }) {
  const operations = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));
  return html`
    <h1>${info.title} API, version ${info.version}</h1>
    <p>JSON over HTTPS; errors are RFC 9457 problems with a stable <code>code</code>. The document itself: <a href="v1/openapi.json">v1/openapi.json</a>.</p>
    <details><summary>All operations</summary>
      <ul class="bullets">${operations.map(({ path, method, operation }) => html`
        <li key=${operation.operationId}><a href=${`#${operation.operationId}`}>${method.toUpperCase()} ${path}</a></li>`)}</ul></details>
    <h2>Operations</h2>
    ${operations.map((each) => h(Operation, { ...each, key: each.operation.operationId }))}
    <h2>Schemas</h2>
    ${Object.entries(components.schemas).map(([name, schema]) => h(Schema, { name, schema, key: name }))}`;
}

const place = /** @type {HTMLElement} */ (document.getElementById("docs"));
try {
  const answer = await fetch("v1/openapi.json");
  const found = await answer.json();
  place.replaceChildren();
  render(h(Everything, { document: found }), place);
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
} catch {
  /** @type {HTMLElement} */ (document.getElementById("state")).textContent = "The document cannot be fetched now.";
}
