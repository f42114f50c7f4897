// @ts-check
import { useTexts } from "../app/language.js";
import { listMessages } from "../app/simulator.js";
import { html, useEffect, useState } from "../app/view.js";

/** @typedef {import("../app/types.js").SimMessage} SimMessage */

const EVERY_MS = 1500;
const SHOWN = 3;

/** @returns {SimMessage[]} the newest messages of the simulated phone, newest first */
function useMessages() {
  const [messages, setMessages] = useState(/** @type {SimMessage[]} */ ([]));
  useEffect(() => {
    const look = () => listMessages().then((all) => setMessages(all.slice(-SHOWN).reverse()), () => null);
    look();
    const timer = setInterval(look, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return messages;
}

/** On a laptop: the text messages that would have gone to the phone. @param {{onCode: (code: string) => void}} props */
export function SmsInbox({ onCode }) {
  const texts = useTexts();
  const messages = useMessages();
  return html`
    <section class="simulated" aria-label=${`${texts.simulator}: ${texts.sim_sms}`}>
      <h2><span class="tag">${texts.simulator}</span> ${texts.sim_sms}</h2>
      ${messages.length === 0 && html`<p>${texts.sim_no_sms}</p>`}
      <ul class="plain">
        ${messages.map(({ at, to, text }) => {
          const code = /\b\d{6}\b/.exec(text)?.[0];
          return html`<li key=${at + text}><small>${to}</small><br />${text}
            ${code && html`<button type="button" onClick=${() => onCode(code)}>${texts.sim_use_code(code)}</button>`}</li>`;
        })}
      </ul>
    </section>`;
}
