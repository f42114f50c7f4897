// @ts-check
import { useLoaded, useTask } from "../app/hooks.js";
import { useTexts } from "../app/language.js";
import { chooseNetwork, listNetworks } from "../app/simulator.js";
import { h, html, useState } from "../app/view.js";
import { Choice } from "./inputs.js";
import { Field, onSubmit } from "./page.js";
import { Trouble } from "./trouble.js";

/** @typedef {"wifi"|"4g"} Kind */

const CELLULAR = "4g";
const OTHER = "";

/** @param {{air: import("../app/types.js").SimAir, onSave: (kind: Kind, name: string, password: string) => void, busy: boolean}} props */
function Fields({ air: { networks, router }, onSave, busy }) {
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
export function NetworkForm({ serial, onSent }) {
  const texts = useTexts();
  const { value: air, problem } = useLoaded(() => listNetworks(serial), serial);
  const task = useTask(async (/** @type {Kind} */ kind, /** @type {string} */ name, /** @type {string} */ password) => {
    await chooseNetwork(serial, kind === "wifi" ? { kind, name, password } : { kind });
    onSent(kind);
  });
  return html`
    <div class="simulated"><p><span class="tag">${texts.simulator}</span> <small>${texts.sim_bluetooth}</small></p>
      <p>${texts.network_near}</p>
      ${!air && !problem && html`<p role="status">${texts.network_searching}</p>`}
      ${h(Trouble, { problem: problem ?? task.problem })}
      ${air && h(Fields, { air, onSave: task.run, busy: task.busy })}
    </div>`;
}
