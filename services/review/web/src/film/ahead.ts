/** The next film's picture is fetched while this one is read: the worker holds it in memory until the page is left. */

/** A browser ends a worker that has heard nothing for 30 s, and forgets what it held. */
const REMIND_MS = 20_000;

export async function fetchAhead(picture: string): Promise<void> {
  if (!("serviceWorker" in navigator)) return; // without HTTPS: the next film is fetched when it is opened
  try {
    await navigator.serviceWorker.register("/worker.js");
    const { active } = await navigator.serviceWorker.ready;
    const remind = () => active?.postMessage(picture);
    remind();
    window.setInterval(remind, REMIND_MS);
  } catch {
    return; // it costs speed alone
  }
}
