// @ts-check
/** Becoming a charger's owner: the cloud asks, the charger signs, the cloud checks. */
import { getSite, proveClaim, startClaim } from "./api.js";
import { Problem } from "./http.js";
import { claimSignature, simulator } from "./simulator.js";

/** @typedef {{lat: number, lon: number}} Position */
/** @typedef {{serial: string, fingerprint: string, siteId: string}} Wish `siteId`: "" for a new site where the phone is */
/** @typedef {{charger: import("./types.js").OwnCharger, site: import("./types.js").Site, isNewSite: boolean}} Claimed */
/** @typedef {"start"|"sign"|"prove"} Step */

/** @template T @param {Promise<T>} answer @param {number} status @param {string} code what this status means here @returns {Promise<T>} */
async function meaning(answer, status, code) {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof Problem && error.status === status ? new Problem(code, { status, requestId: error.requestId }) : error;
  }
}

/** Over Bluetooth in the phone's app; here the simulator carries it. @param {string} serial @param {import("./types.js").Claim} claim */
function sign(serial, claim) {
  if (!simulator.get()) throw new Problem("needs_bluetooth");
  return meaning(meaning(claimSignature(serial, claim), 409, "claim_window_closed"), 404, "needs_bluetooth");
}

/** Where the simulated chargers stand. */
const BERGEN = { lat: 60.392, lon: 5.324 };

/** @param {Wish} wish @returns {Promise<{site_id?: string, position?: Position}>} where the charger will stand; without a position the site's price area is asked for */
async function placeOf({ siteId }) {
  if (siteId) return { site_id: siteId };
  if (simulator.get()) return { position: BERGEN };
  return browserPosition().then((position) => ({ position }), () => ({}));
}

/**
 * The whole claim; `onStep` hears which part is under way. Repeating a claim that was won is harmless.
 * @param {Wish} wish
 * @param {(step: Step) => void} onStep
 * @returns {Promise<Claimed>}
 */
export async function claimCharger(wish, onStep) {
  const place = await placeOf(wish);
  onStep("start");
  const claim = await meaning(startClaim(wish.serial, wish.fingerprint), 404, "charger_not_found");
  onStep("sign");
  const signature = await sign(wish.serial, claim);
  onStep("prove");
  const charger = await meaning(proveClaim(claim.claim_id, { signature, ...place }), 404, "claim_expired");
  return { charger, site: await getSite(charger.site_id), isNewSite: !wish.siteId };
}

/** The browser's position to about 100 m, asked for once. @returns {Promise<Position>} */
export function browserPosition() {
  return new Promise((resolve, reject) => {
    const refuse = () => reject(new Problem("position_refused"));
    if (!navigator.geolocation) return refuse();
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lat: Number(coords.latitude.toFixed(3)), lon: Number(coords.longitude.toFixed(3)) }), refuse, { timeout: 10000 });
  });
}
