// @ts-check
import { getDay, getFile, getMonth, listSessions } from "../app/api.js";
import { productNow } from "../app/clock.js";
import { saveFile } from "../app/files.js";
import { addMonths, cost, currencySign, dayAndTime, dayName, daysInMonth, energy, hourOfDay, isoDay, monthName, shortDay, timeOfDay } from "../app/format.js";
import { useFocus, useLoaded, useTask } from "../app/hooks.js";
import { textOfCode, useTexts } from "../app/language.js";
import { HOUR_MS } from "../app/plan-geometry.js";
import { h, html, useState } from "../app/view.js";
import { BarChart } from "../parts/bar-chart.js";
import { Page, Trouble } from "../parts/page.js";
import { useSettings } from "../parts/settings-of.js";

/** @typedef {import("../app/types.js").History} History */
/** @typedef {import("../app/types.js").HistoryHour} HistoryHour */
/** @typedef {"energy"|"cost"} Shown */
/** @typedef {import("../app/types.js").Sum} Sum */
/** @typedef {{history: History, shown: Shown, title: string}} ViewProps */

/** @param {Sum} sum @param {Shown} shown */
const valueOf = (sum, shown) => (shown === "energy" ? sum.energy_wh / 1000 : Number(sum.cost?.amount ?? 0));
/** @param {Sum} sum @param {Shown} shown */
const textOf = (sum, shown) => (shown === "energy" ? energy(sum.energy_wh) : cost(sum.cost));

/** @param {{columnTitle: string, shown: Shown, rows: {key: string, name: import("../app/view.js").Child, sum: Sum}[], total?: Sum}} props */
function Figures({ columnTitle, shown, rows, total }) {
  const texts = useTexts();
  const row = (/** @type {Sum} */ sum) => html`<td>${energy(sum.energy_wh)}</td><td>${sum.pending && !sum.cost ? texts.price_pending : cost(sum.cost)}</td>`;
  return html`
    <table class=${`figures by-${shown}`}>
      <thead><tr><th scope="col">${columnTitle}</th><th scope="col">${texts.energy}</th><th scope="col">${texts.cost}</th></tr></thead>
      <tbody>${rows.map(({ key, name, sum }) => html`<tr key=${key}><th scope="row">${name}</th>${row(sum)}</tr>`)}</tbody>
      ${total && html`<tfoot><tr><th scope="row">${texts.total}</th>${row(total)}</tr></tfoot>`}
    </table>
    ${total?.pending && html`<p><small>${texts.pending_note}</small></p>`}`;
}

/** @param {import("../app/language.js").Texts} texts @param {import("../app/types.js").SessionUser} user */
const nameOf = (texts, { name, kind }) => name || (textOfCode(texts, "user", kind) ?? kind);

/** Who used how much, where it was more than one. @param {{history: History, shown: Shown}} props */
function People({ history, shown }) {
  const texts = useTexts();
  if (history.people.length < 2) return html`<!-- one person -->`;
  const rows = history.people.map((each) => ({ key: each.user.grant_id ?? each.user.kind, name: nameOf(texts, each.user), sum: each }));
  return h(Figures, { columnTitle: texts.person, shown, rows });
}

/** @param {ViewProps & {onDay: (day: string) => void}} props */
function MonthView({ history, shown, title, onDay }) {
  const texts = useTexts();
  const days = (history.days ?? []).filter((day) => day.energy_wh > 0 || day.pending);
  if (days.length === 0) return html`<p class="note">${texts.history_empty_month}</p>`;
  const columns = Array.from({ length: daysInMonth(history.period) }, (_, index) => {
    const date = `${history.period}-${String(index + 1).padStart(2, "0")}`;
    const day = days.find((each) => each.date === date);
    return { key: date, label: index % 7 === 0 ? String(index + 1) : "", value: day ? valueOf(day, shown) : 0, pending: Boolean(day?.pending) };
  });
  const rows = days.map((day) => ({ key: day.date, sum: day,
    name: html`<button type="button" class="link" onClick=${() => onDay(day.date)}>${shortDay(day.date)}</button>` }));
  return html`
    ${h(BarChart, { columns, onPick: onDay, label: texts.history_chart(title, textOf(history, shown)) })}
    ${h(Figures, { columnTitle: texts.day, shown, rows, total: history })}`;
}

/**
 * One column an hour of the day, by instant, so that a day of 23 or 25 hours has as many.
 * @param {HistoryHour[]} hours
 * @param {Shown} shown
 * @param {string} timeZone
 */
function hourColumns(hours, shown, timeZone) {
  const first = Date.parse(hours[0]?.start ?? "");
  const midnight = first - hourOfDay(first, timeZone) * HOUR_MS;
  const last = Date.parse(hours[hours.length - 1]?.end ?? "");
  return Array.from({ length: Math.max(23, Math.round((last - midnight) / HOUR_MS)) }, (_, index) => {
    const start = midnight + index * HOUR_MS;
    const hour = hours.find((each) => Date.parse(each.start) === start);
    const local = hourOfDay(start, timeZone);
    const label = local % 4 === 0 ? String(local).padStart(2, "0") : "";
    return { key: String(start), label, value: hour ? valueOf(hour, shown) : 0, pending: Boolean(hour?.pending) };
  });
}

/** @param {ViewProps & {timeZone: string}} props */
function DayView({ history, shown, title, timeZone }) {
  const texts = useTexts();
  const hours = history.hours ?? [];
  const used = hours.filter((hour) => hour.energy_wh > 0 || hour.pending);
  if (used.length === 0) return html`<p class="note">${texts.history_empty_day}</p>`;
  const time = (/** @type {string} */ instant) => timeOfDay(Date.parse(instant), timeZone);
  const rows = used.map((hour) => ({ key: hour.start, sum: hour, name: `${time(hour.start)}–${time(hour.end)}` }));
  return html`
    ${h(BarChart, { columns: hourColumns(hours, shown, timeZone), label: texts.history_chart(title, textOf(history, shown)) })}
    ${h(Figures, { columnTitle: texts.hour, shown, rows, total: history })}`;
}

/** @param {{month: string, last: string, onMonth: (month: string) => void}} props */
function MonthArrows({ month, last, onMonth }) {
  const texts = useTexts();
  return html`
    <div class="arrows">
      <button type="button" aria-label=${texts.previous_month} onClick=${() => onMonth(addMonths(month, -1))}>‹</button>
      <h2 aria-live="polite">${monthName(month)}</h2>
      <button type="button" aria-label=${texts.next_month} disabled=${month >= last} onClick=${() => onMonth(addMonths(month, 1))}>›</button>
    </div>`;
}

/** @param {{shown: Shown, sign: string, onShow: (shown: Shown) => void}} props */
function EnergyOrCost({ shown, sign, onShow }) {
  const texts = useTexts();
  const choice = (/** @type {Shown} */ value, /** @type {string} */ label) =>
    html`<button type="button" aria-pressed=${shown === value ? "true" : "false"} onClick=${() => onShow(value)}>${label}</button>`;
  return html`<div class="tabs" role="group" aria-label=${texts.history_show}>${choice("energy", texts.history_energy)}${choice("cost", sign)}</div>`;
}

/** @param {{chargerId: string, timeZone: string}} props */
function Periods({ chargerId, timeZone }) {
  const texts = useTexts();
  const now = isoDay(productNow(), timeZone);
  const [month, setMonth] = useState(now.slice(0, 7));
  const [day, setDay] = useState("");
  const [shown, setShown] = useState(/** @type {Shown} */ ("energy"));
  const { value, problem } = useLoaded(() => (day ? getDay(chargerId, day) : getMonth(chargerId, month)), `${chargerId} ${day || month}`);
  const title = day ? dayName(day) : monthName(month);
  const place = useFocus(day, true);
  return html`
    <div tabindex="-1" ref=${place}>${day
      ? html`
        <div class="arrows">
          <button type="button" aria-label=${texts.whole_month} onClick=${() => setDay("")}>‹</button>
          <h2 aria-live="polite">${title}</h2>
        </div>`
      : h(MonthArrows, { month, last: now.slice(0, 7), onMonth: setMonth })}</div>
    ${h(EnergyOrCost, { shown, sign: currencySign(value?.currency ?? "NOK"), onShow: setShown })}
    ${h(Trouble, { problem })}
    ${!value && !problem && html`<p>${texts.loading}</p>`}
    ${value && (day ? h(DayView, { history: value, shown, title, timeZone }) : h(MonthView, { history: value, shown, title, onDay: setDay }))}
    ${value && h(People, { history: value, shown })}
    ${value && !day && h(Downloads, { chargerId, month })}`;
}

/** The month as a file to keep. @param {{chargerId: string, month: string}} props */
function Downloads({ chargerId, month }) {
  const texts = useTexts();
  const task = useTask(async (/** @type {string} */ file) => saveFile(await getFile(chargerId, file, month), `zmartcharge-${month}-${file}`));
  const button = (/** @type {string} */ file, /** @type {string} */ label) =>
    html`<button type="button" disabled=${task.busy} onClick=${() => task.run(file)}>${label}</button>`;
  return html`
    <div class="row start" role="group" aria-label=${texts.download}>
      <small class="whole">${texts.download}</small>${button("history.csv", "CSV")}${button("history.xlsx", "Excel")}${button("report.pdf", "PDF")}</div>
    ${h(Trouble, { problem: task.problem })}`;
}

/** @param {{session: import("../app/types.js").Session, timeZone: string}} props */
function SessionRow({ session: { user, started_at, energy_wh, cost: paid, saved, mode }, timeZone }) {
  const texts = useTexts();
  const facts = [energy(energy_wh), paid ? cost(paid) : texts.price_pending, saved && Number(saved.amount) > 0 && texts.saved_sum(cost(saved)),
    mode === "full" && texts.mode_full_short];
  return html`
    <li><strong>${dayAndTime(Date.parse(started_at), timeZone)}</strong> · ${nameOf(texts, user)}<br /><small>${facts.filter(Boolean).join(" · ")}</small></li>`;
}

/** The latest sessions: who, when, how much. @param {{chargerId: string, timeZone: string}} props */
function Sessions({ chargerId, timeZone }) {
  const texts = useTexts();
  const { value: sessions, problem } = useLoaded(() => listSessions(chargerId), chargerId);
  return html`
    <section class="card" aria-labelledby="sessions">
      <h2 id="sessions">${texts.sessions}</h2>
      ${h(Trouble, { problem })}
      ${!sessions?.length && !problem && html`<p>${sessions ? texts.no_sessions : texts.loading}</p>`}
      <ul class="plain">${sessions?.map((session) => h(SessionRow, { session, timeZone, key: session.session_id }))}</ul>
    </section>`;
}

/** What was charged: the days of a month, the hours of a day; a guest sees what is theirs. @param {{charger: import("../app/types.js").HomeCharger}} props */
export function HistoryScreen({ charger }) {
  const texts = useTexts();
  const { value, problem } = useSettings(charger);
  const chargerId = charger.charger_id;
  return h(Page, { title: texts.history, back: "home", children: html`
    ${charger.role === "guest" && html`<p>${texts.history_own_use}</p>`}
    <section class="card">
      ${h(Trouble, { problem })}
      ${value && h(Periods, { chargerId, timeZone: value.timeZone })}
    </section>
    ${value && h(Sessions, { chargerId, timeZone: value.timeZone })}` });
}
