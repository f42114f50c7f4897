// @ts-check
import { changeSite, createSite, deleteSite, getSite, listGridCompanies, listSites } from "../app/api.js";
import { browserPosition } from "../app/claiming.js";
import { useLoaded, useStore, useTask } from "../app/hooks.js";
import { language, textOfCode, useTexts } from "../app/language.js";
import { hurry } from "../app/live.js";
import { goTo } from "../app/router.js";
import { COUNTIES, MAIN_FUSES_A, priceOf, ZONES } from "../app/sites.js";
import { h, html, useState } from "../app/view.js";
import { BALANCING } from "../app/links.js";
import { Choice, Confirmed } from "../parts/inputs.js";
import { LoadCard } from "../parts/load-card.js";
import { Field, onSubmit, Page, Trouble } from "../parts/page.js";

/** @typedef {import("../app/types.js").Site} Site */
/**
 * @typedef {{name: string, country: string, zone: string, main_fuse_a: string, grid_type: string, phases: string, kind: string,
 *   fixed: string, surcharge: string, company: string, county: string, months: string}} Draft
 */
/** @typedef {{draft: Draft, change: (part: Partial<Draft>) => void}} DraftProps */

/** @param {Site|null} site @returns {Draft} */
function draftOf(site) {
  const contract = site?.contract;
  return {
    name: site?.name ?? "", country: site?.country ?? "NO", zone: site?.zone ?? "", main_fuse_a: String(site?.main_fuse_a ?? 25),
    grid_type: site?.grid_type ?? "IT", phases: String(site?.phases ?? 3), kind: contract?.kind ?? "spot",
    fixed: contract?.fixed_price_per_kwh ?? "", surcharge: contract?.surcharge_per_kwh ?? "",
    company: contract?.grid_company_id ?? "", county: contract?.county ?? "", months: String(site?.history_months ?? ""),
  };
}

/** @param {Draft} draft @returns {import("../app/types.js").Contract} a fixed price holds everything, the grid's part needs its company */
const contractOf = ({ kind, fixed, surcharge, company, county, country, zone }) => ({
  kind,
  fixed_price_per_kwh: kind === "fixed" ? priceOf(fixed) : null,
  surcharge_per_kwh: kind === "fixed" ? null : priceOf(surcharge),
  grid_company_id: country === "NO" ? company || null : null,
  county: COUNTIES[zone]?.includes(county) ? county : null,
});

/** @param {Draft} draft @returns {Promise<import("../app/types.js").SiteWish>} */
async function wishOf(draft) {
  const place = draft.zone ? { zone: draft.zone } : { position: await browserPosition() };
  const { name, country, grid_type, months } = draft;
  const fuses = { main_fuse_a: Number(draft.main_fuse_a), grid_type, phases: Number(draft.phases) };
  return { name: name.trim(), country, ...fuses, contract: contractOf(draft), ...place, ...(months && { history_months: Number(months) }) };
}

/** Country and price area. @param {DraftProps & {site: Site|null}} props */
function ZoneFields({ draft, change, site }) {
  const texts = useTexts();
  const names = new Intl.DisplayNames(useStore(language), { type: "region" });
  const zones = ZONES[draft.country] ?? [];
  return html`
    ${h(Choice, { label: texts.country, value: draft.country, onValue: (country) => change({ country, zone: "", kind: "spot", company: "" }),
      options: Object.keys(ZONES).map((each) => [each, names.of(each) ?? each]) })}
    ${h(Choice, { label: texts.zone, value: draft.zone, onValue: (zone) => change({ zone, company: "" }),
      hint: !draft.zone ? texts.position_lead : site?.zone_must_ask ? texts.zone_check : texts.zone_hint,
      options: [["", texts.zone_from_position], ...zones.map((each) => [each, each])] })}`;
}

/** What energy costs: the contract. @param {DraftProps} props */
function PriceFields({ draft, change }) {
  const texts = useTexts();
  const kinds = draft.country === "NO" ? ["spot", "spot_support", "norgespris", "fixed"] : ["spot", "fixed"];
  const input = { inputmode: "decimal", pattern: "-?\\d{1,2}([.,]\\d{1,6})?", maxlength: 10 };
  return html`
    ${h(Choice, { label: texts.price_kind, value: draft.kind, onValue: (kind) => change({ kind }),
      options: kinds.map((kind) => [kind, textOfCode(texts, "price_kind", kind) ?? kind]) })}
    ${draft.kind === "fixed"
      ? h(Field, { label: texts.fixed_price, value: draft.fixed, onValue: (fixed) => change({ fixed }), hint: texts.with_vat, input: { ...input, required: true } })
      : h(Field, { label: texts.surcharge, value: draft.surcharge, onValue: (surcharge) => change({ surcharge }), hint: texts.with_vat, input })}`;
}

/** Who owns the wires, and which taxes apply: Norway only. @param {DraftProps} props */
function GridFields({ draft, change }) {
  const texts = useTexts();
  const { value: companies } = useLoaded(() => (draft.zone && draft.country === "NO" ? listGridCompanies(draft.zone) : Promise.resolve([])), draft.zone);
  const counties = COUNTIES[draft.zone];
  if (draft.country !== "NO") return html`<!-- known in Norway only -->`;
  return html`
    ${h(Choice, { label: texts.grid_company, value: draft.company, onValue: (company) => change({ company }), hint: texts.grid_company_hint,
      options: [["", texts.not_chosen], ...(companies ?? []).map((each) => [each.grid_company_id, each.name])] })}
    ${counties && h(Choice, { label: texts.county, value: draft.county, onValue: (county) => change({ county }), hint: texts.county_hint,
      options: [["", texts.not_chosen], ...counties.map((each) => [each, textOfCode(texts, "county", each) ?? each])] })}`;
}

/** What the house can take. @param {DraftProps} props */
function FuseFields({ draft, change }) {
  const texts = useTexts();
  return html`
    ${h(Choice, { label: texts.main_fuse, value: draft.main_fuse_a, onValue: (main_fuse_a) => change({ main_fuse_a }), hint: texts.main_fuse_hint,
      options: MAIN_FUSES_A.map((each) => [String(each), texts.amperes(each)]) })}
    ${h(Choice, { label: texts.grid_type, value: draft.grid_type, onValue: (grid_type) => change({ grid_type }), hint: texts.grid_type_hint,
      options: [["IT", texts.grid_it], ["TN", texts.grid_tn]] })}
    ${h(Choice, { label: texts.phases, value: draft.phases, onValue: (phases) => change({ phases }), options: [["1", "1"], ["3", "3"]] })}`;
}

/** @param {{site: Site|null, first?: boolean}} props `first`: made by adding a charger just now */
function SiteForm({ site, first = false }) {
  const texts = useTexts();
  const [draft, setDraft] = useState(() => draftOf(site));
  const change = (/** @type {Partial<Draft>} */ part) => setDraft((before) => ({ ...before, ...part }));
  const task = useTask(async () => {
    const wish = await wishOf(draft);
    const kept = site ? await changeSite(site.site_id, site.version, wish) : await createSite(wish);
    hurry();
    const isSettled = !kept.zone_must_ask && !kept.contract.county_must_ask;
    goTo(!isSettled ? `site/${kept.site_id}${first ? "/first" : ""}` : first ? "home" : "sites");
  });
  return html`
    <form onSubmit=${onSubmit(task.run)}>
      ${h(Field, { label: texts.site_name, value: draft.name, onValue: (name) => change({ name }), input: { required: true, maxlength: 60 } })}
      ${h(ZoneFields, { draft, change, site })}
      ${h(PriceFields, { draft, change })}
      ${h(GridFields, { draft, change })}
      ${h(FuseFields, { draft, change })}
      ${site && !first && h(Field, { label: texts.history_months, value: draft.months, onValue: (months) => change({ months }), hint: texts.history_months_hint,
        input: { type: "number", required: true, min: 3, max: 120, step: 1, inputmode: "numeric" } })}
      ${h(Trouble, { problem: task.problem })}
      <button class="primary" disabled=${task.busy}>${texts.save}</button>
    </form>`;
}

/** @param {{site: Site}} props */
function DeleteSite({ site }) {
  const texts = useTexts();
  const task = useTask(async () => {
    await deleteSite(site.site_id);
    goTo("sites");
  });
  return h(Confirmed, { label: texts.delete_site, question: texts.delete_site_question, task });
}

/** One site: what power costs there and what the house can take; "new" is one to be made, `first` one that came with a charger. @param {{siteId: string, first: boolean}} props */
export function SiteScreen({ siteId, first }) {
  const texts = useTexts();
  const isNew = siteId === "new";
  const { value: site, problem } = useLoaded(() => (isNew ? Promise.resolve(null) : getSite(siteId)), siteId);
  return h(Page, { title: isNew ? texts.new_site : (site?.name ?? texts.place), back: first ? undefined : "sites", children: html`
    ${first && html`<p>${texts.site_first_lead}</p>`}
    ${h(Trouble, { problem })}
    ${(isNew || site) && h(SiteForm, { site, first, key: String(site?.version) })}
    ${site && !first && html`${h(LoadCard, { siteId })}${h(DeleteSite, { site })}`}
    ${!isNew && !site && !problem && html`<p>${texts.loading}</p>`}` });
}

/** One's own sites. */
export function SitesScreen() {
  const texts = useTexts();
  const { value: sites, problem } = useLoaded(listSites, "sites");
  return h(Page, { title: texts.my_sites, back: "home", children: html`
    <p>${texts.my_sites_lead}</p>
    ${h(Trouble, { problem })}
    ${!sites && !problem && html`<p>${texts.loading}</p>`}
    ${sites && sites.length > 0 && html`
      <nav class="ways" aria-label=${texts.my_sites}>
        ${sites.map((site) => html`<a key=${site.site_id} href=${`#/site/${site.site_id}`}><span>${site.name}<br />
          <small>${site.zone_must_ask ? texts.zone_check : [site.zone, texts.amperes(site.main_fuse_a), site.grid_type].filter(Boolean).join(" · ")}</small></span></a>`)}
      </nav>`}
    <a class="button primary" href="#/site/new">${texts.new_site}</a>
    <p><small>${texts.balancing_lead} <a href=${BALANCING} rel="noreferrer">${texts.read_more}</a></small></p>` });
}
