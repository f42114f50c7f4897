// @ts-check
/** The public API, one function per route this page uses. Paths carry opaque ids only; what is personal goes in bodies. */
import { Problem, send } from "./http.js";
import { accessToken, gate, refreshAccess } from "./session.js";

/** @typedef {import("./types.js").Home} Home */
/** @typedef {import("./types.js").Charger} Charger */
/** @typedef {{headers?: Record<string, string>, body?: object}} Content */

/** @param {string} token @param {string} method @param {string} path @param {Content} content */
function sendAs(token, method, path, content) {
  return send(method, path, { ...content, headers: { ...content.headers, Authorization: `Bearer ${token}` } });
}

/**
 * A request of the signed-in person. A refused token is renewed once; unaccepted terms lead to the terms screen.
 * @param {string} method
 * @param {string} path
 * @param {Content} [content]
 */
async function call(method, path, content = {}) {
  const token = await accessToken();
  if (!token) throw new Problem("signed_out", { status: 401 });
  try {
    return await sendAs(token, method, path, content);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === "terms_not_accepted") gate.set("terms");
    if (error.status !== 401) throw error;
    const renewed = await refreshAccess();
    if (!renewed) throw error;
    return sendAs(renewed, method, path, content);
  }
}

/** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
const ask = async (method, path, body) => (await call(method, path, { body })).body;
/** @param {string} id */
const charger = (id) => `/v1/chargers/${encodeURIComponent(id)}`;

/** @param {string} phone @returns {Promise<import("./types.js").CodeAnswer>} */
export const requestCode = async (phone) => (await send("POST", "/v1/auth/code", { body: { phone } })).body;

/** @param {string} challenge_id @param {string} code @returns {Promise<import("./types.js").TokenAnswer>} */
export const exchangeCode = async (challenge_id, code) =>
  (await send("POST", "/v1/auth/token", { body: { challenge_id, code } })).body;

/** @returns {Promise<import("./types.js").Terms>} */
export const getTerms = async () => (await send("GET", "/v1/terms")).body;
/** @param {string} version */
export const acceptTerms = (version) => ask("POST", "/v1/account/terms", { version });

/** @param {string} etag the last answer's, or "" @returns {Promise<{home: Home|null, etag: string}>} `home` is null when nothing changed */
export async function getHome(etag) {
  const answer = await call("GET", "/v1/home", { headers: etag ? { "If-None-Match": etag } : {} });
  return answer.status === 304 ? { home: null, etag } : { home: answer.body, etag: answer.etag };
}

/** @returns {Promise<import("./types.js").Site[]>} */
export async function listSites() {
  const answer = await ask("GET", "/v1/sites");
  return Array.isArray(answer) ? answer : answer.sites;
}
/** @param {string} id @returns {Promise<import("./types.js").Site>} */
export const getSite = (id) => ask("GET", `/v1/sites/${encodeURIComponent(id)}`);

/** @param {string} serial @param {string} fingerprint @returns {Promise<import("./types.js").Claim>} */
export const startClaim = (serial, fingerprint) => ask("POST", "/v1/claims", { serial, fingerprint });
/** @param {string} id @param {{signature: string, site_id?: string, position?: {lat: number, lon: number}}} proof @returns {Promise<Charger>} */
export const proveClaim = (id, proof) => ask("POST", `/v1/claims/${encodeURIComponent(id)}/proof`, proof);

/** @param {string} id @returns {Promise<Charger>} */
export const getCharger = (id) => ask("GET", charger(id));
/** @param {Charger} known @param {{name?: string, circuit_fuse_a?: number, ready_by?: string}} changes @returns {Promise<Charger>} */
export const changeCharger = async (known, changes) =>
  (await call("PATCH", charger(known.charger_id), { body: changes, headers: { "If-Match": `"${known.version}"` } })).body;

/** @param {string} id @param {number} energy_wh */
export const setGoal = (id, energy_wh) => ask("PUT", `${charger(id)}/session-goal`, { energy_wh });
/** @param {string} id */
export const clearGoal = (id) => ask("DELETE", `${charger(id)}/session-goal`);
/** @param {string} id @returns {Promise<import("./types.js").Plan>} */
export const getPlan = (id) => ask("GET", `${charger(id)}/plan`);
/** @param {string} id @param {string} month YYYY-MM @returns {Promise<import("./types.js").History>} */
export const getMonth = (id, month) => ask("GET", `${charger(id)}/history?month=${month}`);
/** @param {string} id @param {string} day YYYY-MM-DD @returns {Promise<import("./types.js").History>} */
export const getDay = (id, day) => ask("GET", `${charger(id)}/history?day=${day}`);
