// @ts-check
import { clearGoal, getPlan, setGoal } from "../app/api.js";
import { instantText, productNow } from "../app/clock.js";
import { instantOf, localMinute } from "../app/format.js";
import { useLoaded, useTask } from "../app/hooks.js";
import { useTexts } from "../app/language.js";
import { hurry } from "../app/live.js";
import { goTo } from "../app/router.js";
import { h, html, useState } from "../app/view.js";
import { Field, onSubmit, Page, Trouble } from "../parts/page.js";
import { useSettings } from "../parts/settings-of.js";

/** @typedef {import("../app/types.js").Plan} Plan */

const USUAL_KWH = [10, 20, 40, 60];
const LONGEST_MS = 48 * 3600000;

/** @param {{chargerId: string, plan: Plan|null, timeZone: string}} props */
function GoalForm({ chargerId, plan, timeZone }) {
  const texts = useTexts();
  const now = productNow();
  const known = plan && plan.need_wh > 0 ? String(Math.round(plan.need_wh / 100) / 10) : "";
  const [kwh, setKwh] = useState(known);
  const [readyBy, setReadyBy] = useState(localMinute(plan?.ready_by ? Date.parse(plan.ready_by) : now + LONGEST_MS / 4, timeZone));
  const task = useTask(async (/** @type {() => Promise<unknown>} */ change) => {
    await change();
    hurry();
    goTo("home");
  });
  const isLearned = kwh === known && plan?.probability !== null;
  const goal = () => ({ ...(isLearned ? {} : { energy_wh: Math.round(Number(kwh) * 1000) }), ready_by: instantText(instantOf(readyBy, timeZone)) });
  return html`
    <form onSubmit=${onSubmit(() => task.run(() => setGoal(chargerId, goal())))}>
      ${h(Field, { label: texts.goal_energy, value: kwh, onValue: setKwh,
        input: { type: "number", required: true, min: 0.5, max: 200, step: "any", inputmode: "decimal" } })}
      <div class="quick">
        ${USUAL_KWH.map((each) => html`<button type="button" key=${each} onClick=${() => setKwh(String(each))}>${each} kWh</button>`)}
      </div>
      ${h(Field, { label: texts.goal_ready_by, value: readyBy, onValue: setReadyBy, hint: texts.goal_clock,
        input: { type: "datetime-local", required: true, min: localMinute(now, timeZone), max: localMinute(now + LONGEST_MS, timeZone) } })}
      ${h(Trouble, { problem: task.problem })}
      <button class="primary" disabled=${task.busy}>${texts.save}</button>
      <button type="button" class="quiet" disabled=${task.busy} onClick=${() => task.run(() => clearGoal(chargerId))}>${texts.goal_clear}</button>
    </form>`;
}

/** How much to charge this time, and by when. @param {{charger: import("../app/types.js").HomeCharger}} props */
export function GoalScreen({ charger }) {
  const texts = useTexts();
  const plan = useLoaded(() => getPlan(charger.charger_id), charger.charger_id);
  const known = useSettings(charger);
  const timeZone = known.value?.timeZone;
  return h(Page, { title: texts.goal_title, back: "home", children: html`
    <p>${texts.goal_lead}</p>
    ${h(Trouble, { problem: known.problem })}
    ${timeZone && (plan.value || plan.problem)
      ? h(GoalForm, { chargerId: charger.charger_id, plan: plan.value, timeZone }) : html`<p>${texts.loading}</p>`}` });
}
