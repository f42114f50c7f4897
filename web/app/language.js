// @ts-check
/** Norwegian or English: the person's choice on this device, else the browser's. */
import { en } from "../texts/en.js";
import { no } from "../texts/no.js";
import { createStore, useStore } from "./store.js";

/** @typedef {"no"|"en"} Language */
/** @typedef {typeof no} Texts */

const KEY = "zmartcharge.language";
/** @type {Record<Language, Texts>} */
const TEXTS = { no, en };
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

/** @param {Language} next */
export function chooseLanguage(next) {
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // The choice then lasts as long as the page.
  }
  language.set(next);
}

/** The texts in the present language. @returns {Texts} */
export function useTexts() {
  return TEXTS[useStore(language)];
}

/**
 * The text of a code the server sent, or null when this page has none for it.
 * @param {Texts} texts
 * @param {"problem"|"reason"|"mode"|"evse"|"price_state"} kind
 * @param {string|null|undefined} code
 * @returns {string|null}
 */
export function textOfCode(texts, kind, code) {
  const found = /** @type {Record<string, unknown>} */ (texts)[`${kind}_${code}`];
  return typeof found === "string" ? found : null;
}
