// @ts-check
import { exchangeCode, requestCode } from "../app/api.js";
import { useStore, useTask, useTick } from "../app/hooks.js";
import { useTexts } from "../app/language.js";
import { realNow } from "../app/clock.js";
import { beginSession, erasureId } from "../app/session.js";
import { simulator } from "../app/simulator.js";
import { h, html, useState } from "../app/view.js";
import { Field, onSubmit, Page, Trouble } from "../parts/page.js";
import { PhoneField } from "../parts/phone-field.js";
import { SmsInbox } from "../parts/simulator-panel.js";

/** @typedef {{phone: string, challengeId: string, resendAtMs: number}} Sent */

const CODE_LENGTH = 6;

/** @param {string} phone */
async function sendCode(phone) {
  const { challenge_id, resend_after_s } = await requestCode(phone);
  return { phone, challengeId: challenge_id, resendAtMs: realNow() + resend_after_s * 1000 };
}

/** @param {{ended: boolean, onSent: (sent: Sent) => void}} props */
function PhoneForm({ ended, onSent }) {
  const texts = useTexts();
  const [phone, setPhone] = useState("");
  const erased = useStore(erasureId);
  const task = useTask(async () => onSent(await sendCode(phone)));
  return h(Page, { title: texts.sign_in_title, children: html`
    ${erased && html`<p class="note" role="status">${texts.account_deleted} <code>${erased}</code></p>`}
    ${ended && html`<p class="note">${texts.session_ended}</p>`}
    <p>${texts.sign_in_lead}</p>
    <form onSubmit=${onSubmit(task.run)}>
      ${h(PhoneField, { onValue: setPhone })}
      ${h(Trouble, { problem: task.problem })}
      <button class="primary" disabled=${task.busy}>${texts.send_code}</button>
    </form>` });
}

/** @param {{sent: Sent, onSent: (sent: Sent|null) => void}} props */
function Resend({ sent, onSent }) {
  const texts = useTexts();
  const task = useTask(async () => onSent(await sendCode(sent.phone)));
  useTick(1000);
  const wait = Math.ceil((sent.resendAtMs - realNow()) / 1000);
  return html`
    ${h(Trouble, { problem: task.problem })}
    <div class="row">
      <button type="button" class="quiet" disabled=${task.busy || wait > 0} onClick=${task.run}>
        ${wait > 0 ? texts.new_code_in(wait) : texts.new_code}</button>
      <button type="button" class="quiet" onClick=${() => onSent(null)}>${texts.other_number}</button>
    </div>`;
}

/** @param {{sent: Sent, onSent: (sent: Sent|null) => void}} props */
function CodeForm({ sent, onSent }) {
  const texts = useTexts();
  const [code, setCode] = useState("");
  const simulated = useStore(simulator);
  const task = useTask(async (/** @type {string} */ typed) => beginSession(await exchangeCode(sent.challengeId, typed)));
  const take = (/** @type {string} */ typed) => {
    const digits = typed.replace(/\D/g, "").slice(0, CODE_LENGTH);
    setCode(digits);
    if (digits.length === CODE_LENGTH && digits !== code) task.run(digits);
  };
  return h(Page, { title: texts.code_title, children: html`
    <p>${texts.code_lead(sent.phone)}</p>
    <form onSubmit=${onSubmit(() => task.run(code))}>
      ${h(Field, { label: texts.code, value: code, onValue: take,
        input: { class: "code", inputmode: "numeric", autocomplete: "one-time-code", required: true, pattern: "\\d{6}" } })}
      ${h(Trouble, { problem: task.problem })}
      <button class="primary" disabled=${task.busy || code.length !== CODE_LENGTH}>${texts.sign_in}</button>
    </form>
    ${h(Resend, { sent, onSent })}
    ${simulated && h(SmsInbox, { onCode: take })}` });
}

/** Phone number, then the code of the SMS. @param {{ended: boolean}} props */
export function SignInScreen({ ended }) {
  const [sent, setSent] = useState(/** @type {Sent|null} */ (null));
  if (!sent) return h(PhoneForm, { ended, onSent: setSent, key: "phone" });
  return h(CodeForm, { sent, onSent: setSent, key: sent.challengeId });
}
