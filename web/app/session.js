// @ts-check
/** Who is signed in on this device: tokens in memory, mirrored in localStorage; the refresh token is spent once. */
import { realNow } from "./clock.js";
import { Problem, send } from "./http.js";
import { createStore } from "./store.js";

/** @typedef {import("./types.js").TokenAnswer} TokenAnswer */
/** @typedef {{access_token: string, refresh_token: string, expires_at_ms: number}} Tokens */

const KEY = "zmartcharge.tokens";
const EARLY_MS = 30000;

/** @typedef {"out"|"ended"|"terms"|"in"} Gate */

/** What the person may see; "ended" is signed out by the server, so that the sign-in screen can say so. */
export const gate = createStore(/** @type {Gate} */ ("out"));

/** The number of the erasure, after an account was deleted. */
export const erasureId = createStore("");

/** @type {Tokens|null} */
let tokens = null;
/** @type {Promise<string|null>|null} */
let refreshing = null;

/** @returns {Tokens|null} what another tab or an earlier visit left */
function stored() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "null");
    return found && typeof found.refresh_token === "string" ? found : null;
  } catch {
    return null;
  }
}

/** @param {Tokens|null} next */
function keep(next) {
  tokens = next;
  try {
    if (next) localStorage.setItem(KEY, JSON.stringify(next));
    else localStorage.removeItem(KEY);
  } catch {
    // Storage may be forbidden (private window): the session then lasts as long as the page.
  }
}

/** @param {TokenAnswer} answer @returns {Tokens} */
function fromAnswer({ access_token, refresh_token, expires_in_s }) {
  return { access_token, refresh_token, expires_at_ms: realNow() + expires_in_s * 1000 };
}

/** Takes up the session of an earlier visit and follows what other tabs do. */
export function startSession() {
  tokens = stored();
  gate.set(tokens ? "in" : "out");
  addEventListener("storage", (event) => {
    if (event.key !== KEY) return;
    tokens = stored();
    if (!tokens) gate.set("out");
    else if (gate.get() !== "terms") gate.set("in");
  });
}

/** @param {TokenAnswer} answer */
export function beginSession(answer) {
  erasureId.set("");
  keep(fromAnswer(answer));
  gate.set("in");
}

/** Ends the session here at once; the server is told as well as the network allows. */
export async function signOut() {
  const ending = tokens;
  closeSession("");
  if (ending) await endInCloud(ending).catch(() => null);
}

/** Only who is signed in can sign out: a session whose access token is over is renewed to be ended. @param {Tokens} ending */
async function endInCloud(ending) {
  const isOver = ending.expires_at_ms - realNow() <= EARLY_MS;
  const renewed = isOver ? await send("POST", "/v1/auth/refresh", { body: { refresh_token: ending.refresh_token } }) : null;
  const { access_token, refresh_token } = renewed ? fromAnswer(renewed.body) : ending;
  await send("POST", "/v1/auth/logout", { headers: { Authorization: `Bearer ${access_token}` }, body: { refresh_token } });
}

/** Every sign-in has ended in the cloud, and so here. @param {string} erasure the number of the erasure, or "" */
export function closeSession(erasure) {
  keep(null);
  erasureId.set(erasure);
  location.hash = "";
  gate.set("out");
}

function endSession() {
  keep(null);
  gate.set("ended");
}

/** @template T @param {() => Promise<T>} work @returns {Promise<T>} one tab at a time, where the browser can */
function alone(work) {
  return navigator.locks ? navigator.locks.request(KEY, work) : work();
}

/** @param {string} spent the refresh token to exchange @returns {Promise<string|null>} the new access token */
async function rotate(spent) {
  const present = stored() ?? tokens;
  if (!present) return null;
  if (present.refresh_token !== spent) {
    tokens = present;
    return present.access_token;
  }
  try {
    const { body } = await send("POST", "/v1/auth/refresh", { body: { refresh_token: spent } });
    keep(fromAnswer(body));
    return body.access_token;
  } catch (error) {
    if (!(error instanceof Problem) || error.status < 400 || error.status >= 500 || error.status === 429) throw error;
    endSession();
    return null;
  }
}

/** Exchanges the refresh token, once for all who ask at the same time. @returns {Promise<string|null>} */
export function refreshAccess() {
  const spent = tokens?.refresh_token;
  if (!spent) return Promise.resolve(null);
  refreshing ??= alone(() => rotate(spent)).finally(() => { refreshing = null; });
  return refreshing;
}

/** An access token good for the next request, or null when nobody is signed in. @returns {Promise<string|null>} */
export async function accessToken() {
  if (tokens && tokens.expires_at_ms - realNow() > EARLY_MS) return tokens.access_token;
  return refreshAccess();
}
