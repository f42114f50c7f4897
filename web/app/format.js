// @ts-check
/** Numbers, money and times as people read them; times always in the site's zone, never the phone's. */
import { language } from "./language.js";

/** @typedef {import("./types.js").Money} Money */

const LOCALES = { no: "nb-NO", en: "en-GB" };
const DAY_MS = 86400000;
/** @type {Map<string, Intl.NumberFormat|Intl.DateTimeFormat>} */
const made = new Map();

/** @param {Intl.NumberFormatOptions} options @returns {Intl.NumberFormat} */
function numbers(options) {
  const locale = LOCALES[language.get()];
  const key = locale + JSON.stringify(options);
  if (!made.has(key)) made.set(key, new Intl.NumberFormat(locale, options));
  return /** @type {Intl.NumberFormat} */ (made.get(key));
}

/** @param {Intl.DateTimeFormatOptions} options @returns {Intl.DateTimeFormat} */
function dates(options) {
  const locale = LOCALES[language.get()];
  const key = locale + JSON.stringify(options);
  if (!made.has(key)) made.set(key, new Intl.DateTimeFormat(locale, options));
  return /** @type {Intl.DateTimeFormat} */ (made.get(key));
}

/** @param {number} value @param {number} digits */
export const number = (value, digits) => numbers({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

/** @param {number} wh */
export const energy = (wh) => `${number(wh / 1000, Math.abs(wh) >= 99950 ? 0 : 1)} kWh`;

/** @param {Money|null|undefined} money "–" when it is not known yet */
export function cost(money) {
  if (!money) return "–";
  return numbers({ style: "currency", currency: money.currency, currencyDisplay: "narrowSymbol" }).format(Number(money.amount));
}

/** @param {string} currency ISO 4217 @returns {string} its short sign, as "kr" */
export function currencySign(currency) {
  const parts = numbers({ style: "currency", currency, currencyDisplay: "narrowSymbol" }).formatToParts(0);
  return parts.find((part) => part.type === "currency")?.value ?? currency;
}

/** @param {number} ms @param {string} timeZone @returns {string} 07:30 */
export const timeOfDay = (ms, timeZone) => dates({ hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone }).format(ms);

/** @param {number} ms @param {string} timeZone @returns {string} YYYY-MM-DD */
export function isoDay(ms, timeZone) {
  const parts = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", timeZone }).formatToParts(ms);
  /** @param {string} type */
  const part = (type) => parts.find((each) => each.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}`;
}

/** @param {number} ms @param {string} timeZone @returns {number} 0..23 */
export const hourOfDay = (ms, timeZone) =>
  Number(new Intl.DateTimeFormat("en-GB", { hour: "2-digit", hourCycle: "h23", timeZone }).format(ms));

/** A time of day, with the weekday when it is neither today nor within half a day. @param {number} ms @param {number} now @param {string} timeZone */
export function soon(ms, now, timeZone) {
  const near = isoDay(ms, timeZone) === isoDay(now, timeZone) || Math.abs(ms - now) < DAY_MS / 2;
  return near ? timeOfDay(ms, timeZone) : `${dates({ weekday: "short", timeZone }).format(ms)} ${timeOfDay(ms, timeZone)}`;
}

/** @param {string} month YYYY-MM @returns {string} "februar 2026" */
export const monthName = (month) => dates({ month: "long", year: "numeric", timeZone: "UTC" }).format(Date.parse(`${month}-01T00:00Z`));

/** @param {string} day YYYY-MM-DD @returns {string} "tirsdag 10. februar" */
export const dayName = (day) => dates({ weekday: "long", day: "numeric", month: "long", timeZone: "UTC" }).format(Date.parse(`${day}T00:00Z`));

/** @param {string} day YYYY-MM-DD @returns {string} "tir. 10." */
export const shortDay = (day) => dates({ weekday: "short", day: "numeric", timeZone: "UTC" }).format(Date.parse(`${day}T00:00Z`));

/** @param {number} ms @param {string} timeZone date and time with seconds, for the simulator's clock */
export const dateAndTime = (ms, timeZone) =>
  dates({ weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone }).format(ms);

/** @param {string} month YYYY-MM @param {number} by @returns {string} YYYY-MM */
export function addMonths(month, by) {
  const [year = 0, number_ = 1] = month.split("-").map(Number);
  const count = year * 12 + number_ - 1 + by;
  return `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, "0")}`;
}

/** @param {string} month YYYY-MM @returns {number} 28..31 */
export function daysInMonth(month) {
  return (Date.parse(`${addMonths(month, 1)}-01T00:00Z`) - Date.parse(`${month}-01T00:00Z`)) / DAY_MS;
}

/** @param {string} local YYYY-MM-DDTHH:MM on some site's clock @returns {string} "tir. 10. feb., 15:00" */
export const wallTime = (local) =>
  dates({ weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC" })
    .format(Date.parse(`${local.slice(0, 16)}Z`));

/** @param {number} ms @param {string} timeZone @returns {string} "10. feb., 15:00" */
export const dayAndTime = (ms, timeZone) =>
  dates({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone }).format(ms);

/** @param {number} ms @param {string} timeZone @returns {string} YYYY-MM-DDTHH:MM on that clock */
export const localMinute = (ms, timeZone) =>
  `${isoDay(ms, timeZone)}T${new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone }).format(ms)}`;

/**
 * The instant of a time on that clock: where clocks skip it, as much later; where they repeat it, the first.
 * @param {string} local YYYY-MM-DDTHH:MM
 * @param {string} timeZone
 */
export function instantOf(local, timeZone) {
  const wall = Date.parse(`${local}Z`);
  const [before, after] = [wall - DAY_MS, wall + DAY_MS].map((ms) => wall - (Date.parse(`${localMinute(ms, timeZone)}Z`) - ms));
  const found = [before, after].find((ms) => ms !== undefined && localMinute(ms, timeZone) === local);
  return found ?? before ?? wall;
}
