// @ts-check
import { getPushChoices, listNotifications, markRead, setPushChoices } from "../app/api.js";
import { dayAndTime } from "../app/format.js";
import { useLoaded, useTask } from "../app/hooks.js";
import { textOfCode, useTexts } from "../app/language.js";
import { h, html, useState } from "../app/view.js";
import { Toggle } from "../parts/inputs.js";
import { Page, Trouble } from "../parts/page.js";

/** Messages are of several sites; their times are shown on the clock of the product's home. */
const TIME_ZONE = "Europe/Oslo";

/** What one was told; having seen it is remembered. */
async function readInbox() {
  const found = await listNotifications();
  const newest = found[0];
  if (newest && !newest.is_read) await markRead(newest.notification_id);
  return found;
}

/** @param {{first: Record<string, boolean>}} props */
function PushChoices({ first }) {
  const texts = useTexts();
  const [choices, setChoices] = useState(first);
  const task = useTask(async (/** @type {Record<string, boolean>} */ next) => setChoices(await setPushChoices(next)));
  return html`
    ${Object.keys(choices).map((kind) => h(Toggle, { key: kind, label: textOfCode(texts, "kind", kind) ?? kind, checked: choices[kind] ?? true,
      disabled: task.busy, onChecked: (on) => task.run({ ...choices, [kind]: on }) }))}
    ${h(Trouble, { problem: task.problem })}`;
}

/** The inbox, and which kinds of messages reach the phone. */
export function MessagesScreen() {
  const texts = useTexts();
  const inbox = useLoaded(readInbox, "inbox");
  const choices = useLoaded(getPushChoices, "choices");
  return h(Page, { title: texts.messages, back: "account", children: html`
    ${h(Trouble, { problem: inbox.problem ?? choices.problem })}
    ${inbox.value?.length === 0 && html`<p class="note">${texts.no_messages}</p>`}
    <ul class="plain">
      ${inbox.value?.map((each) => html`
        <li class=${`card message ${each.is_read ? "" : "unread"}`} key=${each.notification_id}>
          <p><strong>${each.title}</strong> <small>${dayAndTime(Date.parse(each.told_at), TIME_ZONE)}</small></p><p>${each.text}</p></li>`)}
    </ul>
    <section class="card" aria-labelledby="push"><h2 id="push">${texts.push_choices}</h2>
      ${choices.value && h(PushChoices, { first: choices.value })}</section>` });
}
