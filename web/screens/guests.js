// @ts-check
import { changeGrant, endGrant, invite, listGrants } from "../app/api.js";
import { productNow } from "../app/clock.js";
import { localMinute } from "../app/format.js";
import { useFocus, useLoaded, useTask } from "../app/hooks.js";
import { language, textOfCode, useTexts } from "../app/language.js";
import { hurry } from "../app/live.js";
import { h, html, useState } from "../app/view.js";
import { WindowText } from "../parts/guest-window.js";
import { Choice, Confirmed, Toggle } from "../parts/inputs.js";
import { Field, onSubmit, Page, Trouble } from "../parts/page.js";
import { PhoneField } from "../parts/phone-field.js";
import { useSettings } from "../parts/settings-of.js";

/** @typedef {import("../app/types.js").Grant} Grant */
/** @typedef {import("../app/types.js").HomeCharger} HomeCharger */
/** @typedef {{name: string, phone: string, start: string, end: string, forever: boolean, language: string}} Draft */
/** @typedef {{draft: Draft, change: (part: Partial<Draft>) => void}} DraftProps */

const DAY_MS = 86400000;

/** The window, on the clock of the site. @param {DraftProps} props */
function WindowFields({ draft, change }) {
  const texts = useTexts();
  const input = { type: "datetime-local", required: true };
  return html`
    ${h(Toggle, { label: texts.forever, checked: draft.forever, onChecked: (forever) => change({ forever }), hint: texts.forever_hint })}
    ${h(Field, { label: texts.starts, value: draft.start, onValue: (start) => change({ start }), input })}
    ${!draft.forever && h(Field, { label: texts.ends, value: draft.end, onValue: (end) => change({ end }), input: { ...input, min: draft.start } })}
    <p><small>${texts.window_clock}</small></p>`;
}

/** @param {DraftProps} props */
function NewGuestFields({ change, draft }) {
  const texts = useTexts();
  return html`
    ${h(PhoneField, { onValue: (phone) => change({ phone }) })}
    ${h(Choice, { label: texts.message_language, value: draft.language, onValue: (next) => change({ language: next }),
      options: [["no", "Norsk"], ["en", "English"]] })}`;
}

/** @param {{chargerId: string, grant: Grant|null, nowLocal: string, endLocal: string, onDone: () => void}} props */
function GuestForm({ chargerId, grant, nowLocal, endLocal, onDone }) {
  const texts = useTexts();
  const [draft, setDraft] = useState(/** @type {Draft} */ ({ name: grant?.name ?? "", phone: "", start: grant?.start.slice(0, 16) ?? nowLocal,
    end: grant?.end?.slice(0, 16) ?? endLocal, forever: grant ? !grant.end : true, language: language.get() }));
  const change = (/** @type {Partial<Draft>} */ part) => setDraft((before) => ({ ...before, ...part }));
  const task = useTask(async () => {
    const { name, phone, start } = draft;
    const end = draft.forever ? null : draft.end;
    if (grant) await changeGrant(chargerId, grant, { name: name.trim(), end, ...(start === grant.start.slice(0, 16) ? {} : { start }) });
    else await invite(chargerId, { name: name.trim(), phone, start: start === nowLocal ? null : start, end, language: draft.language });
    hurry();
    onDone();
  });
  const place = useFocus();
  return html`
    <form class="card" tabindex="-1" ref=${place} onSubmit=${onSubmit(task.run)}>
      ${h(Field, { label: texts.guest_name, value: draft.name, onValue: (name) => change({ name }), input: { required: true, maxlength: 60 } })}
      ${!grant && h(NewGuestFields, { draft, change })}
      ${h(WindowFields, { draft, change })}
      ${h(Trouble, { problem: task.problem })}
      <div class="pair">
        <button type="button" disabled=${task.busy} onClick=${onDone}>${texts.cancel}</button>
        <button class="primary" disabled=${task.busy}>${grant ? texts.save : texts.invite}</button>
      </div>
    </form>`;
}

/** @param {{chargerId: string, grant: Grant, onDone: () => void}} props */
function Revoke({ chargerId, grant, onDone }) {
  const texts = useTexts();
  const task = useTask(async () => {
    await endGrant(chargerId, grant.grant_id);
    onDone();
  });
  return h(Confirmed, { label: texts.revoke, question: texts.revoke_question(grant.name), task });
}

/** @param {{chargerId: string, grant: Grant, nowLocal: string, endLocal: string, onDone: () => void}} props */
function GuestCard({ chargerId, grant, nowLocal, endLocal, onDone }) {
  const texts = useTexts();
  const [editing, setEditing] = useState(false);
  const done = () => {
    setEditing(false);
    onDone();
  };
  if (editing) return html`<li>${h(GuestForm, { chargerId, grant, nowLocal, endLocal, onDone: done })}</li>`;
  const over = ["ended", "lapsed"].includes(grant.state);
  return html`
    <li class="card">
      <p class="row"><strong>${grant.name}</strong> <span class="mode">${textOfCode(texts, "grant_state", grant.state) ?? grant.state}</span></p>
      ${grant.is_guest_deleted ? html`<p><small>${texts.guest_deleted}</small></p>` : html`<p><small>${grant.phone}</small></p>`}
      ${h(WindowText, { grant })}
      ${!over && html`
        <div class="pair">
          <button type="button" onClick=${() => setEditing(true)}>${texts.change}</button>
          ${h(Revoke, { chargerId, grant, onDone: done })}
        </div>`}
    </li>`;
}

/** @param {{charger: HomeCharger, timeZone: string}} props */
function GuestList({ charger, timeZone }) {
  const texts = useTexts();
  const [round, setRound] = useState(0);
  const [inviting, setInviting] = useState(false);
  const id = charger.charger_id;
  const { value: grants, problem } = useLoaded(() => listGrants(id), `${id} ${round}`, id);
  const nowLocal = localMinute(productNow(), timeZone);
  const endLocal = localMinute(productNow() + DAY_MS, timeZone);
  const onDone = () => {
    setInviting(false);
    setRound(round + 1);
  };
  return html`
    ${h(Trouble, { problem })}
    ${inviting
      ? h(GuestForm, { chargerId: id, grant: null, nowLocal, endLocal, onDone })
      : html`<button type="button" class="primary" onClick=${() => setInviting(true)}>${texts.invite_guest}</button>`}
    ${!grants && !problem && html`<p>${texts.loading}</p>`}
    ${grants?.length === 0 && html`<p class="note">${texts.no_guests}</p>`}
    <ul class="plain">${grants?.map((grant) => h(GuestCard, { key: `${grant.grant_id} ${grant.version}`, chargerId: id, grant, nowLocal, endLocal, onDone }))}</ul>`;
}

/** Who else may charge here, and when. @param {{charger: HomeCharger}} props */
export function GuestsScreen({ charger }) {
  const texts = useTexts();
  const { value, problem } = useSettings(charger);
  return h(Page, { title: texts.guests, back: "home", children: html`
    <p>${texts.guests_lead}</p>
    ${value?.charger?.access === "everyone" && html`<p class="note">${texts.guests_everyone} <a href="#/settings">${texts.settings}</a></p>`}
    ${h(Trouble, { problem })}
    ${value?.charger && h(GuestList, { charger, timeZone: value.timeZone })}` });
}
