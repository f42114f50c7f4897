// @ts-check
import { getCharger, getSite } from "../app/api.js";
import { useLoaded } from "../app/hooks.js";

/** @typedef {import("../app/types.js").HomeCharger} HomeCharger */

/** @typedef {{charger: import("../app/types.js").OwnCharger|null, site: import("../app/types.js").Site|null, timeZone: string}} Known */

/** @param {HomeCharger} charger @returns {Promise<Known>} */
async function load(charger) {
  if (charger.grant) return { charger: null, site: null, timeZone: charger.grant.time_zone };
  const own = await getCharger(charger.charger_id);
  if (own.role !== "owner") return { charger: null, site: null, timeZone: own.grant.time_zone };
  const site = await getSite(own.site_id);
  return { charger: own, site, timeZone: site.time_zone };
}

/** A charger's settings and site, for its owner; for guests only the zone that its clock shows. @param {HomeCharger} charger */
export const useSettings = (charger) => useLoaded(() => load(charger), charger.charger_id);
