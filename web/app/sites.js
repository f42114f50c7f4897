// @ts-check
/** What a site may be. Countries, zones and sizes are the API's; whether they go together, it decides. */

/** @type {Record<string, string[]>} */
export const ZONES = {
  NO: ["NO1", "NO2", "NO3", "NO4", "NO5"],
  SE: ["SE1", "SE2", "SE3", "SE4"],
  DK: ["DK1", "DK2"],
  FI: ["FI"],
};
export const MAIN_FUSES_A = [10, 13, 16, 20, 25, 32, 35, 40, 50, 63, 80, 100, 125, 160, 200, 250];
/** Where taxes on power differ within a zone. @type {Record<string, string[]>} */
export const COUNTIES = { NO4: ["nordland", "troms", "troms_action_zone", "finnmark", "trondelag"] };

/** @param {string} typed a number with comma or point @returns {string|null} as the API writes prices */
export const priceOf = (typed) => typed.trim().replace(",", ".") || null;
