// @ts-check
/** Which screen is shown: the part after # in the address, never with personal data in it. */
import { createStore } from "./store.js";

const SCREENS = ["home", "add", "goal", "history", "settings"];

const read = () => {
  const name = location.hash.replace(/^#\/?/, "");
  return SCREENS.includes(name) ? name : "home";
};

export const route = createStore(read());
addEventListener("hashchange", () => route.set(read()));

/** @param {string} name */
export function goTo(name) {
  location.hash = `#/${name}`;
}
