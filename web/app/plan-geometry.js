// @ts-check
/** Where the plan's picture is drawn: pure arithmetic over milliseconds and viewBox units, no DOM. */

/** @typedef {import("./types.js").Plan} Plan */
/** @typedef {{start: number, end: number}} Span */
/** @typedef {Span & {price: number, state: string}} Slot */
/** @typedef {Slot & {currentA: number}} Stretch */
/** @typedef {Span & {energyWh: number}} Hour */
/** @typedef {{x: number, width: number, y: number, height: number, charging: boolean, state: string}} Bar */

export const HOUR_MS = 3600000;
export const PRICE = { left: 30, right: 332, top: 24, bottom: 136 };
export const ENERGY = { top: 154, bottom: 192 };
const AFTER_READY_MS = 2 * HOUR_MS;
const LEAST_SPAN_MS = 12 * HOUR_MS;

/** @param {{start: string, end: string}} span @returns {Span} */
export const spanOf = ({ start, end }) => ({ start: Date.parse(start), end: Date.parse(end) });

/** @param {Plan} plan @returns {Slot[]} in order of time */
export function slotsOf(plan) {
  return plan.prices.map((slot) => ({ ...spanOf(slot), price: Number(slot.price), state: slot.state })).sort((a, b) => a.start - b.start);
}

/** @param {number} ms */
const floorHour = (ms) => Math.floor(ms / HOUR_MS) * HOUR_MS;

/**
 * The time the picture covers: from the session's start (or now) to a little after ready_by, inside the known prices.
 * @param {Plan} plan
 * @param {Slot[]} slots not empty
 * @param {{now: number, sessionStart: number|null}} moment
 * @returns {Span}
 */
export function windowOf(plan, slots, { now, sessionStart }) {
  const first = slots[0]?.start ?? now;
  const last = slots[slots.length - 1]?.end ?? now;
  const from = floorHour(Math.min(sessionStart ?? now, now));
  const ends = plan.intervals.map((interval) => Date.parse(interval.end));
  const wanted = plan.state === "no_session" ? last : Math.max(from + LEAST_SPAN_MS, Date.parse(plan.ready_by ?? "") || 0, ...ends) + AFTER_READY_MS;
  const start = Math.min(Math.max(from, first), last - HOUR_MS);
  return { start, end: Math.max(Math.min(Math.max(wanted, now), last), start + HOUR_MS) };
}

/** @param {Span} shown @returns {(ms: number) => number} time to x */
export const timeScale = ({ start, end }) => (ms) =>
  PRICE.left + ((Math.min(Math.max(ms, start), end) - start) / (end - start)) * (PRICE.right - PRICE.left);

/**
 * Round values from `low` to `high`, both inside, at most about `parts` steps apart; 0 is one of them when it lies between.
 * @param {number} low
 * @param {number} high above `low`
 * @param {number} parts
 * @returns {{ticks: number[], step: number}}
 */
export function roundTicks(low, high, parts) {
  const rough = (high - low) / parts;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough * 0.999) ?? 10 * power;
  const [first, last] = [Math.ceil(low / step), Math.floor(high / step)];
  return { ticks: Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step), step };
}

/**
 * The price axis: always with 0, so that heights compare as prices do; negative prices hang below it.
 * @param {Slot[]} slots
 * @returns {{ticks: number[], step: number, y: (price: number) => number}}
 */
export function priceScale(slots) {
  const low = Math.min(0, ...slots.map((slot) => slot.price));
  const high = Math.max(0.1, ...slots.map((slot) => slot.price));
  const { ticks, step } = roundTicks(low, high, 4);
  return { ticks, step, y: (price) => PRICE.bottom - ((price - low) / (high - low)) * (PRICE.bottom - PRICE.top) };
}

/**
 * Cuts a span at the edges of the others, so that every piece lies wholly inside or outside each.
 * @param {Span} span
 * @param {Span[]} others
 * @returns {Span[]}
 */
function cutAt(span, others) {
  const inside = others.flatMap(({ start, end }) => [start, end]).filter((edge) => edge > span.start && edge < span.end);
  const edges = [span.start, ...[...new Set(inside)].sort((a, b) => a - b), span.end];
  return edges.slice(1).map((end, index) => ({ start: edges[index] ?? end, end }));
}

/** @param {Span} span @param {Span[]} others @returns {boolean} whether its middle lies in one of the others */
export const within = (span, others) => others.some(({ start, end }) => start <= (span.start + span.end) / 2 && (span.start + span.end) / 2 < end);

/**
 * The plan's energy per clock hour, each interval spread evenly over its own time.
 * @param {Plan} plan
 * @returns {Hour[]}
 */
export function plannedHours(plan) {
  /** @type {Map<number, number>} */
  const sums = new Map();
  for (const interval of plan.intervals) {
    const { start, end } = spanOf(interval);
    for (let hour = floorHour(start); hour < end; hour += HOUR_MS) {
      const part = (Math.min(end, hour + HOUR_MS) - Math.max(start, hour)) / (end - start);
      sums.set(hour, (sums.get(hour) ?? 0) + part * interval.energy_wh);
    }
  }
  return [...sums].sort(([a], [b]) => a - b).map(([start, energyWh]) => ({ start, end: start + HOUR_MS, energyWh }));
}

/**
 * Stretches to read one by one: neighbouring slots of one price and one state of charging are one.
 * @param {Slot[]} slots
 * @param {(Span & {currentA: number})[]} charging
 * @param {Span} shown
 * @returns {Stretch[]}
 */
export function stretches(slots, charging, shown) {
  /** @type {Stretch[]} */
  const found = [];
  for (const slot of slots.filter(({ start, end }) => end > shown.start && start < shown.end)) {
    for (const piece of cutAt(slot, charging)) {
      const currentA = charging.find((interval) => within(piece, [interval]))?.currentA ?? 0;
      const last = found[found.length - 1];
      if (last && last.end === piece.start && last.price === slot.price && last.currentA === currentA && last.state === slot.state) last.end = piece.end;
      else found.push({ ...slot, ...piece, currentA });
    }
  }
  return found;
}

/**
 * One bar for each stretch, from the line of price 0.
 * @param {Stretch[]} list
 * @param {Span} shown
 * @param {(price: number) => number} y
 * @returns {Bar[]}
 */
export function priceBars(list, shown, y) {
  const x = timeScale(shown);
  return list.map(({ start, end, price, currentA, state }) => ({
    x: x(start),
    width: x(end) - x(start),
    y: Math.min(y(price), y(0)),
    height: Math.max(Math.abs(y(price) - y(0)), 1),
    charging: currentA > 0,
    state,
  }));
}

/**
 * The line along the prices, as an SVG path; it breaks where a price is missing.
 * @param {Stretch[]} list
 * @param {Span} shown
 * @param {(price: number) => number} y
 */
export function priceSteps(list, shown, y) {
  const x = timeScale(shown);
  return list.map(({ start, end, price }, index) =>
    `${list[index - 1]?.end === start ? "L" : "M"}${x(start).toFixed(2)} ${y(price).toFixed(2)}H${x(end).toFixed(2)}`).join("");
}

/**
 * Whole hours to write under the picture: as many as fit, on hours that the step divides.
 * @param {Span} shown
 * @param {(ms: number) => number} hourOf local hour of day
 * @returns {number[]}
 */
export function timeTicks(shown, hourOf) {
  const hours = (shown.end - shown.start) / HOUR_MS;
  const step = [1, 2, 3, 4, 6, 12].find((each) => hours / each <= 8) ?? 12;
  const first = Math.ceil(shown.start / HOUR_MS) * HOUR_MS;
  return Array.from({ length: Math.floor((shown.end - first) / HOUR_MS) + 1 }, (_, index) => first + index * HOUR_MS)
    .filter((ms) => hourOf(ms) % step === 0);
}
