// @ts-check
import { productNow } from "../app/clock.js";
import { cost, energy, soon } from "../app/format.js";
import { language, textOfCode, useTexts } from "../app/language.js";
import { useStore } from "../app/store.js";
import { h, html } from "../app/view.js";
import { Page } from "../parts/page.js";
import { PlanCard, useCharger } from "../parts/plan-card.js";

/** @typedef {import("../app/types.js").HomeCharger} HomeCharger */

/**
 * Why it is so, in words; a fault shows its code, a reason this page does not know shows nothing.
 * @param {HomeCharger} charger
 * @param {import("../app/language.js").Texts} texts
 */
function reasonOf({ status }, texts) {
  if (status.code === "fault" && status.reason) return texts.fault_code(status.reason);
  return textOfCode(texts, "reason", status.reason);
}

/** @param {{charger: HomeCharger, timeZone: string}} props */
function StatusCard({ charger, timeZone }) {
  const texts = useTexts();
  const present = useStore(language);
  const { code, text, until } = charger.status;
  const change = until && timeZone && texts.until(soon(Date.parse(until), productNow(), timeZone));
  const reason = reasonOf(charger, texts);
  return html`
    <section class=${`card status status-${code}`}>
      <p class="site">${charger.site_name}</p>
      <div role="status">
        <p class="state"><i class="lamp" aria-hidden="true"></i>${text[present]}</p>
        ${(reason || change) && html`<p class="reason">${reason}${reason && change ? " · " : ""}${change && html`<span class="until">${change}</span>`}</p>`}
      </div>
      <p class="mode">${textOfCode(texts, "mode", charger.mode) ?? charger.mode}</p>
    </section>`;
}

/** @param {{title: string, sum: {energy_wh: number, cost: import("../app/types.js").Money|null}}} props */
function SumTile({ title, sum }) {
  const texts = useTexts();
  const price = sum.cost ? cost(sum.cost) : sum.energy_wh > 0 ? texts.price_pending : "–";
  return html`<div class="card tile"><h2>${title}</h2><p class="big">${energy(sum.energy_wh)}</p><p>${price}</p></div>`;
}

/** One charger: what it does and why, the plan and its cost, and the ways on. @param {{charger: HomeCharger}} props */
export function HomeScreen({ charger }) {
  const texts = useTexts();
  const known = useCharger(charger.charger_id);
  return h(Page, { title: charger.name, children: html`
    ${h(StatusCard, { charger, timeZone: known.value?.site.time_zone ?? "" })}
    ${h(PlanCard, { charger, known })}
    <div class="pair">
      ${charger.session && h(SumTile, { title: texts.this_session, sum: charger.session })}
      ${charger.month && h(SumTile, { title: texts.this_month, sum: charger.month })}
    </div>
    <nav class="ways" aria-label=${charger.name}>
      <a href="#/history">${texts.history}</a>
      <a href="#/settings">${texts.settings}</a>
      <a href="#/add">${texts.add_charger}</a>
    </nav>` });
}

/** Somebody who has no charger yet. */
export function NoChargers() {
  const texts = useTexts();
  return h(Page, { title: texts.no_chargers_title, children: html`
    <p>${texts.no_chargers_lead}</p>
    <a class="button primary" href="#/add">${texts.add_charger}</a>` });
}
