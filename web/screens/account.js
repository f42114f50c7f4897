// @ts-check
import { changeAccount, deleteAccount, getAccount, getExport, locateAddress, signOutEverywhere } from "../app/api.js";
import { browserPosition } from "../app/claiming.js";
import { saveFile } from "../app/files.js";
import { useLoaded, useTask } from "../app/hooks.js";
import { Problem } from "../app/http.js";
import { chooseLanguage, language, useTexts } from "../app/language.js";
import { SHOP } from "../app/links.js";
import { goTo } from "../app/router.js";
import { closeSession, signOut } from "../app/session.js";
import { h, html, useState } from "../app/view.js";
import { Choice, Confirmed } from "../parts/inputs.js";
import { Field, onSubmit, Page, Trouble } from "../parts/page.js";

/** @typedef {import("../app/types.js").Account} Account */

const MOST_PAGES = 1000;

/** Everything stored about oneself, in one file. */
async function exportAll() {
  /** @type {Record<string, object[]>} */
  const tables = {};
  let page = await getExport(null);
  for (let count = 0; count < MOST_PAGES; count++) {
    for (const [name, rows] of Object.entries(page.tables)) tables[name] = [...(tables[name] ?? []), ...rows];
    if (!page.next) break;
    page = await getExport(page.next);
  }
  const text = JSON.stringify({ exported_at: page.exported_at, tables }, null, 2);
  saveFile(new Blob([text], { type: "application/json" }), "zmartcharge.json");
}

/** The address where the phone is, as a proposal. @param {{onFound: (address: string) => void}} props */
function FindAddress({ onFound }) {
  const texts = useTexts();
  const task = useTask(async () => {
    const found = await locateAddress(await browserPosition());
    if (!found) throw new Problem("no_address");
    onFound(found);
  });
  return html`
    ${h(Trouble, { problem: task.problem })}
    <button type="button" disabled=${task.busy} onClick=${task.run}>${texts.find_address}</button>`;
}

/** @param {{account: Account, first: boolean}} props */
function ProfileForm({ account, first }) {
  const texts = useTexts();
  const [name, setName] = useState(account.name ?? "");
  const [address, setAddress] = useState(account.address ?? "");
  const [spoken, setSpoken] = useState(/** @type {string} */ (first ? language.get() : account.language));
  const task = useTask(async () => {
    await changeAccount({ name: name.trim() || null, address: address.trim() || null, language: spoken });
    await chooseLanguage(spoken === "en" ? "en" : "no");
    goTo(first ? "home" : "account");
  });
  return html`
    <form onSubmit=${onSubmit(task.run)}>
      ${h(Field, { label: texts.your_name, value: name, onValue: setName, input: { autocomplete: "name", maxlength: 60 } })}
      ${h(Field, { label: texts.address, value: address, onValue: setAddress, hint: texts.address_hint, input: { autocomplete: "street-address", maxlength: 200 } })}
      ${h(FindAddress, { onFound: setAddress })}
      ${h(Choice, { label: texts.language, value: spoken, onValue: setSpoken, hint: texts.language_hint, options: [["no", "Norsk"], ["en", "English"]] })}
      <p><small>${texts.phone_fixed(account.phone)}</small></p>
      ${h(Trouble, { problem: task.problem })}
      <button class="primary" disabled=${task.busy}>${texts.save}</button>
    </form>`;
}

/** Name and address; `first` comes right after the terms. @param {{first?: boolean}} props */
export function ProfileScreen({ first = false }) {
  const texts = useTexts();
  const { value: account, problem } = useLoaded(getAccount, "account");
  return h(Page, { title: texts.profile, back: first ? undefined : "account", children: html`
    <p>${texts.profile_lead}</p>
    ${h(Trouble, { problem })}
    ${account && h(ProfileForm, { account, first })}` });
}

/** @param {{label: string, work: () => Promise<unknown>}} props */
function Deed({ label, work }) {
  const task = useTask(work);
  return html`
    <button type="button" disabled=${task.busy} onClick=${task.run}>${label}</button>
    ${h(Trouble, { problem: task.problem })}`;
}

function DeleteAccount() {
  const texts = useTexts();
  const task = useTask(async () => closeSession(await deleteAccount()));
  return h(Confirmed, { label: texts.delete_account, question: texts.delete_account_question, task });
}

/** The person: profile, messages, own data, ways out. */
export function AccountScreen() {
  const texts = useTexts();
  const { value: account, problem } = useLoaded(getAccount, "account");
  const everywhere = async () => {
    await signOutEverywhere();
    closeSession("");
  };
  return h(Page, { title: texts.account, back: "home", children: html`
    ${h(Trouble, { problem })}
    ${account && html`<p>${account.name && html`<strong>${account.name}</strong><br />`}${account.phone}</p>`}
    <nav class="ways" aria-label=${texts.account}>
      <a href="#/profile">${texts.profile}</a>
      <a href="#/messages">${texts.messages}</a>
      <a href=${SHOP} rel="noreferrer">${texts.shop}</a>
      <a href=${SHOP} rel="noreferrer">${texts.questions}</a>
      <a href=${SHOP} rel="noreferrer">${texts.contact}</a>
    </nav>
    ${h(Deed, { label: texts.export_data, work: exportAll })}
    ${h(Deed, { label: texts.sign_out, work: signOut })}
    ${h(Deed, { label: texts.sign_out_everywhere, work: everywhere })}
    ${h(DeleteAccount, {})}` });
}
