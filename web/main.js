// @ts-check
import { App } from "./app/app.js";
import { startLanguage } from "./app/language.js";
import { startSession } from "./app/session.js";
import { startLive } from "./app/live.js";
import { startSimulator } from "./app/simulator.js";
import { h, render } from "./app/view.js";

await startLanguage();
startSession();
startLive();
startSimulator();
render(h(App, {}), /** @type {Element} */ (document.getElementById("app")));

// Kept for when there is no network; without it everything else works.
navigator.serviceWorker?.register("sw.js").catch(() => null);
