// @ts-check
import { clearGoal, getPlan, setGoal } from "../app/api.js";
import { useLoaded, useTask } from "../app/hooks.js";
import { useTexts } from "../app/language.js";
import { hurry } from "../app/live.js";
import { goTo } from "../app/router.js";
import { h, html, useState } from "../app/view.js";
import { Field, onSubmit, Page } from "../parts/page.js";
import { Trouble } from "../parts/trouble.js";

const USUAL_KWH = [10, 20, 40, 60];

/** @param {{chargerId: string, needWh: number}} props */
function GoalForm({ chargerId, needWh }) {
  const texts = useTexts();
  const [kwh, setKwh] = useState(needWh > 0 ? String(Math.round(needWh / 100) / 10) : "");
  const task = useTask(async (/** @type {() => Promise<unknown>} */ change) => {
    await change();
    hurry();
    goTo("home");
  });
  const save = () => task.run(() => setGoal(chargerId, Math.round(Number(kwh) * 1000)));
  return html`
    <form onSubmit=${onSubmit(save)}>
      ${h(Field, { label: texts.goal_energy, value: kwh, onValue: setKwh,
        input: { type: "number", required: true, min: 0.5, max: 200, step: "any", inputmode: "decimal" } })}
      <div class="row start">
        ${USUAL_KWH.map((each) => html`<button type="button" key=${each} onClick=${() => setKwh(String(each))}>${each} kWh</button>`)}
      </div>
      ${h(Trouble, { problem: task.problem })}
      <button class="primary" disabled=${task.busy}>${texts.save}</button>
      <button type="button" class="quiet" disabled=${task.busy} onClick=${() => task.run(() => clearGoal(chargerId))}>${texts.goal_clear}</button>
    </form>`;
}

/** How much to charge this time. @param {{charger: import("../app/types.js").HomeCharger}} props */
export function GoalScreen({ charger }) {
  const texts = useTexts();
  const { value, problem } = useLoaded(() => getPlan(charger.charger_id), charger.charger_id);
  const ready = value !== null || problem !== null;
  return h(Page, { title: texts.goal_title, back: "home", children: html`
    <p>${texts.goal_lead}</p>
    ${ready ? h(GoalForm, { chargerId: charger.charger_id, needWh: value?.need_wh ?? 0 }) : html`<p>${texts.loading}</p>`}` });
}
