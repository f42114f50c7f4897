// @ts-check
/** What screens draw with. DOM elements are written in html``; our own components only as h(Component, props), so that their props are typed. */
import htm from "../vendor/htm.js";
import { createElement, h, render } from "../vendor/preact.js";
import { useEffect, useMemo, useRef, useState } from "../vendor/preact-hooks.js";

export const html = htm.bind(createElement);
export { h, render, useEffect, useMemo, useRef, useState };

/** @typedef {import("../vendor/preact.js").VNode} VNode */
/** @typedef {import("../vendor/preact.js").Child} Child */
