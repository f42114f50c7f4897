// @ts-check
/** What becomes of a network set-up: the phone tells the charger, the cloud tells the phone. */

import { productNow } from "./clock.js";

/** @typedef {import("./types.js").Network} Network */
/** What the cloud said before, and what was chosen. @typedef {{before: Network|null, kind: "wifi"|"4g"}} Setup */

/** So long after it is back a charger has told what came of its try. */
const TOLD_MS = 5000;

/** @param {Setup} setup @param {Network} now @returns {"done"|"failed"|"trying"} a new failure counts, and so does being back by what was chosen */
export function outcomeOf({ before, kind }, now) {
  if (now.state === "failed" || (now.failure && now.failure.at !== before?.failure?.at)) return "failed";
  const isBack = now.state === "connected" && (now.since !== before?.since || now.kind !== before?.kind);
  const isTold = productNow() - Date.parse(now.since) > TOLD_MS;
  return isBack && isTold && now.kind === kind && !now.failure ? "done" : "trying";
}
