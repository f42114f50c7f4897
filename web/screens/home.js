// @ts-check
import { productNow } from "../app/clock.js";
import { cost, energy, soon } from "../app/format.js";
import { useStore, useTask } from "../app/hooks.js";
import { language, textOfCode, useTexts } from "../app/language.js";
import { SHOP } from "../app/links.js";
import { orderMode, orderRun, useOrders } from "../app/orders.js";
import { h, html } from "../app/view.js";
import { LeaveButton, WindowText } from "../parts/guest-window.js";
import { Page, Trouble } from "../parts/page.js";
import { PlanCard } from "../parts/plan-card.js";
import { useSettings } from "../parts/settings-of.js";

/** @typedef {import("../app/types.js").HomeCharger} HomeCharger */
/** @typedef {import("../app/types.js").Status} Status */

/**
 * Why it is so, in words; a fault shows its code, a reason this page does not know shows nothing.
 * @param {Status} status
 * @param {import("../app/language.js").Texts} texts
 */
function reasonOf(status, texts) {
  if (status.code === "fault" && status.reason) return texts.fault_code(status.reason);
  return textOfCode(texts, "reason", status.reason);
}

/** @param {{status: Status, timeZone: string}} props */
function StatusText({ status, timeZone }) {
  const texts = useTexts();
  const present = useStore(language);
  const change = status.until && timeZone && texts.until(soon(Date.parse(status.until), productNow(), timeZone));
  const reason = reasonOf(status, texts);
  return html`
    <div role="status">
      <p class="state"><i class="lamp" aria-hidden="true"></i>${status.text[present]}</p>
      ${(reason || change) && html`<p class="reason">${reason}${reason && change ? " · " : ""}${change && html`<span class="until">${change}</span>`}</p>`}
    </div>`;
}

/** The two buttons under the status: how, and whether. @param {{charger: HomeCharger, status: Status}} props */
function Controls({ charger, status }) {
  const texts = useTexts();
  const { mode, run, state } = useOrders(charger);
  const task = useTask((/** @type {() => Promise<void>} */ order) => order());
  const [isFull, isStopped] = [mode === "full", run === "stopped"];
  const id = charger.charger_id;
  const button = (/** @type {string} */ icon, /** @type {string} */ label, /** @type {() => Promise<void>} */ order, disabled = false) => html`
    <button type="button" class="order" disabled=${task.busy || disabled} onClick=${() => task.run(order)}>
      <span aria-hidden="true">${icon}</span> ${label}</button>`;
  return html`
    <p class="row start">
      <span class="mode">${textOfCode(texts, "mode", mode) ?? mode}</span>
      <small role="status">${task.busy || state === "pending" ? texts.order_pending : state === "silent" ? texts.order_silent : ""}</small>
    </p>
    <div class="pair orders">
      ${button(isFull ? "◔" : "⚡\ufe0e", isFull ? texts.turn_smart : texts.turn_full, () => orderMode(id, isFull ? "smart" : "full"))}
      ${button(isStopped ? "▶\ufe0e" : "❚❚", isStopped ? texts.start_charger : texts.stop_charger,
        () => orderRun(id, isStopped ? "auto" : "stopped"), status.code === "ready" && !isStopped)}
    </div>
    ${h(Trouble, { problem: task.problem })}`;
}

/** @param {{charger: HomeCharger, timeZone: string}} props */
function StatusCard({ charger, timeZone }) {
  const texts = useTexts();
  const { status } = charger;
  return html`
    <section class=${`card status status-${status?.code ?? "none"}`}>
      <p class="site">${charger.site_name ?? texts.as_guest}</p>
      ${status && h(StatusText, { status, timeZone })}
      ${status?.code === "offline" && charger.role === "owner" && html`<a class="button" href="#/settings">${texts.network_set_up}</a>`}
      ${status?.code === "fault" && html`<a class="button" href=${SHOP} rel="noreferrer">${texts.contact}</a>`}
      ${charger.grant && h(WindowText, { grant: charger.grant, active: charger.active })}
      ${status && h(Controls, { charger, status })}
    </section>`;
}

/** @param {{title: string, sum: {energy_wh: number, cost: import("../app/types.js").Money|null}}} props */
function SumTile({ title, sum }) {
  const texts = useTexts();
  const price = sum.cost ? cost(sum.cost) : sum.energy_wh > 0 ? texts.price_pending : "–";
  return html`<div class="card tile"><h2>${title}</h2><p class="big">${energy(sum.energy_wh)}</p><p>${price}</p></div>`;
}

/** Where one can go from here; a guest has no settings and no site here. @param {{charger: HomeCharger}} props */
function Ways({ charger }) {
  const texts = useTexts();
  const isOwner = charger.role === "owner";
  return html`
    <nav class="ways" aria-label=${charger.name}>
      <a href="#/history">${texts.history}</a>
      ${isOwner && html`<a href="#/settings">${texts.settings}</a><a href="#/guests">${texts.guests}</a>`}
      <a href="#/sites">${texts.my_sites}</a>
      <a href="#/add">${texts.add_charger}</a>
    </nav>`;
}

/** One charger: what it does and why, the plan and its cost, and the ways on. @param {{charger: HomeCharger}} props */
export function HomeScreen({ charger }) {
  const texts = useTexts();
  const known = useSettings(charger);
  const timeZone = known.value?.timeZone ?? "";
  return h(Page, { title: charger.name, children: html`
    ${h(StatusCard, { charger, timeZone })}
    ${charger.active && h(PlanCard, { charger, timeZone, problem: known.problem })}
    <div class="pair">
      ${charger.session && h(SumTile, { title: texts.this_session, sum: charger.session })}
      ${charger.month && h(SumTile, { title: texts.this_month, sum: charger.month })}
    </div>
    ${h(Ways, { charger })}
    ${charger.grant && h(LeaveButton, { chargerId: charger.charger_id, grantId: charger.grant.grant_id })}` });
}

/** Somebody who has no charger yet. */
export function NoChargers() {
  const texts = useTexts();
  return h(Page, { title: texts.no_chargers_title, children: html`
    <p>${texts.no_chargers_lead}</p>
    <a class="button primary" href="#/add">${texts.add_charger}</a>
    <a class="button" href="#/sites">${texts.my_sites}</a>
    <p><small>${texts.no_chargers_guest}</small></p>` });
}
