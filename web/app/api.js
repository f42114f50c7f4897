// @ts-check
/** The public API, one function per route this page uses. Paths carry opaque ids only; what is personal goes in bodies. */
import { Problem, send } from "./http.js";
import { accessToken, gate, refreshAccess } from "./session.js";

/** @typedef {import("./types.js").Home} Home */
/** @typedef {import("./types.js").Charger} Charger */
/** @typedef {{headers?: Record<string, string>, body?: object, blob?: boolean}} Content */

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
/** @param {string} version @returns {Promise<import("./types.js").Account>} */
export const acceptTerms = (version) => ask("POST", "/v1/account/terms", { version });

/** @param {string} etag the last answer's, or "" @returns {Promise<{home: Home|null, etag: string}>} `home` is null when nothing changed */
export async function getHome(etag) {
  const answer = await call("GET", "/v1/home", { headers: etag ? { "If-None-Match": etag } : {} });
  return answer.status === 304 ? { home: null, etag } : { home: answer.body, etag: answer.etag };
}

/** @returns {Promise<import("./types.js").Site[]>} */
export const listSites = async () => (await ask("GET", "/v1/sites")).sites;
/** @param {string} id */
const site = (id) => `/v1/sites/${encodeURIComponent(id)}`;
/** @param {string} id @returns {Promise<import("./types.js").Site>} */
export const getSite = (id) => ask("GET", site(id));
/** @param {import("./types.js").SiteWish} wish @returns {Promise<import("./types.js").Site>} */
export const createSite = (wish) => ask("POST", "/v1/sites", wish);
/** @param {string} id @param {number} version @param {import("./types.js").SiteWish} wish @returns {Promise<import("./types.js").Site>} */
export const changeSite = (id, version, wish) => change(site(id), version, wish);
/** @param {string} id */
export const deleteSite = (id) => ask("DELETE", site(id));
/** @param {string} id @returns {Promise<import("./types.js").Load>} what flows at a site, and what its chargers are given */
export const getLoad = (id) => ask("GET", `${site(id)}/load`);
/** @param {string} id @returns {Promise<import("./types.js").NewMeter>} */
export const registerMeter = (id) => ask("POST", `${site(id)}/meter`, {});
/** @param {string} id */
export const removeMeter = (id) => ask("DELETE", `${site(id)}/meter`);
/** @param {string} zone @returns {Promise<import("./types.js").GridCompany[]>} */
export const listGridCompanies = async (zone) => (await ask("GET", `/v1/grid-companies?zone=${zone}`)).grid_companies;

/** @param {string} serial @param {string} fingerprint @returns {Promise<import("./types.js").Claim>} */
export const startClaim = (serial, fingerprint) => ask("POST", "/v1/claims", { serial, fingerprint });
/** @param {string} id @param {{signature: string, site_id?: string, position?: {lat: number, lon: number}}} proof @returns {Promise<import("./types.js").OwnCharger>} */
export const proveClaim = (id, proof) => ask("POST", `/v1/claims/${encodeURIComponent(id)}/proof`, proof);

/** @param {string} id @returns {Promise<Charger>} */
export const getCharger = (id) => ask("GET", charger(id));

/** @param {string} path @param {number} version what it is changed from @param {object} changes */
const change = async (path, version, changes) =>
  (await call("PATCH", path, { body: changes, headers: { "If-Match": `"${version}"` } })).body;

/** @param {string} id @param {number} version @param {Partial<import("./types.js").Settings>} changes @returns {Promise<import("./types.js").OwnCharger>} */
export const changeCharger = (id, version, changes) => change(charger(id), version, changes);
/** @param {string} id */
export const removeCharger = (id) => ask("DELETE", charger(id));
/** @param {string} id @param {string} mode smart or full @returns {Promise<import("./types.js").Orders>} */
export const setMode = (id, mode) => ask("PUT", `${charger(id)}/mode`, { mode });
/** @param {string} id @param {string} run auto or stopped @returns {Promise<import("./types.js").Orders>} */
export const setRun = (id, run) => ask("PUT", `${charger(id)}/run`, { run });
/** @param {string} id @returns {Promise<import("./types.js").Network>} */
export const getNetwork = (id) => ask("GET", `${charger(id)}/network`);

/** @param {string} id @param {{energy_wh?: number, ready_by: string}} goal what is left out is as usual */
export const setGoal = (id, goal) => ask("PUT", `${charger(id)}/session-goal`, goal);
/** @param {string} id */
export const clearGoal = (id) => ask("DELETE", `${charger(id)}/session-goal`);
/** @param {string} id @returns {Promise<import("./types.js").Plan>} */
export const getPlan = (id) => ask("GET", `${charger(id)}/plan`);
/** @param {string} id @param {string} month YYYY-MM @returns {Promise<import("./types.js").History>} */
export const getMonth = (id, month) => ask("GET", `${charger(id)}/history?month=${month}`);
/** @param {string} id @param {string} day YYYY-MM-DD @returns {Promise<import("./types.js").History>} */
export const getDay = (id, day) => ask("GET", `${charger(id)}/history?day=${day}`);
/** @param {string} id @returns {Promise<import("./types.js").Session[]>} the newest page */
export const listSessions = async (id) => (await ask("GET", `${charger(id)}/sessions`)).sessions;
/** Without naming its type a file would come as text through API Gateway. @type {Record<string, string>} */
const FILE_TYPES = {
  "history.csv": "text/csv",
  "history.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  "report.pdf": "application/pdf",
};
/** @param {string} id @param {string} file history.csv, history.xlsx or report.pdf @param {string} month @returns {Promise<Blob>} */
export const getFile = async (id, file, month) => (await call("GET", `${charger(id)}/${file}?month=${month}`, { blob: true, headers: { Accept: FILE_TYPES[file] ?? "" } })).body;

/** @param {string} id @param {string} grantId */
const grant = (id, grantId) => `${charger(id)}/grants/${encodeURIComponent(grantId)}`;
/** @param {string} id @returns {Promise<import("./types.js").Grant[]>} */
export const listGrants = async (id) => (await ask("GET", `${charger(id)}/grants`)).grants;
/** @param {string} id @param {{name: string, phone: string, start: string|null, end: string|null, language: string}} guest times on the site's clock */
export const invite = (id, guest) => ask("POST", `${charger(id)}/grants`, guest);
/** @param {string} id @param {import("./types.js").Grant} known @param {object} changes */
export const changeGrant = (id, known, changes) => change(grant(id, known.grant_id), known.version, changes);
/** @param {string} id @param {string} grantId by the owner to revoke, by the guest to leave */
export const endGrant = (id, grantId) => ask("DELETE", grant(id, grantId));

/** @returns {Promise<import("./types.js").Account>} */
export const getAccount = () => ask("GET", "/v1/account");
/** @param {{lat: number, lon: number}} position @returns {Promise<string|null>} a proposal */
export const locateAddress = async (position) => (await ask("POST", "/v1/addresses/locate", position)).address;
/** @param {object} changes */
export const changeAccount = (changes) => ask("PATCH", "/v1/account", changes);
/** @returns {Promise<string>} the number of the erasure */
export const deleteAccount = async () => (await ask("DELETE", "/v1/account")).erasure_id;
export const signOutEverywhere = () => ask("POST", "/v1/auth/logout-everywhere");
/** @param {string|null} next @returns {Promise<import("./types.js").ExportPage>} */
export const getExport = (next) => ask("GET", `/v1/account/export${next ? `?next=${encodeURIComponent(next)}` : ""}`);
/** @returns {Promise<import("./types.js").Notification[]>} the newest fifty */
export const listNotifications = async () => (await ask("GET", "/v1/notifications")).notifications;
/** @param {string} notification_id */
export const markRead = (notification_id) => ask("PUT", "/v1/notifications/read-until", { notification_id });
/** @returns {Promise<Record<string, boolean>>} */
export const getPushChoices = () => ask("GET", "/v1/notifications/push");
/** @param {Record<string, boolean>} choices all of them */
export const setPushChoices = (choices) => ask("PUT", "/v1/notifications/push", choices);
