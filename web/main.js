// @ts-check
import { App } from "./app/app.js";
import { startSession } from "./app/session.js";
import { startLive } from "./app/live.js";
import { startSimulator } from "./app/simulator.js";
import { h, render } from "./app/view.js";

startSession();
startLive();
startSimulator();
render(h(App, {}), /** @type {Element} */ (document.getElementById("app")));
