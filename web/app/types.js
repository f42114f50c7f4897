// @ts-check
/** The documents of the public API that this page reads. Times are ISO 8601 with offset, energy is Wh. */

/** @typedef {{amount: string, currency: string}} Money */
/** @typedef {{no: string, en: string}} Words */
/** @typedef {{code: string, text: Words, reason: string|null, until: string|null}} Status */
/** @typedef {{access_token: string, refresh_token: string, expires_in_s: number}} TokenAnswer */
/** @typedef {{challenge_id: string, expires_in_s: number, resend_after_s: number}} CodeAnswer */
/** @typedef {{version: string, text: Words}} Terms */
/** @typedef {{starts_at: string|null, ready_by: string, ready_at: string|null, need_wh: number, missing_wh: number,
 *   probability: number|null, total_cost: Money|null, cost_at_once: Money|null}} PlanSummary */
/** @typedef {{started_at: string, energy_wh: number, cost: Money|null}} SessionSummary */
/** @typedef {{month: string, energy_wh: number, cost: Money|null}} MonthSummary */
/** @typedef {{grant_id: string, start: string, end: string|null, time_zone: string}} GuestWindow */
/** What a guest outside the window may not see is null. */
/**
 * @typedef {{charger_id: string, name: string, site_name: string|null, role: "owner"|"guest", active: boolean, status: Status|null,
 *   mode: string|null, run: string|null, pending: string[], plan: PlanSummary|null, session: SessionSummary|null,
 *   month: MonthSummary|null, grant: GuestWindow|null}} HomeCharger
 */
/** @typedef {{now: string, poll_after_s: number, chargers: HomeCharger[]}} Home */
/** @typedef {{state: "applied"|"pending", pending: string[]}} AppliedState */
/**
 * @typedef {{name: string, circuit_fuse_a: number, ready_by: string, site_id: string, access: string, disabled: boolean,
 *   full_until: string, max_starts: number, leaves_early: boolean}} Settings
 */
/**
 * @typedef {Settings & {role: "owner", charger_id: string, serial: string, mode: string, run: string, settings_state: AppliedState,
 *   orders_state: AppliedState, status: Status, version: number}} OwnCharger
 */
/**
 * @typedef {{role: "guest", charger_id: string, name: string, must_unlock: boolean, mode: string, status: Status,
 *   grant: GuestWindow}} GuestCharger
 */
/** @typedef {OwnCharger|GuestCharger} Charger */
/** @typedef {{mode: string, run: string, state: "applied"|"pending", pending: string[], expected_version: number}} Orders */
/** @typedef {{kind: string, reason: string, at: string}} NetworkFailure */
/**
 * @typedef {{state: "waiting"|"connecting"|"connected"|"failed", since: string, reason: string|null, kind: string|null,
 *   signal_dbm: number|null, signal: string|null, failure: NetworkFailure|null}} Network
 */
/**
 * @typedef {{kind: string, fixed_price_per_kwh: string|null, surcharge_per_kwh: string|null, grid_company_id: string|null,
 *   county: string|null}} Contract
 */
/** @typedef {{name: string, country: string, main_fuse_a: number, grid_type: string, phases: number}} SiteFacts */
/**
 * @typedef {SiteFacts & {site_id: string, time_zone: string, currency: string, zone: string|null, zone_must_ask: boolean,
 *   candidates: string[], contract: Contract & {county_must_ask: boolean}, history_months: number, version: number}} Site
 */
/** @typedef {SiteFacts & {contract: Contract, history_months?: number, zone?: string, position?: {lat: number, lon: number}}} SiteWish */
/** @typedef {{charger_id: string, name: string, limit_a: number, offered_a: number, reason: string}} Allocation */
/**
 * @typedef {{state: string, main_fuse_a: number, most_a: number, currents_a: (number|null)[], chargers: Allocation[]}} Load
 */
/** @typedef {{token: string, base_url: string}} NewMeter */
/** @typedef {{grid_company_id: string, name: string, zones: string[]}} GridCompany */
/**
 * @typedef {{grant_id: string, name: string, phone: string|null, start: string, end: string|null, state: string,
 *   lapses_at: string|null, is_guest_deleted: boolean, version: number}} Grant
 */
/** @typedef {{account_id: string, phone: string, name: string|null, address: string|null, language: "no"|"en", terms_version: string|null}} Account */
/** @typedef {{notification_id: string, kind: string, told_at: string, title: string, text: string, is_read: boolean}} Notification */
/** @typedef {{exported_at: string, tables: Record<string, object[]>, next: string|null}} ExportPage */
/** @typedef {{kind: string, name: string, grant_id: string|null}} SessionUser */
/**
 * @typedef {{session_id: string, user: SessionUser, mode: string, started_at: string, ended_at: string|null, energy_wh: number,
 *   cost: Money|null, saved: Money|null, pending: boolean}} Session
 */
/** @typedef {{claim_id: string, nonce: string, user_hash: string, claim_epoch: number, expires_in_s: number}} Claim */
/** @typedef {{start: string, end: string, price: string, state: string}} PriceSlot */
/** @typedef {{start: string, end: string, current_a: number, energy_wh: number, cost: Money|null, reason: string}} PlanInterval */
/**
 * @typedef {{plan_id: string|null, state: string, need_wh: number, ready_by: string|null, ready_at: string|null,
 *   unmet_wh: number, starts: number, energy_wh: number, intervals: PlanInterval[], prices: PriceSlot[],
 *   probability: number|null, total_cost: Money|null, expected_cost: Money|null, has_grid_cost: boolean,
 *   cost_at_once: Money|null, saved: Money|null}} Plan
 */
/** @typedef {{energy_wh: number, cost: Money|null, pending: boolean}} Sum */
/** @typedef {{date: string, energy_wh: number, cost: Money|null, pending: boolean}} HistoryDay */
/** @typedef {{start: string, end: string, energy_wh: number, cost: Money|null, pending: boolean}} HistoryHour */
/** @typedef {{user: SessionUser, energy_wh: number, cost: Money|null, pending: boolean}} PersonUse */
/**
 * @typedef {{period: string, currency: string, energy_wh: number, cost: Money|null, pending: boolean, people: PersonUse[],
 *   days?: HistoryDay[], hours?: HistoryHour[]}} History
 */
/**
 * @typedef {{serial: string, fingerprint: string, evse_state: string, plug_seq: number, register_wh: number, drawn_w: number,
 *   battery_wh: number|null, need_wh: number|null, connected: boolean}} SimCharger
 */
/** @typedef {{now: string, speed: number, chargers: SimCharger[]}} SimState */
/** @typedef {{to: string, text: string, at: string}} SimMessage */
/** @typedef {{networks: {name: string, signal_dbm: number}[], router: {name: string, password: string}}} SimAir */
/** @typedef {{kind: "wifi"|"4g", name?: string, password?: string}} NetworkWish */
export {};
