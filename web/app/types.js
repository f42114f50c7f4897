// @ts-check
/** The documents of the public API that this page reads. Times are ISO 8601 with offset, energy is Wh. */

/** @typedef {{amount: string, currency: string}} Money */
/** @typedef {{no: string, en: string}} Words */
/** @typedef {{code: string, text: Words, reason: string|null, until: string|null}} Status */
/** @typedef {{access_token: string, refresh_token: string, expires_in_s: number}} TokenAnswer */
/** @typedef {{challenge_id: string, expires_in_s: number, resend_after_s: number}} CodeAnswer */
/** @typedef {{version: string, text: Words}} Terms */
/** @typedef {{starts_at: string|null, ready_at: string|null, need_wh: number, total_cost: Money|null}} PlanSummary */
/** @typedef {{started_at: string, energy_wh: number, cost: Money|null}} SessionSummary */
/** @typedef {{month: string, energy_wh: number, cost: Money|null}} MonthSummary */
/**
 * @typedef {{charger_id: string, name: string, site_name: string, role: string, status: Status, mode: string,
 *   plan: PlanSummary|null, session: SessionSummary|null, month: MonthSummary|null}} HomeCharger
 */
/** @typedef {{now: string, poll_after_s: number, chargers: HomeCharger[]}} Home */
/**
 * @typedef {{charger_id: string, serial: string, name: string, site_id: string, circuit_fuse_a: number, ready_by: string,
 *   mode: string, status: Status, version: number}} Charger
 */
/** @typedef {{site_id: string, name: string, country: string, time_zone: string, zone: string|null, zone_must_ask: boolean}} Site */
/** @typedef {{claim_id: string, nonce: string, user_hash: string, claim_epoch: number, expires_in_s: number}} Claim */
/** @typedef {{start: string, end: string, price: string, state: string}} PriceSlot */
/** @typedef {{start: string, end: string, current_a: number, energy_wh: number, cost: Money|null, reason: string}} PlanInterval */
/**
 * @typedef {{plan_id: string|null, state: string, need_wh: number, ready_by: string|null, ready_at: string|null,
 *   unmet_wh: number, starts: number, energy_wh: number, intervals: PlanInterval[], prices: PriceSlot[],
 *   probability: number|null, total_cost: Money|null, expected_cost: Money|null, cost_at_once: Money|null, saved: Money|null}} Plan
 */
/** @typedef {{date: string, energy_wh: number, cost: Money|null, pending: boolean}} HistoryDay */
/** @typedef {{start: string, end: string, energy_wh: number, cost: Money|null, pending: boolean}} HistoryHour */
/**
 * @typedef {{period: string, currency: string, energy_wh: number, cost: Money|null, pending: boolean,
 *   days?: HistoryDay[], hours?: HistoryHour[]}} History
 */
/**
 * @typedef {{serial: string, fingerprint: string, evse_state: string, plug_seq: number, register_wh: number, drawn_w: number,
 *   battery_wh: number|null, need_wh: number|null, connected: boolean}} SimCharger
 */
/** @typedef {{now: string, speed: number, chargers: SimCharger[]}} SimState */
/** @typedef {{to: string, text: string, at: string}} SimMessage */
export {};
