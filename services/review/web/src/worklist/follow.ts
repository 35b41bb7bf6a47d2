/** Brings the rows up to date when the worklist has changed, and says when the gateway is away. */

import { localTimes } from "./times.js";

const EVERY_MS = 3000;

interface Status {
  gateway: boolean;
  mark: string;
}

export function follow(page: HTMLElement): () => Promise<void> {
  const away = document.getElementById("gateway-away");
  let mark: string | null = null;

  async function refresh(): Promise<void> {
    const answer = await fetch(`/worklist/rows?${page.dataset.query ?? ""}`, { headers: { Accept: "text/html" } });
    const rows = document.getElementById("rows");
    if (!answer.ok || answer.redirected || !rows) return;
    const focused = document.activeElement?.closest("tr")?.dataset.film;
    // From our own server, which escapes what it puts into it; and no script in it would run.
    rows.innerHTML = await answer.text();
    localTimes(rows);
    if (focused) rows.querySelector<HTMLElement>(`tr[data-film="${CSS.escape(focused)}"] a.open`)?.focus();
  }

  async function look(): Promise<void> {
    if (document.hidden) return;
    try {
      const answer = await fetch("/status", { headers: { Accept: "application/json" } });
      if (answer.status === 401) {
        location.reload();
        return;
      }
      const status = (await answer.json()) as Status;
      if (away) away.hidden = status.gateway;
      if (mark !== null && mark !== status.mark) await refresh();
      mark = status.mark;
    } catch {
      if (away) away.hidden = false;
    }
  }

  localTimes(document);
  void look();
  setInterval(() => void look(), EVERY_MS);
  document.addEventListener("visibilitychange", () => void look());
  return refresh;
}
