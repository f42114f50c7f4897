// @ts-check
import { AddScreen } from "../screens/add-charger.js";
import { GoalScreen } from "../screens/goal.js";
import { HistoryScreen } from "../screens/history.js";
import { HomeScreen, NoChargers } from "../screens/home.js";
import { SettingsScreen } from "../screens/settings.js";
import { SignInScreen } from "../screens/sign-in.js";
import { TermsScreen } from "../screens/terms.js";
import { Page } from "../parts/page.js";
import { SimulatorPanel } from "../parts/simulator-panel.js";
import { Trouble } from "../parts/trouble.js";
import { chooseLanguage, language, useTexts } from "./language.js";
import { news } from "./live.js";
import { route } from "./router.js";
import { gate, signOut } from "./session.js";
import { simulator } from "./simulator.js";
import { createStore, useStore } from "./store.js";
import { h, html, useEffect } from "./view.js";

/** Which of several chargers is looked at; the first until one is chosen. */
const chosen = createStore("");

/** @type {Record<string, import("../vendor/preact.js").Component<{charger: import("./types.js").HomeCharger}>>} */
const OF_CHARGER = { home: HomeScreen, goal: GoalScreen, history: HistoryScreen, settings: SettingsScreen };

function Header() {
  const texts = useTexts();
  const other = useStore(language) === "no" ? "en" : "no";
  const signedIn = ["in", "terms"].includes(useStore(gate));
  return html`
    <header class="top">
      <span class="brand"><img src="icon.svg" alt="" width="24" height="24" /> ${texts.app_name}</span>
      <button type="button" class="quiet" lang=${other} onClick=${() => chooseLanguage(other)}>${texts.other_language}</button>
      ${signedIn && html`<button type="button" class="quiet" onClick=${signOut}>${texts.sign_out}</button>`}
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

function SignedIn() {
  const texts = useTexts();
  const { home, problem } = useStore(news);
  const name = useStore(route);
  const wanted = useStore(chosen);
  if (name === "add") return h(AddScreen, { choose: (id) => chosen.set(id) });
  if (!home && problem) return h(Page, { title: texts.your_chargers, children: h(Trouble, { problem }) });
  if (!home) return h(Page, { title: texts.your_chargers, children: texts.loading });
  const charger = home.chargers.find((each) => each.charger_id === wanted) ?? home.chargers[0];
  if (!charger) return h(NoChargers, {});
  const screen = OF_CHARGER[name] ?? HomeScreen;
  const shown = problem && !problem.unanswered ? problem : null;
  return html`
    ${name === "home" && h(ChargerTabs, { chargers: home.chargers, present: charger.charger_id })}
    ${h(screen, { charger, key: `${name} ${charger.charger_id}` })}
    ${shown && h(Trouble, { problem: shown })}`;
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
