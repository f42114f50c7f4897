// @ts-check
import { textOfCode, useTexts } from "../app/language.js";
import { html } from "../app/view.js";

/** @typedef {import("../app/http.js").Problem} Problem */

/** @param {import("../app/language.js").Texts} texts @param {Problem} problem @returns {string} what went wrong, by its code */
export function problemText(texts, problem) {
  const { code, field } = problem;
  const known = (field && textOfCode(texts, "problem", `${code}_${field}`)) || textOfCode(texts, "problem", code);
  const wait = problem.retryAfterS ? ` ${texts.problem_wait(problem.retryAfterS)}` : "";
  return (known ?? texts.problem_other(code)) + wait;
}

/** A failure, told to eyes and to screen readers; nothing when there is none. @param {{problem: Problem|null}} props */
export function Trouble({ problem }) {
  const texts = useTexts();
  if (!problem) return html`<div role="alert"></div>`;
  const reference = problem.requestId ? html`<small>${texts.problem_reference(problem.requestId)}</small>` : null;
  return html`<div role="alert"><p class="trouble">${problemText(texts, problem)} ${reference}</p></div>`;
}
