// @ts-check
/** The home screen's news: polled at the server's pace, only while the page is seen and somebody is signed in. */
import { getHome } from "./api.js";
import { observeNow, productSpeed } from "./clock.js";
import { asProblem } from "./http.js";
import { gate } from "./session.js";
import { createStore } from "./store.js";

/** @typedef {{home: import("./types.js").Home|null, problem: import("./http.js").Problem|null}} News */

const SHORTEST_S = 1;
const LONGEST_S = 300;
const AFTER_COMMAND_S = [0, 1, 2, 4];
const AFTER_FAILURE_S = [2, 5, 10, 30];

/** @type {import("./store.js").Store<News>} */
export const news = createStore(/** @type {News} */ ({ home: null, problem: null }));

let etag = "";
let timer = 0;
let failures = 0;
/** @type {number[]} */
let hurried = [];
/** Raised whenever an answer under way must no longer be used (signed out, a newer request). */
let round = 0;

const watching = () => document.visibilityState === "visible" && gate.get() === "in";

/** @param {number} seconds */
function schedule(seconds) {
  clearTimeout(timer);
  if (watching()) timer = setTimeout(poll, Math.min(Math.max(seconds, 0), LONGEST_S) * 1000);
}

/** @param {import("./types.js").Home|null} home */
function take(home) {
  failures = 0;
  if (home) observeNow(home.now);
  const before = news.get();
  if (home || before.problem) news.set({ home: home ?? before.home, problem: null });
}

/** The server's pace is in product time, which a simulator may let run faster. */
function nextDelayS() {
  const paced = Math.max((news.get().home?.poll_after_s ?? 10) / Math.max(productSpeed(), 1), SHORTEST_S);
  return Math.min(hurried.shift() ?? paced, paced);
}

async function poll() {
  const mine = ++round;
  try {
    const answer = await getHome(etag);
    if (mine !== round) return;
    etag = answer.etag;
    take(answer.home);
    schedule(nextDelayS());
  } catch (error) {
    if (mine !== round) return;
    const problem = asProblem(error);
    news.set({ home: news.get().home, problem });
    const wait = AFTER_FAILURE_S[Math.min(failures++, AFTER_FAILURE_S.length - 1)] ?? 30;
    schedule(Math.max(wait, problem.retryAfterS));
  }
}

/** Asks at once and again soon: after a command of the user, whose effect he waits for. */
export function hurry() {
  hurried = [...AFTER_COMMAND_S];
  schedule(hurried.shift() ?? 0);
}

function forget() {
  round++;
  etag = "";
  news.set({ home: null, problem: null });
}

/** Follows sign-in, visibility and the network from now on. */
export function startLive() {
  gate.subscribe(() => {
    if (gate.get() !== "in") forget();
    schedule(0);
  });
  document.addEventListener("visibilitychange", () => schedule(0));
  addEventListener("online", () => schedule(0));
  schedule(0);
}
