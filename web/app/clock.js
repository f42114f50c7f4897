// @ts-check
/** The only code that asks the machine for the time. All instants are milliseconds since 1970, UTC. */

let anchor = { productMs: Date.now(), realMs: performance.now(), speed: 1 };

/** Real time: for tokens and codes, never for prices, plans or history. */
export function realNow() {
  return Date.now();
}

/** Product time: the server's last `now` plus what has passed since, times the speed (1 outside the simulator). */
export function productNow() {
  return anchor.productMs + (performance.now() - anchor.realMs) * anchor.speed;
}

/** How many times faster than real time the product's clock runs. */
export function productSpeed() {
  return anchor.speed;
}

/**
 * Sets the product clock from an answer of the server.
 * @param {string} now ISO 8601 with offset
 * @param {number} [speed]
 */
export function observeNow(now, speed = anchor.speed) {
  anchor = { productMs: Date.parse(now), realMs: performance.now(), speed };
}

/** @param {number} ms @returns {string} as the API reads instants */
export const instantText = (ms) => new Date(ms).toISOString();
