// @ts-check
import { getNetwork } from "../app/api.js";
import { dayAndTime } from "../app/format.js";
import { useLoaded, useTick } from "../app/hooks.js";
import { textOfCode, useTexts } from "../app/language.js";
import { realNow } from "../app/clock.js";
import { useOutcome } from "../app/network-setup.js";
import { simulator } from "../app/simulator.js";
import { useStore } from "../app/store.js";
import { h, html, useState } from "../app/view.js";
import { NetworkForm } from "./network-form.js";
import { Trouble } from "./trouble.js";

/** @typedef {import("../app/types.js").Network} Network */
/** @typedef {import("../app/network-setup.js").Setup} Setup */

const EVERY_MS = 2000;
const STEPS = ["waiting", "connecting", "connected"];

/** @param {{state: string}} props */
function Steps({ state }) {
  const texts = useTexts();
  const reached = STEPS.indexOf(state);
  const last = STEPS.length - 1;
  return html`
    <ol class="steps-list">
      ${STEPS.map((step, index) => html`
        <li key=${step} class=${index < reached || reached === last ? "done" : ""} aria-current=${index === reached ? "step" : undefined}>
          ${textOfCode(texts, "network", step)}</li>`)}
    </ol>`;
}

/** What it is connected by, or why it is not. @param {{network: Network, timeZone: string}} props */
function Facts({ network: { state, kind, signal, since, reason, failure }, timeZone }) {
  const texts = useTexts();
  const way = (/** @type {string} */ code) => textOfCode(texts, "network_kind", code) ?? code;
  const told = [kind && way(kind), signal && textOfCode(texts, "signal", signal), texts.since(dayAndTime(Date.parse(since), timeZone))];
  return html`
    <p>${told.filter(Boolean).join(" · ")}</p>
    ${state === "failed" && html`<p class="trouble">${textOfCode(texts, "network_failed", reason) ?? texts.network_failed}</p>`}
    ${failure && html`<p class="trouble">${texts.network_last_failure(way(failure.kind), textOfCode(texts, "network_reason", failure.reason) ?? failure.reason)}</p>`}`;
}

/** What is known, and while a set-up is tried, how far it has come. @param {{network: Network, setup: Setup|null, outcome: string|null, timeZone: string}} props */
function Progress({ network, setup, outcome, timeZone }) {
  const texts = useTexts();
  const isTrying = outcome === "trying";
  return html`
    ${h(Steps, { state: isTrying ? (network.since === setup?.before?.since ? "waiting" : "connecting") : network.state })}
    ${isTrying ? html`<p>${texts.network_sent}</p>` : h(Facts, { network, timeZone })}
    ${outcome === "done" && html`<p class="note">${texts.network_done}</p>`}`;
}

/** How the charger gets to the cloud, followed while the page is open, and its set-up. @param {{chargerId: string, serial: string, timeZone: string}} props */
export function NetworkCard({ chargerId, serial, timeZone }) {
  const texts = useTexts();
  const simulated = useStore(simulator);
  const [setup, setSetup] = useState(/** @type {Setup|null} */ (null));
  const [asking, setAsking] = useState(false);
  useTick(EVERY_MS);
  const { value, problem } = useLoaded(() => getNetwork(chargerId), `${chargerId} ${Math.floor(realNow() / EVERY_MS)}`, chargerId);
  const onSent = (/** @type {Setup["kind"]} */ kind) => {
    setSetup({ before: value, kind });
    setAsking(false);
  };
  const outcome = useOutcome(setup, value);
  return html`
    <section class="card" aria-labelledby="network">
      <h2 id="network">${texts.network}</h2>
      ${h(Trouble, { problem: value ? null : problem })}
      ${!value && !problem && html`<p>${texts.loading}</p>`}
      <div role="status" class="stack">${value && h(Progress, { network: value, setup, outcome, timeZone })}</div>
      ${asking && h(NetworkForm, { serial, onSent })}
      ${simulated && !asking && html`<button type="button" onClick=${() => setAsking(true)}>${outcome === "failed" ? texts.try_again : texts.network_set_up}</button>`}
      <details><summary>${texts.network_help}</summary>
        <ul class="bullets"><li>${texts.network_help_wifi}</li><li>${texts.network_help_4g}</li><li>${texts.power_cycle}</li></ul></details>
    </section>`;
}
