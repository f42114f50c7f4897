// @ts-check
import { listSites } from "../app/api.js";
import { claimCharger } from "../app/claiming.js";
import { useLoaded, useStore, useTask } from "../app/hooks.js";
import { textOfCode, useTexts } from "../app/language.js";
import { hurry, news } from "../app/live.js";
import { powerCycle, simulator } from "../app/simulator.js";
import { h, html, useEffect, useState } from "../app/view.js";
import { Choice } from "../parts/inputs.js";
import { Field, onSubmit, Page, Trouble } from "../parts/page.js";
import { NetworkCard } from "../parts/network-card.js";
import { ScanButton } from "../parts/scan-button.js";
import { SettingsForm } from "./settings.js";

/** @typedef {import("../app/claiming.js").Claimed} Claimed */
/** @typedef {{serial: string, fingerprint: string, siteId: string}} Draft */
/** @typedef {{draft: Draft, change: (part: Partial<Draft>) => void}} DraftProps */

const EMPTY = { serial: "", fingerprint: "", siteId: "" };

/** @param {Draft} draft @returns {Draft} as it stands on the charger */
const tidy = ({ serial, fingerprint, siteId }) => ({ serial: serial.trim().toUpperCase(), fingerprint: fingerprint.trim(), siteId });

/** On a laptop: the chargers whose labels one could scan. @param {DraftProps} props */
function SimulatedChargers({ draft, change }) {
  const texts = useTexts();
  const state = useStore(simulator);
  if (!state) return html`<!-- no simulator -->`;
  return html`
    <section class="simulated" aria-label=${`${texts.simulator}: ${texts.sim_chargers}`}>
      <h2><span class="tag">${texts.simulator}</span> ${texts.sim_chargers}</h2>
      <ul class="plain">
        ${state.chargers.map(({ serial, fingerprint, evse_state }) => html`
          <li class="row" key=${serial}>
            <span><strong>${serial}</strong><br /><small>${textOfCode(texts, "evse", evse_state) ?? evse_state}</small></span>
            <button type="button" aria-pressed=${draft.serial === serial ? "true" : "false"}
              aria-label=${`${texts.sim_choose} ${serial}`} onClick=${() => change({ serial, fingerprint })}>${texts.sim_choose}</button>
          </li>`)}
      </ul>
    </section>`;
}

/** A site the person has, or a new one where the charger stands. @param {DraftProps} props */
function Place({ draft, change }) {
  const texts = useTexts();
  const { value: sites } = useLoaded(listSites, "sites");
  const simulated = useStore(simulator);
  useEffect(() => {
    if (sites?.[0]) change({ siteId: sites[0].site_id });
  }, [sites]);
  return html`
    ${sites && sites.length > 0 && h(Choice, { label: texts.place, value: draft.siteId, onValue: (siteId) => change({ siteId }),
      options: [...sites.map((site) => [site.site_id, site.name]), ["", texts.new_place]] })}
    ${!draft.siteId && html`<p><small>${simulated ? texts.sim_position : texts.position_lead}</small></p>`}`;
}

/**
 * When the charger is closed to new owners, the laptop can switch it off and on.
 * @param {{problem: import("../app/http.js").Problem|null, serial: string}} props
 */
function OpenAgain({ problem, serial }) {
  const texts = useTexts();
  const task = useTask(() => powerCycle(serial));
  if (problem?.code !== "claim_window_closed") return html`<!-- open -->`;
  return html`
    <div class="simulated row"><span class="tag">${texts.simulator}</span>
      <button type="button" disabled=${task.busy} onClick=${task.run}>${texts.sim_power_cycle}</button></div>
    ${h(Trouble, { problem: task.problem })}`;
}

/** Why the phone asks for permissions, and what to do when the charger is not found. */
function Help() {
  const texts = useTexts();
  const isFirst = useStore(news).home?.chargers.length === 0;
  return html`
    <details open=${isFirst}><summary>${texts.why_permissions}</summary>
      <ul class="bullets"><li>${texts.why_camera}</li><li>${texts.why_position}</li><li>${texts.why_bluetooth}</li><li>${texts.why_background}</li></ul>
    </details>
    <details><summary>${texts.not_found_help}</summary><p>${texts.power_cycle}</p></details>`;
}

/** @param {{onClaimed: (claimed: Claimed) => void}} props */
function ClaimForm({ onClaimed }) {
  const texts = useTexts();
  const [draft, setDraft] = useState(/** @type {Draft} */ (EMPTY));
  const [step, setStep] = useState(/** @type {import("../app/claiming.js").Step} */ ("start"));
  const task = useTask(async () => onClaimed(await claimCharger(tidy(draft), setStep)));
  const change = (/** @type {Partial<Draft>} */ part) => setDraft((before) => ({ ...before, ...part }));
  const serial = { required: true, maxlength: 20, pattern: "[A-Za-z0-9\\-]{8,20}", autocapitalize: "characters", autocomplete: "off", spellcheck: false };
  const fingerprint = { required: true, maxlength: 64, autocapitalize: "off", autocomplete: "off", spellcheck: false };
  return h(Page, { title: texts.add_title, back: "home", children: html`
    <p>${texts.add_lead}</p>
    ${h(Help, {})}
    ${h(SimulatedChargers, { draft, change })}
    ${h(ScanButton, { onLabel: change })}
    <form onSubmit=${onSubmit(task.run)}>
      ${h(Field, { label: texts.serial, value: draft.serial, onValue: (value) => change({ serial: value }), input: serial })}
      ${h(Field, { label: texts.fingerprint, value: draft.fingerprint, onValue: (value) => change({ fingerprint: value }),
        hint: texts.fingerprint_hint, input: fingerprint })}
      ${h(Place, { draft, change })}
      <p role="status">${task.busy && texts[`claim_step_${step}`]}</p>
      ${h(Trouble, { problem: task.problem })}
      ${h(OpenAgain, { problem: task.problem, serial: tidy(draft).serial })}
      <button class="primary" disabled=${task.busy}>${texts.claim}</button>
    </form>` });
}

/** @param {{claimed: Claimed}} props */
function ClaimedPage({ claimed: { charger, site, isNewSite } }) {
  const texts = useTexts();
  const sure = site.zone && !site.zone_must_ask;
  const next = isNewSite || !sure ? `site/${site.site_id}/first` : "home";
  return h(Page, { title: texts.claimed_title, children: html`
    <p class="note">${sure ? texts.claimed_zone(site.name, site.zone ?? "") : texts.claimed_zone_ask(site.name)}</p>
    ${h(NetworkCard, { chargerId: charger.charger_id, serial: charger.serial, timeZone: site.time_zone })}
    ${h(SettingsForm, { charger, first: true, next })}` });
}

/** Adds a charger, then asks for its name, fuse and time of day. @param {{choose: (chargerId: string) => void}} props */
export function AddScreen({ choose }) {
  const [claimed, setClaimed] = useState(/** @type {Claimed|null} */ (null));
  if (claimed) return h(ClaimedPage, { claimed, key: "claimed" });
  const onClaimed = (/** @type {Claimed} */ next) => {
    setClaimed(next);
    choose(next.charger.charger_id);
    hurry();
  };
  return h(ClaimForm, { onClaimed, key: "claim" });
}
