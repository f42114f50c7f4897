// @ts-check
/** Keeps the page itself for when there is no network: asked of the network first, never anything of /v1 or /sim. */
const CACHE = "page-1";

addEventListener("install", () => /** @type {any} */ (self).skipWaiting());

/** @param {Request} request @returns {Promise<Response>} */
async function fresh(request) {
  const kept = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok) await kept.put(request, answer.clone());
    return answer;
  } catch (error) {
    const found = await kept.match(request);
    if (found) return found;
    throw error;
  }
}

addEventListener("fetch", (/** @type {any} */ event) => {
  const { pathname, origin } = new URL(event.request.url);
  const ofPage = origin === location.origin && !/^\/(v1|sim|feed|docs)\b/.test(pathname);
  if (ofPage && event.request.method === "GET") event.respondWith(fresh(event.request));
});
