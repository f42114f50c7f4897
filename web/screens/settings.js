// @ts-check
import { changeCharger, listSites, removeCharger } from "../app/api.js";
import { useLoaded, useTask } from "../app/hooks.js";
import { useTexts } from "../app/language.js";
import { hurry } from "../app/live.js";
import { goTo } from "../app/router.js";
import { h, html, useState } from "../app/view.js";
import { Choice, Confirmed, Toggle } from "../parts/inputs.js";
import { NetworkCard } from "../parts/network-card.js";
import { Field, onSubmit, Page, Trouble } from "../parts/page.js";
import { useSettings } from "../parts/settings-of.js";

/** @typedef {import("../app/types.js").OwnCharger} OwnCharger */
/** @typedef {import("../app/types.js").Settings} Settings */
/** @typedef {{draft: Settings, change: (part: Partial<Settings>) => void}} DraftProps */

/** @type {(keyof Settings)[]} */
const NAMES = ["name", "circuit_fuse_a", "ready_by", "site_id", "access", "disabled", "full_until", "max_starts", "leaves_early"];

/** @param {OwnCharger} charger @param {Settings} draft @returns {Partial<Settings>} what was changed */
const changed = (charger, draft) => Object.fromEntries(NAMES.filter((name) => draft[name] !== charger[name]).map((name) => [name, draft[name]]));

/** Name, site, fuse and the time of day to be ready. @param {DraftProps} props */
function Basics({ draft, change }) {
  const texts = useTexts();
  const { value: sites } = useLoaded(listSites, "sites");
  const fuse = { type: "number", required: true, min: 6, max: 80, step: 1, inputmode: "numeric" };
  return html`
    ${h(Field, { label: texts.charger_name, value: draft.name, onValue: (name) => change({ name }), input: { required: true, maxlength: 60 } })}
    ${sites && sites.length > 1 && h(Choice, { label: texts.place, value: draft.site_id, onValue: (site_id) => change({ site_id }),
      options: sites.map((site) => [site.site_id, site.name]) })}
    ${h(Field, { label: texts.circuit_fuse, value: String(draft.circuit_fuse_a), onValue: (value) => change({ circuit_fuse_a: Number(value) }),
      hint: texts.need_whole_amperes, input: fuse })}
    ${h(Field, { label: texts.ready_by, value: draft.ready_by, onValue: (ready_by) => change({ ready_by }), hint: texts.ready_by_hint,
      input: { type: "time", required: true } })}`;
}

/** Who may charge, and how. @param {DraftProps} props */
function Rules({ draft, change }) {
  const texts = useTexts();
  return html`
    ${h(Choice, { label: texts.access, value: draft.access, onValue: (access) => change({ access }), hint: texts.access_hint,
      options: [["everyone", texts.access_everyone], ["via_phone", texts.access_via_phone]] })}
    ${h(Choice, { label: texts.full_until, value: draft.full_until, onValue: (full_until) => change({ full_until }),
      options: [["unplug", texts.full_until_unplug], ["changed", texts.full_until_changed]] })}
    ${h(Choice, { label: texts.max_starts, value: String(draft.max_starts), onValue: (value) => change({ max_starts: Number(value) }),
      hint: texts.max_starts_hint, options: Array.from({ length: 10 }, (_, index) => [String(index + 1), String(index + 1)]) })}
    ${h(Toggle, { label: texts.leaves_early, checked: draft.leaves_early, onChecked: (leaves_early) => change({ leaves_early }), hint: texts.leaves_early_hint })}
    ${h(Toggle, { label: texts.disabled, checked: draft.disabled, onChecked: (disabled) => change({ disabled }), hint: texts.disabled_hint })}`;
}

/** All settings; with `first` only those that a new charger needs. `next` is the place after it. @param {{charger: OwnCharger, first?: boolean, next?: string}} props */
export function SettingsForm({ charger, first = false, next = "home" }) {
  const texts = useTexts();
  const [draft, setDraft] = useState(/** @type {Settings} */ (charger));
  const change = (/** @type {Partial<Settings>} */ part) => setDraft((before) => ({ ...before, ...part }));
  const task = useTask(async () => {
    const changes = changed(charger, { ...draft, name: draft.name.trim() });
    if (Object.keys(changes).length > 0) await changeCharger(charger.charger_id, charger.version, changes);
    hurry();
    goTo(next);
  });
  return html`
    <form onSubmit=${onSubmit(task.run)}>
      ${h(Basics, { draft, change })}
      ${!first && h(Rules, { draft, change })}
      ${h(Trouble, { problem: task.problem })}
      <button class="primary" disabled=${task.busy}>${texts.save}</button>
    </form>`;
}

/** @param {{charger: OwnCharger}} props */
function RemoveButton({ charger }) {
  const texts = useTexts();
  const task = useTask(async () => {
    await removeCharger(charger.charger_id);
    hurry();
    goTo("home");
  });
  const first = html`<a href="#/history">${texts.remove_export}</a>`;
  return h(Confirmed, { label: texts.remove_charger, question: html`${texts.remove_question} ${first}`, task });
}

/** @param {{charger: OwnCharger, timeZone: string}} props */
function AllSettings({ charger, timeZone }) {
  const texts = useTexts();
  return html`
    <p role="status">${charger.settings_state.state === "pending" && html`<span class="note">${texts.settings_pending}</span>`}</p>
    ${h(SettingsForm, { charger })}
    <nav class="ways" aria-label=${texts.settings}><a href="#/guests">${texts.guests}</a></nav>
    ${h(NetworkCard, { chargerId: charger.charger_id, serial: charger.serial, timeZone })}
    <p><small>${texts.serial} ${charger.serial}</small></p>
    ${h(RemoveButton, { charger })}`;
}

/** The settings of a charger that is in use. @param {{charger: import("../app/types.js").HomeCharger}} props */
export function SettingsScreen({ charger }) {
  const texts = useTexts();
  const { value, problem } = useSettings(charger);
  return h(Page, { title: texts.settings, back: "home", children: html`
    ${h(Trouble, { problem })}
    ${value?.charger && h(AllSettings, { charger: value.charger, timeZone: value.timeZone })}
    ${value && !value.charger && html`<p class="note">${texts.problem_not_allowed}</p>`}
    ${!value && !problem && html`<p>${texts.loading}</p>`}` });
}
