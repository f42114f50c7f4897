// @ts-check
/** Which screen is shown, and of what: the part after # in the address, `#/site/<id>`, never with personal data in it. */
import { createStore } from "./store.js";

const read = () => location.hash.replace(/^#\/?/, "") || "home";

export const route = createStore(read());
addEventListener("hashchange", () => route.set(read()));

/** @param {string} place "home", "site/site_1" */
export function goTo(place) {
  location.hash = `#/${place}`;
}
