// @ts-check
import { textOfCode, useTexts } from "../app/language.js";
import { html } from "../app/view.js";

/** @typedef {import("../app/http.js").Problem} Problem */

/** @typedef {import("../app/language.js").Texts} Texts */

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
