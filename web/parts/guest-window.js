// @ts-check
import { endGrant } from "../app/api.js";
import { wallTime } from "../app/format.js";
import { useTask } from "../app/hooks.js";
import { useTexts } from "../app/language.js";
import { hurry } from "../app/live.js";
import { h, html } from "../app/view.js";
import { Confirmed } from "./inputs.js";

/** When somebody may charge, on the site's clock. @param {{grant: {start: string, end: string|null}, active?: boolean}} props */
export function WindowText({ grant, active = true }) {
  const texts = useTexts();
  const window = grant.end ? texts.window_between(wallTime(grant.start), wallTime(grant.end)) : texts.window_from(wallTime(grant.start));
  return html`<p class=${active ? "window" : "note"}>${!active && html`${texts.window_closed} `}${window}</p>`;
}

/** A guest gives the access back. @param {{chargerId: string, grantId: string}} props */
export function LeaveButton({ chargerId, grantId }) {
  const texts = useTexts();
  const task = useTask(async () => {
    await endGrant(chargerId, grantId);
    hurry();
  });
  return h(Confirmed, { label: texts.leave, question: texts.leave_question, task });
}
