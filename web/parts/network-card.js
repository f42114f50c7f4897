// @ts-check
import { getNetwork } from "../app/api.js";
import { dayAndTime } from "../app/format.js";
import { useFocus, useLoaded, useStore, useTask, useTick } from "../app/hooks.js";
import { textOfCode, useTexts } from "../app/language.js";
import { realNow } from "../app/clock.js";
import { useOutcome } from "../app/network-setup.js";
import { chooseNetwork, listNetworks, simulator } from "../app/simulator.js";
import { h, html, useState } from "../app/view.js";
import { Choice } from "./inputs.js";
import { Field, onSubmit, Trouble } from "./page.js";

/** @typedef {import("../app/types.js").Network} Network */
/** @typedef {import("../app/network-setup.js").Setup} Setup */
/** @typedef {"wifi"|"4g"} Kind */

const EVERY_MS = 2000;
const STEPS = ["waiting", "connecting", "connected"];
const CELLULAR = "4g";
const OTHER = "";

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

/** @param {{air: import("../app/types.js").SimAir, onSave: (kind: Kind, name: string, password: string) => void, busy: boolean}} props */
function WayFields({ air: { networks, router }, onSave, busy }) {
  const texts = useTexts();
  const [chosen, setChosen] = useState(networks[0]?.name ?? CELLULAR);
  const [typed, setTyped] = useState("");
  const [password, setPassword] = useState("");
  const isWifi = chosen !== CELLULAR;
  const secret = { type: "password", required: true, minlength: 8, maxlength: 63, autocomplete: "off" };
  return html`
    <form onSubmit=${onSubmit(() => onSave(isWifi ? "wifi" : "4g", isWifi ? chosen || typed : "", isWifi ? password : ""))}>
      ${h(Choice, { label: texts.network, value: chosen, onValue: setChosen,
        options: [...networks.map(({ name }) => [name, name]), [OTHER, texts.network_other], [CELLULAR, texts.network_4g]] })}
      ${chosen === OTHER && h(Field, { label: texts.network_name, value: typed, onValue: setTyped, input: { required: true, maxlength: 32, autocomplete: "off" } })}
      ${isWifi && h(Field, { label: texts.network_password, value: password, onValue: setPassword, hint: texts.network_password_hint, input: secret })}
      ${isWifi && html`<p><small>${texts.sim_router(router.name, router.password)}</small></p>`}
      <button class="primary" disabled=${busy}>${texts.save}</button>
    </form>`;
}

/**
 * Wi-Fi or 4G, told to the charger over Bluetooth; the simulator carries it, for a web page cannot.
 * @param {{serial: string, onSent: (kind: Kind) => void}} props
 */
function NetworkForm({ serial, onSent }) {
  const texts = useTexts();
  const { value: air, problem } = useLoaded(() => listNetworks(serial), serial);
  const task = useTask(async (/** @type {Kind} */ kind, /** @type {string} */ name, /** @type {string} */ password) => {
    await chooseNetwork(serial, kind === "wifi" ? { kind, name, password } : { kind });
    onSent(kind);
  });
  const place = useFocus();
  return html`
    <div class="simulated" tabindex="-1" ref=${place}><p><span class="tag">${texts.simulator}</span> <small>${texts.sim_bluetooth}</small></p>
      <p>${texts.network_near}</p>
      ${!air && !problem && html`<p role="status">${texts.network_searching}</p>`}
      ${h(Trouble, { problem: problem ?? task.problem })}
      ${air && h(WayFields, { air, onSave: task.run, busy: task.busy })}
    </div>`;
}

/** How the charger gets to the cloud, followed while the page is open, and its set-up. @param {{chargerId: string, serial: string, timeZone: string}} props */
export function NetworkCard({ chargerId, serial, timeZone }) {
  const texts = useTexts();
  const simulated = useStore(simulator);
  const [setup, setSetup] = useState(/** @type {Setup|null} */ (null));
  const [asking, setAsking] = useState(false);
  useTick(EVERY_MS);
  const { value, problem } = useLoaded(() => getNetwork(chargerId), `${chargerId} ${Math.floor(realNow() / EVERY_MS)}`, chargerId);
  const onSent = (/** @type {Kind} */ kind) => {
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
