// @ts-check
/** Norwegian or English: the person's choice on this device, else the browser's. */
import { useStore } from "./hooks.js";
import { createStore } from "./store.js";

/** @typedef {"no"|"en"} Language */
/** @typedef {typeof import("../texts/no.js").no} Texts */

const KEY = "zmartcharge.language";
/** Only the language that is read is loaded. @type {Record<Language, () => Promise<Texts>>} */
const LOADERS = {
  no: async () => (await import("../texts/no.js")).no,
  en: async () => (await import("../texts/en.js")).en,
};
const NORWEGIAN = /^(no|nb|nn)\b/i;

/** @returns {Language} */
function firstLanguage() {
  let chosen = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // Storage may be forbidden: the browser's language then decides.
  }
  if (chosen === "no" || chosen === "en") return chosen;
  return NORWEGIAN.test(navigator.language) ? "no" : "en";
}

export const language = createStore(firstLanguage());

/** @type {import("./store.js").Store<Texts>} */
const loadedTexts = createStore(/** @type {Texts} */ (/** @type {unknown} */ (null)));

/** Loads the texts of the present language: before anything is drawn. */
export async function startLanguage() {
  loadedTexts.set(await LOADERS[language.get()]());
}

/** @param {Language} next */
export async function chooseLanguage(next) {
  const loaded = await LOADERS[next]();
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // The choice then lasts as long as the page.
  }
  loadedTexts.set(loaded);
  language.set(next);
}

/** The texts in the present language. @returns {Texts} */
export function useTexts() {
  return useStore(loadedTexts);
}

/**
 * The text of a code the server sent, or null when this page has none for it.
 * @param {Texts} known
 * @param {string} kind what the code is of, as "problem" or "reason"
 * @param {string|null|undefined} code
 * @returns {string|null}
 */
export function textOfCode(known, kind, code) {
  const found = /** @type {Record<string, unknown>} */ (known)[`${kind}_${code}`];
  return typeof found === "string" ? found : null;
}
