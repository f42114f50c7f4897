// @ts-check
import { useTask } from "../app/hooks.js";
import { Problem } from "../app/http.js";
import { useTexts } from "../app/language.js";
import { h, html, useEffect, useRef, useState } from "../app/view.js";
import { Trouble } from "./page.js";

/** @typedef {{serial: string, fingerprint: string}} Label */
/** @typedef {{detect: (source: HTMLVideoElement) => Promise<{rawValue: string}[]>}} Detector */

const EVERY_MS = 300;
const SERIAL = /\b[A-Z0-9-]{8,20}\b/;
const FINGERPRINT = /(?<![\w-])[\w-]{22}(?![\w-])/;

/** @returns {Detector|null} the browser's own reader of codes, where it has one */
function makeDetector() {
  const Kind = /** @type {{BarcodeDetector?: new (options: object) => Detector}} */ (/** @type {unknown} */ (window)).BarcodeDetector;
  return Kind ? new Kind({ formats: ["qr_code"] }) : null;
}

/** @param {string} text of the code on a charger: it holds the serial and the fingerprint @returns {Label|null} */
export function labelOf(text) {
  const fingerprint = FINGERPRINT.exec(text)?.[0] ?? "";
  const serial = SERIAL.exec(text.replace(fingerprint, " "))?.[0] ?? "";
  return serial && fingerprint ? { serial, fingerprint } : null;
}

/** Looks through the camera until a label is seen. @param {{detector: Detector, stream: MediaStream, onLabel: (label: Label) => void}} props */
function Viewfinder({ detector, stream, onLabel }) {
  const video = useRef(/** @type {HTMLVideoElement|null} */ (null));
  useEffect(() => {
    const seen = video.current;
    if (!seen) return;
    seen.srcObject = stream;
    seen.play().catch(() => null);
    const look = async () => {
      const codes = await detector.detect(seen).catch(() => []);
      const label = codes.map(({ rawValue }) => labelOf(rawValue)).find(Boolean);
      if (label) onLabel(label);
    };
    const timer = setInterval(look, EVERY_MS);
    return () => {
      clearInterval(timer);
      for (const track of stream.getTracks()) track.stop();
    };
  }, [stream]);
  return html`<video ref=${video} muted playsinline></video>`;
}

/** Reads the code on the charger, where the browser can; typing it in always works. @param {{onLabel: (label: Label) => void}} props */
export function ScanButton({ onLabel }) {
  const texts = useTexts();
  const [detector] = useState(makeDetector);
  const [stream, setStream] = useState(/** @type {MediaStream|null} */ (null));
  const task = useTask(async () => {
    try {
      setStream(await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }));
    } catch {
      throw new Problem("camera_refused");
    }
  });
  if (!detector) return html`<!-- no reader of codes -->`;
  const done = (/** @type {Label} */ label) => {
    setStream(null);
    onLabel(label);
  };
  return html`
    ${stream
      ? h(Viewfinder, { detector, stream, onLabel: done })
      : html`<button type="button" disabled=${task.busy} onClick=${task.run}>${texts.scan}</button>`}
    ${h(Trouble, { problem: task.problem })}`;
}
