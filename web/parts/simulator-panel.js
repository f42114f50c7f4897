// @ts-check
import { productNow } from "../app/clock.js";
import { dateAndTime, energy, number } from "../app/format.js";
import { useTask, useTick } from "../app/hooks.js";
import { textOfCode, useTexts } from "../app/language.js";
import { hurry } from "../app/live.js";
import { listMessages, plugIn, powerCycle, unplug } from "../app/simulator.js";
import { h, html, useEffect, useState } from "../app/view.js";
import { Choice } from "./inputs.js";
import { Field, onSubmit, Trouble } from "./page.js";

/** @typedef {import("../app/types.js").SimCharger} SimCharger */
/** @typedef {import("../app/types.js").SimMessage} SimMessage */

const NO_CAR = "A";
const EVERY_MS = 1500;
const SHOWN = 3;
const TIME_ZONE = "Europe/Oslo";

/** @param {{speed: number}} props */
function ProductClock({ speed }) {
  const texts = useTexts();
  useTick(speed > 1 ? 200 : 1000);
  const pace = speed === 0 ? texts.sim_frozen : texts.sim_speed(number(speed, Number.isInteger(speed) ? 0 : 1));
  return html`<dl class="clock"><dt>${texts.sim_clock}</dt><dd>${dateAndTime(productNow(), TIME_ZONE)}<br /><small>${pace}</small></dd></dl>`;
}

/** @param {{charger: SimCharger}} props */
function Facts({ charger }) {
  const texts = useTexts();
  const { evse_state, drawn_w, battery_wh, need_wh, connected } = charger;
  const car = battery_wh !== null && need_wh !== null ? texts.sim_battery(energy(battery_wh), energy(need_wh)) : "";
  const state = `${evse_state}: ${textOfCode(texts, "evse", evse_state) ?? ""}`;
  const network = connected ? texts.sim_connected : texts.sim_not_connected;
  return html`<p class="facts">${[state, `${number(drawn_w / 1000, 1)} kW`, car, network].filter(Boolean).join(" · ")}</p>`;
}

/** @param {{serial: string, task: ReturnType<typeof useTask<[() => Promise<unknown>]>>}} props */
function PlugInForm({ serial, task }) {
  const texts = useTexts();
  const [need, setNeed] = useState("36");
  const [phases, setPhases] = useState("1");
  const car = () => ({ need_wh: Math.round(Number(need) * 1000), phases: Number(phases) });
  return html`
    <form onSubmit=${onSubmit(() => task.run(() => plugIn(serial, car())))}>
      <div class="pair">
        ${h(Field, { label: texts.sim_need, value: need, onValue: setNeed, input: { type: "number", min: 1, max: 200, step: "any", required: true } })}
        ${h(Choice, { label: texts.sim_phases, value: phases, onValue: setPhases, options: [["1", "1"], ["3", "3"]] })}
      </div>
      <button disabled=${task.busy}>${texts.sim_plug_in}</button>
    </form>`;
}

/** @param {{charger: SimCharger}} props */
function ChargerBox({ charger }) {
  const texts = useTexts();
  const { serial, evse_state } = charger;
  const task = useTask(async (/** @type {() => Promise<unknown>} */ work) => {
    await work();
    hurry();
  });
  const button = (/** @type {string} */ label, /** @type {() => Promise<unknown>} */ work) =>
    html`<button type="button" disabled=${task.busy} onClick=${() => task.run(work)}>${label}</button>`;
  return html`
    <section class="box" aria-label=${serial}>
      <h3>${serial}</h3>
      ${h(Facts, { charger })}
      ${evse_state === NO_CAR && h(PlugInForm, { serial, task })}
      <div class="row">
        ${evse_state !== NO_CAR && button(texts.sim_unplug, () => unplug(serial))}
        ${button(texts.sim_power_cycle, () => powerCycle(serial))}
      </div>
      ${h(Trouble, { problem: task.problem })}
    </section>`;
}

/** What one would do in the garage, beside the product and marked as no part of it. @param {{state: import("../app/types.js").SimState}} props */
export function SimulatorPanel({ state }) {
  const texts = useTexts();
  return html`
    <aside class="simulated panel" aria-label=${texts.simulator}>
      <h2><span class="tag">${texts.simulator}</span></h2>
      <p><small>${texts.simulator_note}</small></p>
      ${h(ProductClock, { speed: state.speed })}
      ${state.chargers.length === 0 && html`<p>${texts.sim_no_chargers}</p>`}
      ${state.chargers.map((charger) => h(ChargerBox, { charger, key: charger.serial }))}
    </aside>`;
}

/** @returns {SimMessage[]} the newest messages of the simulated phone, newest first */
function useMessages() {
  const [messages, setMessages] = useState(/** @type {SimMessage[]} */ ([]));
  useEffect(() => {
    const look = () => listMessages().then((all) => setMessages(all.slice(-SHOWN).reverse()), () => null);
    look();
    const timer = setInterval(look, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return messages;
}

/** On a laptop: the text messages that would have gone to the phone. @param {{onCode: (code: string) => void}} props */
export function SmsInbox({ onCode }) {
  const texts = useTexts();
  const messages = useMessages();
  return html`
    <section class="simulated" aria-label=${`${texts.simulator}: ${texts.sim_sms}`}>
      <h2><span class="tag">${texts.simulator}</span> ${texts.sim_sms}</h2>
      ${messages.length === 0 && html`<p>${texts.sim_no_sms}</p>`}
      <ul class="plain">
        ${messages.map(({ at, to, text }) => {
          const code = /\b\d{6}\b/.exec(text)?.[0];
          return html`<li key=${at + text}><small>${to}</small><br />${text}
            ${code && html`<button type="button" onClick=${() => onCode(code)}>${texts.sim_use_code(code)}</button>`}</li>`;
        })}
      </ul>
    </section>`;
}
