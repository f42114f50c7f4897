// @ts-check
import { getLoad, registerMeter, removeMeter } from "../app/api.js";
import { realNow } from "../app/clock.js";
import { number } from "../app/format.js";
import { useLoaded, useStore, useTask, useTick } from "../app/hooks.js";
import { textOfCode, useTexts } from "../app/language.js";
import { putReader, simulator } from "../app/simulator.js";
import { h, html, useState } from "../app/view.js";
import { Confirmed } from "./inputs.js";
import { Trouble } from "./page.js";

/** @typedef {import("../app/types.js").Load} Load */
/** @typedef {import("../app/types.js").NewMeter} NewMeter */

const EVERY_MS = 5000;
const LINES = ["L1", "L2", "L3"];

/** What flows on each line, against what may. @param {{load: Load}} props */
function Lines({ load }) {
  const texts = useTexts();
  return html`
    ${load.state !== "live" && html`<p><small>${texts.load_last}</small></p>`}
    ${LINES.map((line, index) => {
      const current = load.currents_a[index] ?? null;
      return html`
        <div class="line" key=${line}><span>${line}</span>
          <meter min="0" max=${load.main_fuse_a} high=${load.most_a} value=${current ?? 0} aria-label=${line}></meter>
          <span>${current === null ? "–" : `${number(current, 1)} A`}</span></div>`;
    })}
    <p><small>${texts.load_most(number(Math.floor(load.most_a), 0), number(load.main_fuse_a, 0))}</small></p>`;
}

/** What each charger is given, and why. @param {{load: Load}} props */
function Shares({ load }) {
  const texts = useTexts();
  return html`
    <ul class="plain">
      ${load.chargers.map(({ charger_id, name, limit_a, offered_a, reason }) => html`
        <li key=${charger_id}><strong>${name}</strong> ${texts.load_share(number(limit_a, 0), number(offered_a, 0))}<br />
          <small>${textOfCode(texts, "share", reason)}</small></li>`)}
    </ul>`;
}

/** The token of a new reader is told once. @param {{made: NewMeter}} props */
function Made({ made }) {
  const texts = useTexts();
  const simulated = useStore(simulator);
  const task = useTask(() => putReader(made));
  return html`
    <div class="note" role="status"><p>${texts.meter_made}</p>
      <p><small>URL</small><br /><code>${made.base_url}</code></p><p><small>Token</small><br /><code>${made.token}</code></p></div>
    ${simulated && html`<div class="simulated row"><span class="tag">${texts.simulator}</span>
      <button type="button" disabled=${task.busy} onClick=${task.run}>${texts.sim_put_reader}</button></div>`}
    ${h(Trouble, { problem: task.problem })}`;
}

function Help() {
  const texts = useTexts();
  return html`
    <details><summary>${texts.meter_help}</summary>
      <ol class="bullets"><li>${texts.meter_help_power}</li><li>${texts.meter_help_join}</li><li>${texts.meter_help_wifi}</li></ol>
      <p>${texts.meter_help_reset}</p></details>`;
}

/** @param {{siteId: string, load: Load, again: () => void}} props */
function Reader({ siteId, load, again }) {
  const texts = useTexts();
  const [made, setMade] = useState(/** @type {NewMeter|null} */ (null));
  const register = useTask(async () => {
    setMade(await registerMeter(siteId));
    again();
  });
  const remove = useTask(async () => {
    await removeMeter(siteId);
    setMade(null);
    again();
  });
  return html`
    ${made && h(Made, { made })}
    ${h(Trouble, { problem: register.problem })}
    ${load.state === "none"
      ? html`<button type="button" disabled=${register.busy} onClick=${register.run}>${texts.meter_register}</button>`
      : h(Confirmed, { label: texts.meter_remove, question: texts.meter_remove_question, task: remove })}`;
}

/** Load balancing of a site: set-up of the meter reader, and what flows now. @param {{siteId: string}} props */
export function LoadCard({ siteId }) {
  const texts = useTexts();
  const [round, setRound] = useState(0);
  useTick(EVERY_MS);
  const { value: load, problem } = useLoaded(() => getLoad(siteId), `${siteId} ${round} ${Math.floor(realNow() / EVERY_MS)}`, siteId);
  if (!load) return h(Trouble, { problem: problem?.status === 404 ? null : problem });
  return html`
    <section class="card" aria-labelledby="load">
      <h2 id="load">${texts.balancing}</h2>
      <p role="status">${textOfCode(texts, "meter", load.state) ?? load.state}</p>
      ${load.state !== "none" && load.state !== "waiting" && h(Lines, { load })}
      ${load.state !== "none" && h(Shares, { load })}
      ${h(Reader, { siteId, load, again: () => setRound(round + 1) })}
      ${h(Help, {})}
    </section>`;
}
