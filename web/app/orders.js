// @ts-check
/** Smart or full, start or stop: an order is shown at once as pending, and news older than it are not believed. */
import { setMode, setRun } from "./api.js";
import { realNow } from "./clock.js";
import { useStore } from "./hooks.js";
import { hurry } from "./live.js";
import { createStore } from "./store.js";

/** @typedef {import("./types.js").HomeCharger} HomeCharger */
/** @typedef {{mode: string, run: string, atMs: number}} Given */
/** @typedef {{mode: string, run: string, state: "applied"|"pending"|"silent"}} Ordered */

const PATIENCE_MS = 20000;

/** By charger, what was ordered last on this phone. */
const given = createStore(/** @type {Record<string, Given>} */ ({}));

/** @param {string} id @param {Promise<import("./types.js").Orders>} answer */
async function keep(id, answer) {
  const { mode, run } = await answer;
  given.set({ ...given.get(), [id]: { mode, run, atMs: realNow() } });
  hurry();
}

/** @param {string} id @param {string} mode */
export const orderMode = (id, mode) => keep(id, setMode(id, mode));
/** @param {string} id @param {string} run */
export const orderRun = (id, run) => keep(id, setRun(id, run));

/** @param {HomeCharger} charger @returns {Ordered} what holds, and whether the charger acts on it */
export function useOrders({ charger_id, mode, run, pending }) {
  const order = useStore(given)[charger_id];
  const told = { mode: mode ?? "", run: run ?? "" };
  const recent = order && realNow() - order.atMs < PATIENCE_MS;
  if (recent && (order.mode !== told.mode || order.run !== told.run)) return { mode: order.mode, run: order.run, state: "pending" };
  if (pending.length === 0) return { ...told, state: "applied" };
  return { ...told, state: order && !recent ? "silent" : "pending" };
}
