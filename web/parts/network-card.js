// @ts-check
import { getNetwork } from "../app/api.js";
import { dayAndTime } from "../app/format.js";
import { useLoaded, useTick } from "../app/hooks.js";
import { textOfCode, useTexts } from "../app/language.js";
import { realNow } from "../app/clock.js";
import { h, html } from "../app/view.js";
import { Trouble } from "./trouble.js";

const EVERY_MS = 3000;
const STEPS = ["waiting", "connecting", "connected"];

/** @param {{network: import("../app/types.js").Network}} props */
function Steps({ network }) {
  const texts = useTexts();
  const reached = STEPS.indexOf(network.state);
  const last = STEPS.length - 1;
  return html`
    <ol class="steps-list">
      ${STEPS.map((step, index) => html`
        <li key=${step} class=${index < reached || reached === last ? "done" : ""} aria-current=${index === reached ? "step" : undefined}>
          ${textOfCode(texts, "network", step)}</li>`)}
    </ol>`;
}

/** What it is connected by, or why it is not. @param {{network: import("../app/types.js").Network, timeZone: string}} props */
function Facts({ network, timeZone }) {
  const texts = useTexts();
  const kind = network.kind && (textOfCode(texts, "network_kind", network.kind) ?? network.kind);
  const signal = network.signal && textOfCode(texts, "signal", network.signal);
  const since = texts.since(dayAndTime(Date.parse(network.since), timeZone));
  return html`
    <p>${[kind, signal, since].filter(Boolean).join(" · ")}</p>
    ${network.state === "failed" && html`<p class="trouble">${textOfCode(texts, "network_failed", network.reason) ?? texts.network_failed}</p>`}
    ${network.failure && html`<p><small>${texts.network_last_failure(network.failure.kind, network.failure.reason)}</small></p>`}`;
}

/** How the charger gets to the cloud, followed while the page is open. @param {{chargerId: string, timeZone: string}} props */
export function NetworkCard({ chargerId, timeZone }) {
  const texts = useTexts();
  useTick(EVERY_MS);
  const { value, problem } = useLoaded(() => getNetwork(chargerId), `${chargerId} ${Math.floor(realNow() / EVERY_MS)}`, chargerId);
  return html`
    <section class="card" aria-labelledby="network">
      <h2 id="network">${texts.network}</h2>
      ${h(Trouble, { problem: value ? null : problem })}
      ${!value && !problem && html`<p>${texts.loading}</p>`}
      <div role="status">${value && html`${h(Steps, { network: value })}${h(Facts, { network: value, timeZone })}`}</div>
      <details><summary>${texts.network_help}</summary>
        <ul class="bullets"><li>${texts.network_help_wifi}</li><li>${texts.network_help_4g}</li><li>${texts.power_cycle}</li></ul></details>
    </section>`;
}
