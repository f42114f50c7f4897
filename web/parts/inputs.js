// @ts-check
import { useFocus } from "../app/hooks.js";
import { useTexts } from "../app/language.js";
import { h, html, useState } from "../app/view.js";
import { Trouble } from "./page.js";

/** @typedef {{currentTarget: HTMLSelectElement}} SelectEvent */
/** @typedef {{currentTarget: HTMLInputElement}} InputEvent */

/**
 * One of several values.
 * @param {{label: string, value: string, options: string[][], onValue: (value: string) => void, hint?: string}} props `options`: value and text
 */
export function Choice({ label, value, options, onValue, hint }) {
  return html`
    <label class="field">
      <span class="label">${label}</span>
      <select value=${value} onChange=${(/** @type {SelectEvent} */ event) => onValue(event.currentTarget.value)}>
        ${options.map(([each = "", text = ""]) => html`<option key=${each} value=${each} selected=${each === value}>${text}</option>`)}
      </select>
      ${hint && html`<small>${hint}</small>`}
    </label>`;
}

/** Yes or no. @param {{label: string, checked: boolean, onChecked: (checked: boolean) => void, hint?: string, disabled?: boolean}} props */
export function Toggle({ label, checked, onChecked, hint, disabled = false }) {
  return html`
    <label class="toggle">
      <input type="checkbox" checked=${checked} disabled=${disabled}
        onChange=${(/** @type {InputEvent} */ event) => onChecked(event.currentTarget.checked)} />
      <span><span class="label">${label}</span>${hint && html`<br /><small>${hint}</small>`}</span>
    </label>`;
}

/**
 * What cannot be undone: a button that asks before it does.
 * @param {{label: string, question: import("../app/view.js").Child, task: {run: () => Promise<void>, busy: boolean, problem: import("../app/hooks.js").Problem|null}}} props
 */
export function Confirmed({ label, question, task }) {
  const texts = useTexts();
  const [asking, setAsking] = useState(false);
  const place = useFocus(asking, true);
  if (!asking) return html`<button type="button" class="danger" ref=${place} onClick=${() => setAsking(true)}>${label}</button>`;
  return html`
    <div class="card danger" role="group" aria-label=${label} tabindex="-1" ref=${place}>
      <p>${question}</p>
      ${h(Trouble, { problem: task.problem })}
      <div class="pair">
        <button type="button" disabled=${task.busy} onClick=${() => setAsking(false)}>${texts.cancel}</button>
        <button type="button" class="danger sure" disabled=${task.busy} onClick=${task.run}>${label}</button>
      </div>
    </div>`;
}
