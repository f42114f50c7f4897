// @ts-check
import { productNow, productSpeed } from "../app/clock.js";
import { currencySign, hourOfDay, number, timeOfDay } from "../app/format.js";
import { useTick } from "../app/hooks.js";
import { useTexts } from "../app/language.js";
import {
  ENERGY, HOUR_MS, plannedHours, PRICE, priceBars, priceScale, priceSteps, slotsOf, spanOf, stretches, timeScale, timeTicks, windowOf, within,
} from "../app/plan-geometry.js";
import { h, html, useMemo, useState } from "../app/view.js";

/** @typedef {import("../app/types.js").Plan} Plan */
/** @typedef {import("../app/plan-geometry.js").Hour} Hour */
/** @typedef {import("../app/plan-geometry.js").Span} Span */
/** @typedef {import("../app/plan-geometry.js").Stretch} Stretch */
/** @typedef {{plan: Plan, measured: Hour[], timeZone: string, sessionStart: number|null}} ChartProps */

/** Room under the picture for the hours. */
const FOOT = 16;
/** Left free on either side of an hour's column. */
const GAP = 0.75;
/** Of prices that nobody has published; preliminary ones are. */
const FORECAST = "forecast";

/** @param {Plan} plan @param {Hour[]} measured @param {number|null} sessionStart @param {number} hour redrawn when the product's hour changes */
function layOut(plan, measured, sessionStart, hour) {
  const slots = slotsOf(plan);
  const shown = windowOf(plan, slots, { now: hour * HOUR_MS, sessionStart });
  const charging = plan.intervals.map((interval) => ({ ...spanOf(interval), currentA: interval.current_a }));
  const visible = slots.filter((slot) => within(slot, [shown]));
  const scale = priceScale(visible);
  const planned = plannedHours(plan).filter((each) => each.end > shown.start && each.start < shown.end);
  const done = measured.filter((each) => each.energyWh > 0 && within(each, [shown]));
  const list = stretches(slots, charging, shown);
  const drawn = { bars: priceBars(list, shown, scale.y), steps: priceSteps(list, shown, scale.y), x: timeScale(shown) };
  const bottom = planned.length + done.length > 0 ? ENERGY.bottom : PRICE.bottom;
  return { shown, scale, planned, done, list, bottom, ...drawn };
}

/** @param {{layout: ReturnType<typeof layOut>, timeZone: string}} props */
function Axes({ layout: { shown, scale, x, bottom }, timeZone }) {
  const digits = scale.step < 0.1 ? 2 : scale.step < 1 ? 1 : 0;
  return html`
    <g class="axes">
      ${scale.ticks.map((price) => html`
        <line x1=${PRICE.left} x2=${PRICE.right} y1=${scale.y(price)} y2=${scale.y(price)} />
        <text x=${PRICE.left - 5} y=${scale.y(price) + 3} text-anchor="end">${number(price, digits)}</text>`)}
      ${timeTicks(shown, (ms) => hourOfDay(ms, timeZone)).map((ms) => html`
        <text x=${x(ms)} y=${bottom + FOOT - 4} text-anchor="middle">${timeOfDay(ms, timeZone).slice(0, 2)}</text>`)}
    </g>`;
}

/** What the plan gives each hour as outline, what the charger measured as filling. @param {{layout: ReturnType<typeof layOut>}} props */
function EnergyLane({ layout: { planned, done, x } }) {
  const texts = useTexts();
  if (planned.length + done.length === 0) return html`<g />`;
  const most = Math.max(1000, ...planned.map((each) => each.energyWh), ...done.map((each) => each.energyWh));
  const bar = (/** @type {string} */ kind, /** @type {Hour} */ each) => {
    const height = (each.energyWh / most) * (ENERGY.bottom - ENERGY.top);
    const width = Math.max(x(each.end) - x(each.start) - 2 * GAP, 0);
    return html`<rect class=${kind} x=${x(each.start) + GAP} width=${width} y=${ENERGY.bottom - height} height=${height} />`;
  };
  return html`
    <g>
      <line class="ground" x1=${PRICE.left} x2=${PRICE.right} y1=${ENERGY.bottom} y2=${ENERGY.bottom} />
      <text x=${PRICE.left} y=${ENERGY.top - 6}>${texts.chart_energy_unit}</text>
      <text x=${PRICE.left - 5} y=${ENERGY.top + 6} text-anchor="end">${number(most / 1000, most < 9950 ? 1 : 0)}</text>
      ${done.map((each) => bar("measured", each))}
      ${planned.map((each) => bar("planned", each))}
    </g>`;
}

/** The lines of now and of ready_by. @param {{layout: ReturnType<typeof layOut>, plan: Plan, timeZone: string}} props */
function Moments({ layout: { shown, x, bottom }, plan, timeZone }) {
  const texts = useTexts();
  useTick(productSpeed() > 1 ? 250 : 10000);
  const readyBy = Date.parse(plan.ready_by ?? "");
  const inside = (/** @type {number} */ ms) => shown.start <= ms && ms <= shown.end;
  const side = (/** @type {number} */ at) => (at > (PRICE.left + PRICE.right) / 2 ? { anchor: "end", dx: 4 } : { anchor: "start", dx: -4 });
  const line = (/** @type {string} */ kind, /** @type {number} */ ms, /** @type {string} */ label, /** @type {number} */ y) => inside(ms) && html`
    <g class=${kind}>
      <line x1=${x(ms)} x2=${x(ms)} y1=${y + 3} y2=${bottom} />
      <text x=${x(ms) + side(x(ms)).dx} y=${y} text-anchor=${side(x(ms)).anchor}>${label}</text>
    </g>`;
  return html`<g>
    ${line("ready-by", readyBy, texts.chart_ready_by(timeOfDay(readyBy || 0, timeZone)), 9)}
    ${line("now", productNow(), texts.chart_now, 21)}
  </g>`;
}

/** @param {import("../app/language.js").Texts} texts @param {Stretch} stretch @param {string} unit @param {string} timeZone */
function describe(texts, stretch, unit, timeZone) {
  const state = /** @type {Record<string, unknown>} */ (texts)[`price_state_${stretch.state}`];
  return [
    `${timeOfDay(stretch.start, timeZone)}–${timeOfDay(stretch.end, timeZone)}`,
    `${number(stretch.price, 2)} ${unit}`,
    state,
    stretch.currentA ? `${texts.chart_charging} ${texts.amperes(stretch.currentA)}` : texts.chart_not_charging,
  ].filter(Boolean).join(" · ");
}

/** @param {{planned: boolean, forecast: boolean, measured: boolean}} props */
function Legend({ planned, forecast, measured }) {
  const texts = useTexts();
  return html`
    <ul class="legend">
      ${planned && html`<li><i class="charging"></i>${texts.legend_charging}</li>`}
      <li><i class="price"></i>${texts.legend_price}</li>
      ${forecast && html`<li><i class="forecast"></i>${texts.legend_forecast}</li>`}
      ${measured && html`<li><i class="measured"></i>${texts.legend_measured}</li>`}
    </ul>`;
}

/** @param {{list: Stretch[], unit: string, timeZone: string}} props */
function AsTable({ list, unit, timeZone }) {
  const texts = useTexts();
  return html`
    <details>
      <summary>${texts.as_table}</summary>
      <table>
        <thead><tr><th scope="col">${texts.time}</th><th scope="col">${unit}</th><th scope="col">${texts.charging}</th></tr></thead>
        <tbody>
          ${list.map((each) => html`
            <tr key=${each.start} class=${each.currentA ? "on" : ""}>
              <th scope="row">${timeOfDay(each.start, timeZone)}–${timeOfDay(each.end, timeZone)}</th>
              <td>${number(each.price, 2)}</td>
              <td>${each.currentA ? texts.amperes(each.currentA) : "–"}</td>
            </tr>`)}
        </tbody>
      </table>
    </details>`;
}

/** @param {number} count @param {number} present @param {(next: number) => void} move */
const onArrows = (count, present, move) => (/** @type {KeyboardEvent} */ event) => {
  /** @type {Record<string, number>} */
  const steps = { ArrowRight: present + 1, ArrowUp: present + 1, ArrowLeft: present - 1, ArrowDown: present - 1, Home: 0, End: count - 1 };
  const next = steps[event.key];
  if (next === undefined) return;
  event.preventDefault();
  move(Math.min(Math.max(next, 0), count - 1));
};

/** @param {Stretch[]} list @param {Span} shown @param {(index: number) => void} move */
const onPointer = (list, shown, move) => (/** @type {PointerEvent & {currentTarget: SVGElement}} */ event) => {
  const box = event.currentTarget.getBoundingClientRect();
  const across = (((event.clientX - box.left) / box.width) * 340 - PRICE.left) / (PRICE.right - PRICE.left);
  const ms = shown.start + across * (shown.end - shown.start);
  const index = list.findIndex((each) => each.start <= ms && ms < each.end);
  if (index >= 0) move(index);
};

/** The pattern of prices that are not final. */
const Hatching = () => html`
  <defs>
    <pattern id="unsure" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="2" height="4" class="hatch" />
    </pattern>
  </defs>`;

/** The frame around what is being read. @param {{from: number, to: number}} props */
const Picked = ({ from, to }) =>
  html`<rect class="picked" x=${from} width=${Math.max(to - from, 1)} y=${PRICE.top} height=${PRICE.bottom - PRICE.top} />`;

/**
 * The picture of a night: price steps, charging filled, now, ready_by, planned and measured energy; read by pointer or arrow keys, or as a table.
 * @param {ChartProps} props
 */
export function PlanChart({ plan, measured, timeZone, sessionStart }) {
  const texts = useTexts();
  const [picked, setPicked] = useState(-1);
  const hour = Math.floor(productNow() / HOUR_MS);
  const layout = useMemo(() => layOut(plan, measured, sessionStart, hour), [plan, measured, sessionStart, hour]);
  const { list, shown, bars, steps, x, done, bottom } = layout;
  const unit = texts.chart_unit(currencySign(plan.total_cost?.currency ?? "NOK"));
  const at = Math.min(picked, list.length - 1);
  const stretch = list[at];
  const present = Math.max(list.findIndex((each) => within({ start: productNow(), end: productNow() }, [each])), 0);
  const said = stretch ? describe(texts, stretch, unit, timeZone) : texts.chart_idle;
  const slider = {
    role: "slider", tabindex: 0, "aria-label": texts.chart_label, "aria-valuetext": said,
    "aria-valuemin": 0, "aria-valuemax": Math.max(list.length - 1, 0), "aria-valuenow": Math.max(at, 0),
  };
  return html`
    <figure class="chart">
      <p class="said">${said}</p>
      <svg viewBox=${`0 0 340 ${bottom + FOOT}`} ...${slider} onKeyDown=${onArrows(list.length, at < 0 ? present - 1 : at, setPicked)}
        onPointerDown=${onPointer(list, shown, setPicked)} onPointerMove=${onPointer(list, shown, setPicked)}
        onPointerLeave=${(/** @type {PointerEvent} */ event) => event.pointerType === "mouse" && setPicked(-1)}>
        ${h(Hatching, {})}
        <text x="2" y="9">${unit}</text>
        ${h(Axes, { layout, timeZone })}
        ${bars.map((bar) => html`<rect class=${`bar ${bar.charging ? "charging" : "price"} ${bar.state === FORECAST ? "unsure" : ""}`}
          x=${bar.x} y=${bar.y} width=${bar.width} height=${bar.height} />`)}
        <path class="steps" d=${steps} />
        ${stretch && h(Picked, { from: x(stretch.start), to: x(stretch.end) })}
        ${h(EnergyLane, { layout })}
        ${h(Moments, { layout, plan, timeZone })}
      </svg>
      <figcaption>${h(Legend, { planned: bars.some((bar) => bar.charging), forecast: bars.some((bar) => bar.state === FORECAST), measured: done.length > 0 })}</figcaption>
      ${h(AsTable, { list, unit, timeZone })}
    </figure>`;
}
