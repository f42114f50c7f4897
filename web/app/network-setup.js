// @ts-check
/** What becomes of a network set-up: the phone tells the charger, the cloud tells the phone. */
import { realNow } from "./clock.js";
import { useRef } from "./view.js";

/** @typedef {import("./types.js").Network} Network */
/** What the cloud said before, and what was chosen. @typedef {{before: Network|null, kind: "wifi"|"4g"}} Setup */

/** So long after it is back a charger has told what came of its try. */
const TOLD_MS = 3000;

/** @param {Setup} setup @param {Network} now */
const isBack = ({ before, kind }, now) => now.state === "connected" && now.kind === kind && !now.failure && now.since !== before?.since;

/** How a set-up stands, null without one. @param {Setup|null} setup @param {Network|null} now @returns {"done"|"failed"|"trying"|null} a new failure counts, and so does being back by what was chosen */
export function useOutcome(setup, now) {
  const back = useRef({ since: "", atMs: 0 });
  if (!setup || !now) return null;
  if (now.state === "failed" || (now.failure && now.failure.at !== setup.before?.failure?.at)) return "failed";
  if (!isBack(setup, now)) return "trying";
  if (back.current.since !== now.since) back.current = { since: now.since, atMs: realNow() };
  return realNow() - back.current.atMs < TOLD_MS ? "trying" : "done";
}
