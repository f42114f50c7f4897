// @ts-check
import { number } from "../app/format.js";
import { roundTicks } from "../app/plan-geometry.js";
import { html } from "../app/view.js";

/** @typedef {{key: string, label: string, value: number, pending: boolean}} Column */

const [LEFT, RIGHT, TOP, BOTTOM, HEIGHT] = [34, 336, 10, 130, 150];

/**
 * Columns over days or hours; heights start at 0, negative amounts hang below. The figures stand in a table beside it.
 * @param {{columns: Column[], label: string, onPick?: (key: string) => void}} props
 */
export function BarChart({ columns, label, onPick }) {
  const low = Math.min(0, ...columns.map((column) => column.value));
  const high = Math.max(0, ...columns.map((column) => column.value)) || 1;
  const { ticks, step } = roundTicks(low, high, 3);
  const y = (/** @type {number} */ value) => BOTTOM - ((value - low) / (high - low)) * (BOTTOM - TOP);
  const width = (RIGHT - LEFT) / columns.length;
  return html`
    <svg class="columns" viewBox=${`0 0 340 ${HEIGHT}`} role="img" aria-label=${label}>
      <g class="axes">
        ${ticks.map((tick) => html`
          <line x1=${LEFT} x2=${RIGHT} y1=${y(tick)} y2=${y(tick)} />
          <text x=${LEFT - 5} y=${y(tick) + 3} text-anchor="end">${number(tick, step < 1 ? 1 : 0)}</text>`)}
        ${columns.map((column, index) => column.label && html`
          <text x=${LEFT + (index + 0.5) * width} y=${HEIGHT - 4} text-anchor="middle">${column.label}</text>`)}
      </g>
      ${columns.map((column, index) => html`
        <g key=${column.key} class=${onPick && column.value ? "pickable" : ""} onClick=${() => column.value && onPick?.(column.key)}>
          <rect class="touch" x=${LEFT + index * width} width=${width} y=${TOP} height=${BOTTOM - TOP} />
          <rect class=${column.pending ? "value pending" : "value"} x=${LEFT + (index + 0.15) * width} width=${width * 0.7}
            y=${Math.min(y(column.value), y(0))} height=${Math.abs(y(column.value) - y(0))} />
        </g>`)}
    </svg>`;
}
