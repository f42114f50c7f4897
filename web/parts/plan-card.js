// @ts-check
import { getDay, getPlan } from "../app/api.js";
import { productNow } from "../app/clock.js";
import { cost, energy, isoDay, soon } from "../app/format.js";
import { useLoaded } from "../app/hooks.js";
import { useTexts } from "../app/language.js";
import { HOUR_MS, spanOf } from "../app/plan-geometry.js";
import { h, html } from "../app/view.js";
import { PlanChart } from "./plan-chart.js";
import { Trouble } from "./page.js";

/** @typedef {import("../app/types.js").HomeCharger} HomeCharger */
/** @typedef {import("../app/types.js").Plan} Plan */

const DAY_MS = 24 * HOUR_MS;

/** The measured hours of the local days from the session's start to now. @param {HomeCharger} charger @param {string} timeZone */
async function measuredHours(charger, timeZone) {
  const now = productNow();
  const start = charger.session ? Date.parse(charger.session.started_at) : now;
  const days = new Set([start, Math.max(start, now - DAY_MS), now].map((ms) => isoDay(ms, timeZone)));
  const answers = await Promise.all([...days].sort().map((day) => getDay(charger.charger_id, day)));
  return answers.flatMap((answer) => answer.hours ?? []).map((each) => ({ ...spanOf(each), energyWh: each.energy_wh }))
    .filter((each) => each.end > start);
}

/** @param {HomeCharger} charger @param {string} timeZone "" while it is not known */
function usePlan(charger, timeZone) {
  const id = charger.charger_id;
  const hour = Math.floor(productNow() / HOUR_MS);
  const started = charger.session?.started_at ?? "";
  const plan = useLoaded(() => getPlan(id), JSON.stringify([id, hour, charger.plan, charger.run, charger.status?.code, started]), id);
  const measuredKey = JSON.stringify([id, hour, timeZone, started, charger.session?.energy_wh, charger.month?.energy_wh]);
  const measured = useLoaded(async () => (timeZone && started ? measuredHours(charger, timeZone) : []), measuredKey, id + started);
  return { plan, measured };
}

/** @param {{plan: Plan, timeZone: string}} props */
function Delivery({ plan, timeZone }) {
  const texts = useTexts();
  const now = productNow();
  const when = (/** @type {string} */ instant) => soon(Date.parse(instant), now, timeZone);
  if (plan.state === "no_session") return html`<p>${texts.plan_none}</p>`;
  if (plan.state === "pending") return html`<p>${texts.plan_pending}</p>`;
  if (plan.state === "stopped") return html`<p>${texts.plan_stopped}</p>`;
  return html`
    ${plan.ready_by && html`<p>${texts.goal_now(when(plan.ready_by))}</p>`}
    <p>${(plan.probability === null ? texts.plan_need : texts.plan_room)(energy(plan.energy_wh))}${plan.ready_at && `, ${texts.plan_ready(when(plan.ready_at))}`}.</p>
    ${plan.unmet_wh > 0 && plan.ready_by && html`<p class="trouble">${texts.plan_unmet(energy(plan.unmet_wh), when(plan.ready_by))}</p>`}`;
}

/** What the plan costs on average, what charging at once would, and the difference. @param {{plan: Plan}} props */
function Costs({ plan }) {
  const texts = useTexts();
  if (!plan.expected_cost) return html`<!-- no cost -->`;
  return html`
    <dl class="costs">
      <div><dt>${texts.cost_of_plan}</dt><dd>${cost(plan.expected_cost)}</dd></div>
      <div><dt>${texts.cost_at_once}</dt><dd>${cost(plan.cost_at_once)}</dd></div>
      <div class="saved"><dt>${texts.cost_saved}</dt><dd>${cost(plan.saved)}</dd></div>
    </dl>
    <p><small>${plan.has_grid_cost ? texts.cost_with_grid : texts.cost_energy_only}</small></p>`;
}

/** @param {{plan: Plan, measured: import("../app/plan-geometry.js").Hour[], timeZone: string, sessionStart: number|null}} props */
function Picture({ plan, measured, timeZone, sessionStart }) {
  const texts = useTexts();
  if (plan.prices.length === 0) return plan.state === "planned" ? html`<p class="note">${texts.plan_no_prices}</p>` : null;
  return h(PlanChart, { plan, measured, timeZone, sessionStart });
}

/** The plan of the running session, or today's prices when there is none. @param {{charger: HomeCharger, timeZone: string, problem: import("../app/http.js").Problem|null}} props */
export function PlanCard({ charger, timeZone, problem: earlier }) {
  const texts = useTexts();
  const { plan, measured } = usePlan(charger, timeZone);
  const sessionStart = charger.session ? Date.parse(charger.session.started_at) : null;
  const problem = plan.problem ?? earlier ?? measured.problem;
  const ready = plan.value && timeZone;
  return html`
    <section class="card" aria-labelledby="plan">
      <h2 id="plan">${texts.plan_title}</h2>
      ${h(Trouble, { problem: problem?.passes && ready ? null : problem })}
      ${!ready && !problem && html`<p class="plan-room">${texts.loading}</p>`}
      ${plan.value && timeZone && html`
        ${h(Delivery, { plan: plan.value, timeZone })}
        ${h(Picture, { plan: plan.value, measured: measured.value ?? [], timeZone, sessionStart })}
        ${h(Costs, { plan: plan.value })}
        ${plan.value.state !== "no_session" && html`<a class="button" href="#/goal">${texts.goal_change}</a>`}`}
    </section>`;
}
