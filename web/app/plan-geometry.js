// @ts-check
/** Where the plan's picture is drawn: pure arithmetic over milliseconds and viewBox units, no DOM. */

/** @typedef {import("./types.js").Plan} Plan */
/** @typedef {{start: number, end: number}} Span */
/** @typedef {Span & {price: number, state: string}} Slot */
/** @typedef {Span & {energyWh: number}} Hour */
/** @typedef {{x: number, width: number, y: number, height: number, charging: boolean, state: string}} Bar */

export const HOUR_MS = 3600000;
export const PRICE = { left: 34, right: 336, top: 20, bottom: 132 };
export const ENERGY = { top: 150, bottom: 188 };
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
 * A round step that divides `span` into at most `parts` parts.
 * @param {number} span
 * @param {number} parts
 */
export function roundStep(span, parts) {
  const rough = span / parts;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough * 0.999) ?? 10 * power;
}

/**
 * The price axis: always with 0, so that heights compare as prices do; negative prices hang below it.
 * @param {Slot[]} slots
 * @returns {{ticks: number[], step: number, y: (price: number) => number}}
 */
export function priceScale(slots) {
  const low = Math.min(0, ...slots.map((slot) => slot.price));
  const high = Math.max(0.1, ...slots.map((slot) => slot.price));
  const step = roundStep(high - low, 4);
  const bottom = Math.floor(low / step) * step;
  const top = Math.ceil(high / step - 0.001) * step;
  const ticks = Array.from({ length: Math.round((top - bottom) / step) + 1 }, (_, index) => bottom + index * step);
  return { ticks, step, y: (price) => PRICE.bottom - ((price - bottom) / (top - bottom)) * (PRICE.bottom - PRICE.top) };
}

/** Cuts a span at the edges of the others, so that every piece lies wholly inside or outside each. @param {Span} span @param {Span[]} others @returns {Span[]} */
function cutAt(span, others) {
  const inside = others.flatMap(({ start, end }) => [start, end]).filter((edge) => edge > span.start && edge < span.end);
  const edges = [span.start, ...[...new Set(inside)].sort((a, b) => a - b), span.end];
  return edges.slice(1).map((end, index) => ({ start: edges[index] ?? end, end }));
}

/** @param {Span} span @param {Span[]} others @returns {boolean} whether its middle lies in one of the others */
export const within = (span, others) => others.some(({ start, end }) => start <= (span.start + span.end) / 2 && (span.start + span.end) / 2 < end);

/**
 * One bar for each stretch of one price that is wholly charging or wholly not.
 * @param {Slot[]} slots
 * @param {Span[]} charging
 * @param {Span} shown
 * @param {(price: number) => number} y
 * @returns {Bar[]}
 */
export function priceBars(slots, charging, shown, y) {
  const x = timeScale(shown);
  return slots.filter((slot) => slot.end > shown.start && slot.start < shown.end).flatMap((slot) =>
    cutAt(slot, charging).map((piece) => ({
      x: x(piece.start),
      width: x(piece.end) - x(piece.start),
      y: Math.min(y(slot.price), y(0)),
      height: Math.max(Math.abs(y(slot.price) - y(0)), 1),
      charging: within(piece, charging),
      state: slot.state,
    }))).filter((bar) => bar.width > 0);
}

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
 * @returns {(Slot & {currentA: number})[]}
 */
export function stretches(slots, charging, shown) {
  /** @type {(Slot & {currentA: number})[]} */
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
