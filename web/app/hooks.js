// @ts-check
import { asProblem } from "./http.js";
import { useEffect, useRef, useState } from "./view.js";

/** @typedef {import("./http.js").Problem} Problem */

/**
 * A task the user starts: while it runs `busy` is true and a second start is ignored; a failure stays in `problem` until the next start.
 * @template {unknown[]} A
 * @param {(...args: A) => Promise<unknown>} task
 * @returns {{run: (...args: A) => Promise<void>, busy: boolean, problem: Problem|null}}
 */
export function useTask(task) {
  const [state, setState] = useState({ busy: false, problem: /** @type {Problem|null} */ (null) });
  const running = useRef(false);
  /** @param {A} args */
  const run = async (...args) => {
    if (running.current) return;
    running.current = true;
    setState({ busy: true, problem: null });
    try {
      await task(...args);
      setState({ busy: false, problem: null });
    } catch (error) {
      setState({ busy: false, problem: asProblem(error) });
    } finally {
      running.current = false;
    }
  };
  return { run, ...state };
}

const RETRY_S = 5;

/**
 * What `load` answers, asked again whenever `key` changes. The old answer of the same `subject` stays until the new one is here,
 * late answers are dropped, and what failed for a while is asked again.
 * @template T
 * @param {() => Promise<T>} load
 * @param {string} key
 * @param {string} [subject] when this changes, the old answer is about something else and is thrown away
 * @returns {{value: T|null, problem: Problem|null}}
 */
export function useLoaded(load, key, subject = key) {
  const [state, setState] = useState({ subject, value: /** @type {T|null} */ (null), problem: /** @type {Problem|null} */ (null) });
  useEffect(() => {
    let wanted = true;
    let timer = 0;
    const fail = (/** @type {Problem} */ problem) => {
      setState((before) => ({ subject, value: before.subject === subject ? before.value : null, problem }));
      if (problem.passes) timer = setTimeout(ask, Math.max(RETRY_S, problem.retryAfterS) * 1000);
    };
    const ask = () => load().then(
      (value) => wanted && setState({ subject, value, problem: null }),
      (error) => wanted && fail(asProblem(error)),
    );
    ask();
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [key]);
  return state.subject === subject ? state : { value: null, problem: null };
}

/**
 * A ref whose element takes the focus when it is drawn first and whenever `key` changes; with `late` not at first.
 * @param {unknown} [key]
 * @param {boolean} [late]
 */
export function useFocus(key, late = false) {
  const place = useRef(/** @type {HTMLElement|null} */ (null));
  const waits = useRef(late);
  useEffect(() => {
    if (!waits.current) place.current?.focus({ preventScroll: true });
    waits.current = false;
  }, [key]);
  return place;
}

/** Draws the component again every `everyMs` of real time. @param {number} everyMs */
export function useTick(everyMs) {
  const [, setCount] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setCount((count) => count + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}

/**
 * The store's present value; the component is drawn again when it changes.
 * @template T
 * @param {import("./store.js").Store<T>} store
 * @returns {T}
 */
export function useStore(store) {
  const [value, setValue] = useState(() => store.get());
  useEffect(() => {
    setValue(() => store.get());
    return store.subscribe(() => setValue(() => store.get()));
  }, [store]);
  return value;
}
