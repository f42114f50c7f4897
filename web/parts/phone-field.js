// @ts-check
import { useStore } from "../app/hooks.js";
import { language, useTexts } from "../app/language.js";
import { h, html, useState } from "../app/view.js";
import { Choice } from "./inputs.js";
import { Field } from "./page.js";

/** Calling codes (ITU-T E.164) of the countries people here have numbers from; any other is typed with its +. */
const CALLING_CODES = {
  NO: "47", SE: "46", DK: "45", FI: "358", IS: "354", DE: "49", NL: "31", BE: "32", GB: "44", IE: "353", FR: "33", ES: "34", PT: "351",
  IT: "39", CH: "41", AT: "43", PL: "48", CZ: "420", EE: "372", LV: "371", LT: "370", RO: "40", UA: "380", US: "1",
};

/** @param {string} code @param {string} typed @returns {string} with its country, unless it has one */
const withCountry = (code, typed) => (/^\s*(\+|00)/.test(typed) || !typed.trim() ? typed.trim() : `+${code} ${typed.trim()}`);

/** A phone number with its country; `onValue` gets the whole of it. @param {{onValue: (phone: string) => void}} props */
export function PhoneField({ onValue }) {
  const texts = useTexts();
  const names = new Intl.DisplayNames(useStore(language), { type: "region" });
  const [code, setCode] = useState(CALLING_CODES.NO);
  const [typed, setTyped] = useState("");
  const tell = (/** @type {string} */ nextCode, /** @type {string} */ nextTyped) => {
    setCode(nextCode);
    setTyped(nextTyped);
    onValue(withCountry(nextCode, nextTyped));
  };
  const countries = Object.entries(CALLING_CODES).map(([country, each]) => [each, `${names.of(country)} +${each}`]);
  return html`
    <div class="phone-number">
      ${h(Choice, { label: texts.country_code, value: code, options: countries, onValue: (next) => tell(next, typed) })}
      ${h(Field, { label: texts.phone, value: typed, onValue: (next) => tell(code, next),
        input: { type: "tel", autocomplete: "tel-national", required: true, maxlength: 32 } })}
    </div>`;
}
