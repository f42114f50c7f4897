// @ts-check
import { acceptTerms, getTerms } from "../app/api.js";
import { useLoaded, useStore, useTask } from "../app/hooks.js";
import { language, useTexts } from "../app/language.js";
import { goTo } from "../app/router.js";
import { gate } from "../app/session.js";
import { h, html } from "../app/view.js";
import { Page, Trouble } from "../parts/page.js";

/** The terms that come before everything else. */
export function TermsScreen() {
  const texts = useTexts();
  const present = useStore(language);
  const { value: terms, problem } = useLoaded(getTerms, "terms");
  const task = useTask(async () => {
    const account = await acceptTerms(terms?.version ?? "");
    if (!account.name) goTo("welcome");
    gate.set("in");
  });
  return h(Page, { title: texts.terms_title, children: html`
    <p>${texts.terms_lead}</p>
    ${h(Trouble, { problem: problem ?? task.problem })}
    ${terms && html`<div class="card terms">${terms.text[present].trim().split(/\n+/).map((part) => html`<p>${part}</p>`)}</div>`}
    ${!terms && !problem && html`<p>${texts.loading}</p>`}
    <button type="button" class="primary" disabled=${task.busy || !terms} onClick=${task.run}>${texts.accept}</button>` });
}
