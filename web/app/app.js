// @ts-check
import { AccountScreen, ProfileScreen } from "../screens/account.js";
import { AddScreen } from "../screens/add-charger.js";
import { GoalScreen } from "../screens/goal.js";
import { GuestsScreen } from "../screens/guests.js";
import { HistoryScreen } from "../screens/history.js";
import { HomeScreen, NoChargers } from "../screens/home.js";
import { MessagesScreen } from "../screens/messages.js";
import { SettingsScreen } from "../screens/settings.js";
import { SignInScreen } from "../screens/sign-in.js";
import { SitesScreen, SiteScreen } from "../screens/sites.js";
import { TermsScreen } from "../screens/terms.js";
import { Page, Trouble } from "../parts/page.js";
import { SimulatorPanel } from "../parts/simulator-panel.js";
import { useStore } from "./hooks.js";
import { chooseLanguage, language, useTexts } from "./language.js";
import { news } from "./live.js";
import { route } from "./router.js";
import { gate, signOut } from "./session.js";
import { simulator } from "./simulator.js";
import { createStore } from "./store.js";
import { h, html, useEffect } from "./view.js";

/** Which of several chargers is looked at; the first until one is chosen. */
const chosen = createStore("");

/** @type {Record<string, import("../vendor/preact.js").Component<{charger: import("./types.js").HomeCharger}>>} */
const OF_CHARGER = { home: HomeScreen, goal: GoalScreen, history: HistoryScreen, settings: SettingsScreen, guests: GuestsScreen };

function Header() {
  const texts = useTexts();
  const other = useStore(language) === "no" ? "en" : "no";
  const where = useStore(gate);
  return html`
    <header class="top">
      <span class="brand"><img src="icon.svg" alt="" width="24" height="24" /> ${texts.app_name}</span>
      <button type="button" class="quiet" lang=${other} onClick=${() => chooseLanguage(other)}>${texts.other_language}</button>
      ${where === "terms" && html`<button type="button" class="quiet" onClick=${signOut}>${texts.sign_out}</button>`}
      ${where === "in" && html`<a class="person" href="#/account" aria-label=${texts.account}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="8" r="4.2" /><path d="M3.5 21c.8-4.6 4.3-7 8.5-7s7.7 2.4 8.5 7z" /></svg></a>`}
    </header>`;
}

function Offline() {
  const texts = useTexts();
  const { problem } = useStore(news);
  return html`<div role="status">${problem?.unanswered && html`<p class="offline">${texts.you_are_offline}</p>`}</div>`;
}

/** @param {{chargers: import("./types.js").HomeCharger[], present: string}} props */
function ChargerTabs({ chargers, present }) {
  const texts = useTexts();
  if (chargers.length < 2) return html`<!-- one charger -->`;
  return html`
    <nav class="tabs" aria-label=${texts.your_chargers}>
      ${chargers.map((each) => html`
        <button type="button" key=${each.charger_id} aria-pressed=${each.charger_id === present ? "true" : "false"}
          onClick=${() => chosen.set(each.charger_id)}>${each.name}</button>`)}
    </nav>`;
}

/** The screens that are about the person, or about a thing of theirs that the address names. @param {string} name @param {string} id @param {string} more */
function personal(name, id, more) {
  if (name === "add") return h(AddScreen, { choose: (chargerId) => chosen.set(chargerId) });
  if (name === "account") return h(AccountScreen, {});
  if (name === "profile" || name === "welcome") return h(ProfileScreen, { first: name === "welcome" });
  if (name === "messages") return h(MessagesScreen, {});
  if (name === "sites") return h(SitesScreen, {});
  if (name === "site") return h(SiteScreen, { siteId: id, first: more === "first", key: id });
  return null;
}

const SWIPE_PX = 60;

/** To the next or the last charger with a finger, as the tabs do it with a click. @param {import("./types.js").HomeCharger[]} chargers @param {string} present */
function swiping(chargers, present) {
  let [fromX, fromY] = [0, 0];
  /** @param {TouchEvent} event */
  const onTouchStart = ({ changedTouches: [touch] }) => {
    [fromX, fromY] = [touch?.clientX ?? 0, touch?.clientY ?? 0];
  };
  /** @param {TouchEvent} event */
  const onTouchEnd = ({ changedTouches: [touch] }) => {
    const [x, y] = [(touch?.clientX ?? 0) - fromX, (touch?.clientY ?? 0) - fromY];
    if (Math.abs(x) < SWIPE_PX || Math.abs(y) > Math.abs(x) / 2) return;
    const next = chargers[chargers.findIndex((each) => each.charger_id === present) + (x < 0 ? 1 : -1)];
    if (next) chosen.set(next.charger_id);
  };
  return { onTouchStart, onTouchEnd };
}

/** @param {{name: string}} props */
function OfCharger({ name }) {
  const texts = useTexts();
  const { home, problem } = useStore(news);
  const wanted = useStore(chosen);
  if (!home && problem) return h(Page, { title: texts.your_chargers, children: h(Trouble, { problem }) });
  if (!home) return h(Page, { title: texts.your_chargers, children: texts.loading });
  const charger = home.chargers.find((each) => each.charger_id === wanted) ?? home.chargers[0];
  if (!charger) return h(NoChargers, {});
  const isHome = !OF_CHARGER[name] || name === "home";
  const shown = problem && !problem.unanswered ? problem : null;
  return html`
    <div ...${isHome ? swiping(home.chargers, charger.charger_id) : {}}>
      ${isHome && h(ChargerTabs, { chargers: home.chargers, present: charger.charger_id })}
      ${h(OF_CHARGER[name] ?? HomeScreen, { charger, key: `${name} ${charger.charger_id}` })}
      ${shown && h(Trouble, { problem: shown })}
    </div>`;
}

function SignedIn() {
  const [name = "", id = "", more = ""] = useStore(route).split("/");
  return personal(name, id, more) ?? h(OfCharger, { name });
}

function Screen() {
  const where = useStore(gate);
  if (where === "terms") return h(TermsScreen, {});
  if (where === "in") return h(SignedIn, {});
  return h(SignInScreen, { ended: where === "ended" });
}

/** The whole page: the phone, and beside it the simulator where there is one. */
export function App() {
  const present = useStore(language);
  const simulated = useStore(simulator);
  useEffect(() => {
    document.documentElement.lang = present;
  }, [present]);
  return html`
    <div class="desk">
      <div class="phone">${h(Header, {})}${h(Offline, {})}${h(Screen, {})}</div>
      ${simulated && h(SimulatorPanel, { state: simulated })}
    </div>`;
}
