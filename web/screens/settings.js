// @ts-check
import { changeCharger, getCharger } from "../app/api.js";
import { useLoaded, useTask } from "../app/hooks.js";
import { useTexts } from "../app/language.js";
import { hurry } from "../app/live.js";
import { goTo } from "../app/router.js";
import { h, html, useState } from "../app/view.js";
import { Field, onSubmit, Page } from "../parts/page.js";
import { Trouble } from "../parts/trouble.js";

/** Name, fuse and the time of day to be full. @param {{charger: import("../app/types.js").Charger}} props */
export function SettingsForm({ charger }) {
  const texts = useTexts();
  const [name, setName] = useState(charger.name);
  const [fuse, setFuse] = useState(String(charger.circuit_fuse_a));
  const [readyBy, setReadyBy] = useState(charger.ready_by);
  const task = useTask(async () => {
    await changeCharger(charger, { name: name.trim(), circuit_fuse_a: Number(fuse), ready_by: readyBy });
    hurry();
    goTo("home");
  });
  return html`
    <form onSubmit=${onSubmit(task.run)}>
      ${h(Field, { label: texts.charger_name, value: name, onValue: setName, input: { required: true, maxlength: 60 } })}
      ${h(Field, { label: texts.circuit_fuse, value: fuse, onValue: setFuse, hint: texts.need_whole_amperes,
        input: { type: "number", required: true, min: 6, max: 80, step: 1, inputmode: "numeric" } })}
      ${h(Field, { label: texts.ready_by, value: readyBy, onValue: setReadyBy, input: { type: "time", required: true } })}
      ${h(Trouble, { problem: task.problem })}
      <button class="primary" disabled=${task.busy}>${texts.save}</button>
    </form>`;
}

/** The settings of a charger that is in use. @param {{charger: import("../app/types.js").HomeCharger}} props */
export function SettingsScreen({ charger }) {
  const texts = useTexts();
  const { value, problem } = useLoaded(() => getCharger(charger.charger_id), charger.charger_id);
  return h(Page, { title: texts.settings, back: true, children: html`
    ${h(Trouble, { problem })}
    ${value ? h(SettingsForm, { charger: value }) : !problem && html`<p>${texts.loading}</p>`}` });
}
