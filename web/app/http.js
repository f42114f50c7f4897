// @ts-check
/** One request to the page's own origin, and what can go wrong with it. */

const TIMEOUT_MS = 15000;

/** A refusal or a failure, known by its stable `code`; "unreachable" and "timeout" are our own, everything else is the server's. */
export class Problem extends Error {
  /**
   * @param {string} code
   * @param {{status?: number, field?: string, requestId?: string, retryAfterS?: number}} [facts]
   */
  constructor(code, facts = {}) {
    super(code);
    this.code = code;
    this.status = facts.status ?? 0;
    this.field = facts.field ?? "";
    this.requestId = facts.requestId ?? "";
    this.retryAfterS = facts.retryAfterS ?? 0;
  }

  /** True when no answer came, so that nothing is known about what the server did. */
  get unanswered() {
    return this.code === "unreachable" || this.code === "timeout";
  }

  /** True when the same question may be answered later. */
  get passes() {
    return this.unanswered || this.status >= 500 || this.status === 429;
  }
}

/** @param {unknown} error @returns {Problem} */
export function asProblem(error) {
  return error instanceof Problem ? error : new Problem("page_error");
}

/** @param {Response} response @returns {Promise<any>} the JSON body, or null when there is none */
async function readBody(response) {
  if (!(response.headers.get("Content-Type") ?? "").includes("json")) return null;
  try {
    return await response.json();
  } catch {
    return null;
  }
}

/** @param {Response} response @param {any} body @returns {Problem} */
function toProblem(response, body) {
  return new Problem(typeof body?.code === "string" ? body.code : `status_${response.status}`, {
    status: response.status,
    field: body?.field,
    requestId: body?.request_id,
    retryAfterS: Number(body?.retry_after_s ?? response.headers.get("Retry-After")) || 0,
  });
}

/**
 * Sends one request; 2xx and 304 are answers, everything else is thrown as a Problem.
 * @param {string} method
 * @param {string} path
 * @param {{headers?: Record<string, string>, body?: object, blob?: boolean}} [content] `blob`: the answer is a file
 * @returns {Promise<{status: number, body: any, etag: string}>}
 */
export async function send(method, path, { headers = {}, body, blob = false } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body ? { ...headers, "Content-Type": "application/json" } : headers,
      body: body ? JSON.stringify(body) : undefined,
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new Problem(error instanceof DOMException && error.name === "TimeoutError" ? "timeout" : "unreachable");
  }
  const answer = blob && response.ok ? await response.blob() : await readBody(response);
  if (!response.ok && response.status !== 304) throw toProblem(response, answer);
  return { status: response.status, body: answer, etag: (response.headers.get("ETag") ?? "").replace(/^W\//, "") };
}
