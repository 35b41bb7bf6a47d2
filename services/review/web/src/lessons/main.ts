/** The page of the lessons: how far a round of teaching and judging is, and at its end what came of it, without a reload. */

import { _ } from "../texts.js";

const EVERY_MS = 1000;

/** What GET /lessons/round says; more of it is in certificates/progress.py. */
interface Progress {
  state: "running" | "done" | "failed" | "stopped";
  step: string;
  films: number | null;
  of: number | null;
}

async function look(): Promise<void> {
  if (document.hidden) return;
  const answer = await fetch("/lessons/round", { headers: { Accept: "application/json" } });
  if (answer.status === 401) return location.reload();
  if (!answer.ok) return;
  const progress = (await answer.json()) as Progress | null;
  if (progress?.state === "running") show(progress);
  else await showEnd();
}

function show({ step, films, of }: Progress): void {
  say("round-step", step);
  say("round-count", of ? _("%(films)s of %(of)s films", { films: films ?? 0, of }) : "");
  const bar = document.querySelector<HTMLProgressElement>("#round-progress");
  if (!bar) return;
  if (!of) return bar.removeAttribute("value");
  bar.max = of;
  bar.value = films ?? 0;
}

/** Only what is new: who listens to the page hears each step once. */
function say(id: string, text: string): void {
  const element = document.getElementById(id);
  if (element && element.textContent !== text) element.textContent = text;
}

/** The parts of the page that the end of a round changes, as the server writes them. */
async function showEnd(): Promise<void> {
  const answer = await fetch("/lessons", { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return location.reload();
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["round", "shelf"]) {
    const [before, after] = [document.getElementById(id), fresh.getElementById(id)];
    if (before && after) before.replaceWith(after);
  }
  say("round-news", document.querySelector("#round .notice")?.textContent ?? "");
  if (document.activeElement === document.body) document.getElementById("round-title")?.focus({ preventScroll: true });
}

function running(): boolean {
  return document.getElementById("round-now") !== null;
}

async function follow(): Promise<void> {
  while (running()) {
    await new Promise((resume) => setTimeout(resume, EVERY_MS));
    // A reading room that is away is asked again: the round may go on beside it.
    await look().catch(() => say("round-count", _("the reading room does not answer")));
  }
}

void follow();
