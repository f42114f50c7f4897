// @ts-check
import { useFocus } from "../app/hooks.js";
import { textOfCode, useTexts } from "../app/language.js";
import { html, useEffect } from "../app/view.js";

/** @typedef {import("../app/view.js").Child} Child */
/** @typedef {import("../app/http.js").Problem} Problem */
/** @typedef {import("../app/language.js").Texts} Texts */

/** One screen: its heading takes the focus when the screen opens. `back` is the place it goes back to. @param {{title: string, back?: string, children: Child}} props */
export function Page({ title, back, children }) {
  const texts = useTexts();
  const heading = useFocus();
  useEffect(() => {
    document.title = `${title} · ${texts.app_name}`;
  }, [title, texts]);
  return html`
    <main class="page">
      ${back && html`<a class="back" href=${`#/${back}`}><span aria-hidden="true">‹</span> ${texts.back}</a>`}
      <h1 tabindex="-1" ref=${heading}>${title}</h1>
      ${children}
    </main>`;
}

/**
 * A labelled input; `onValue` gets what the user typed.
 * @param {{label: string, value: string, onValue: (value: string) => void, hint?: string, input?: object}} props
 */
export function Field({ label, value, onValue, hint, input = {} }) {
  return html`
    <label class="field">
      <span class="label">${label}</span>
      <input ...${input} value=${value} onInput=${(/** @type {{currentTarget: HTMLInputElement}} */ event) => onValue(event.currentTarget.value)} />
      ${hint && html`<small>${hint}</small>`}
    </label>`;
}

/** Runs `task` instead of letting the browser send the form. @param {() => void} task */
export const onSubmit = (task) => (/** @type {Event} */ event) => {
  event.preventDefault();
  task();
};

/** @param {Texts} texts @param {Problem} problem the text of its code and field, else of its code alone */
function knownText(texts, { code, field }) {
  return (field && textOfCode(texts, "problem", `${code}_${field}`)) || textOfCode(texts, "problem", code);
}

/** @param {Texts} texts @param {Problem} problem @returns {string} what went wrong, by its code */
function problemText(texts, problem) {
  const known = knownText(texts, problem);
  const wait = problem.retryAfterS ? ` ${texts.problem_wait(problem.retryAfterS)}` : "";
  return (known ?? texts.problem_other(problem.code)) + wait;
}

/** A failure, told to eyes and to screen readers; nothing when there is none. @param {{problem: Problem|null}} props */
export function Trouble({ problem }) {
  const texts = useTexts();
  if (!problem) return html`<div role="alert"></div>`;
  const forSupport = problem.requestId && (problem.status >= 500 || !knownText(texts, problem));
  const reference = forSupport ? html`<small>${texts.problem_reference(problem.requestId)}</small>` : null;
  return html`<div role="alert"><p class="trouble">${problemText(texts, problem)} ${reference}</p></div>`;
}
