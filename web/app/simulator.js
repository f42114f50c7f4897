// @ts-check
/** The simulator beside the product on a laptop. Where /sim/state does not answer, nothing of it is shown. */
import { observeNow } from "./clock.js";
import { send } from "./http.js";
import { createStore } from "./store.js";

/** @typedef {import("./types.js").SimState} SimState */

const EVERY_MS = 1500;

/** @type {import("./store.js").Store<SimState|null>} */
export const simulator = createStore(/** @type {SimState|null} */ (null));

let absent = false;
let timer = 0;

function again() {
  clearTimeout(timer);
  if (!absent && document.visibilityState === "visible") timer = setTimeout(look, EVERY_MS);
}

async function look() {
  const body = await send("GET", "/sim/state").then((answer) => answer.body, (problem) => (problem.unanswered ? "lost" : null));
  if (Array.isArray(body?.chargers)) {
    observeNow(body.now, body.speed);
    simulator.set(body);
  } else if (body !== "lost" && !simulator.get()) {
    absent = true;
  }
  again();
}

/** Looks for a simulator once and follows it if there is one. */
export function startSimulator() {
  document.addEventListener("visibilitychange", again);
  look();
}

/** @param {string} serial @param {string} what @param {object} [body] */
async function act(serial, what, body = {}) {
  const answer = await send("POST", `/sim/chargers/${encodeURIComponent(serial)}/${what}`, { body });
  look();
  return answer.body;
}

/** @param {string} serial @param {{need_wh: number, phases: number}} car */
export const plugIn = (serial, car) => act(serial, "plug-in", car);
/** @param {string} serial */
export const unplug = (serial) => act(serial, "unplug");
/** @param {string} serial */
export const powerCycle = (serial) => act(serial, "power-cycle");

/** What the charger itself would sign over Bluetooth. @param {string} serial @param {import("./types.js").Claim} claim @returns {Promise<string>} */
export async function claimSignature(serial, { nonce, user_hash, claim_epoch }) {
  return (await act(serial, "claim-signature", { nonce, user_hash, claim_epoch })).signature;
}

/** What the charger tells over Bluetooth: the Wi-Fi it hears; and what stands on the router. @param {string} serial @returns {Promise<import("./types.js").SimAir>} */
export const listNetworks = async (serial) => (await send("GET", `/sim/chargers/${encodeURIComponent(serial)}/networks`)).body;
/** Over Bluetooth: name and password go to the charger and nowhere else. @param {string} serial @param {import("./types.js").NetworkWish} wish */
export const chooseNetwork = (serial, wish) => act(serial, "network", wish);

/** The house's meter reader is set up, as its owner would over its own Wi-Fi. @param {import("./types.js").NewMeter} made */
export const putReader = ({ token, base_url }) => send("POST", "/sim/meter-reader", { body: { token, base_url } });

/** @returns {Promise<import("./types.js").SimMessage[]>} the text messages sent, oldest first */
export const listMessages = async () => (await send("GET", "/sim/sms")).body?.messages ?? [];
