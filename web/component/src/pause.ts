// Waiting: for some time, or until the browser has nothing better to do.

/** Resolves after `ms` milliseconds; rejects at once if it is cancelled. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return waiting(signal, (done) => {
    const timer = setTimeout(done, ms);
    return () => clearTimeout(timer);
  });
}

/** Resolves when the page is idle, or at least a second has passed; rejects at once if it is cancelled. */
export function idle(signal: AbortSignal): Promise<void> {
  if (typeof requestIdleCallback !== "function") return pause(50, signal);
  return waiting(signal, (done) => {
    const request = requestIdleCallback(done, { timeout: 1000 });
    return () => cancelIdleCallback(request);
  });
}

/** Resolves once `element` is, or almost is, in sight; rejects at once if it is cancelled. */
export function inSight(element: Element, signal: AbortSignal): Promise<void> {
  return waiting(signal, (done) => {
    const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && done(), {
      rootMargin: "200px",
    });
    observer.observe(element);
    return () => observer.disconnect();
  });
}

/** `begin` gets what to call when the waiting is over, and gives back what ends it. */
function waiting(signal: AbortSignal, begin: (done: () => void) => () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const cancelled = () => {
      end();
      reject(signal.reason);
    };
    const end = begin(() => {
      signal.removeEventListener("abort", cancelled);
      end();
      resolve();
    });
    signal.addEventListener("abort", cancelled, { once: true });
  });
}
