/** Sends one file to be assessed; a gateway that is away or full is waited for. */

import { _ } from "../texts.js";
import type { Dropped } from "./files.js";

const MAX_TRIES = 40;
const MAX_WAIT_S = 10;

interface Taken {
  id: string;
  outcome: string;
  said: string;
}

/** What became of it; problem: what is asked of it, where the list shows one alone; stalled is told why it is waited for, and that it is not any more. */
export async function send(file: File, csrf: string, problem: string, stalled: (why: string) => void): Promise<Partial<Dropped>> {
  let why = "";
  for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
    let wait = 2;
    try {
      const answer = await post(file, csrf, problem);
      if (answer.ok) {
        stalled("");
        return done((await answer.json()) as Taken);
      }
      const refused = (await answer.json().catch(() => ({}))) as { detail?: string };
      if (answer.status === 401) return failed(_("you were logged out: log in again, then try again"));
      if (answer.status !== 503 && answer.status !== 429) return failed(refused.detail ?? _("error %(status)s", { status: answer.status }));
      wait = Number(answer.headers.get("Retry-After")) || 2;
      why = refused.detail ?? _("the gateway is busy");
    } catch {
      why = _("the reading room does not answer");
    }
    stalled(why);
    await new Promise((resume) => setTimeout(resume, 1000 * Math.min(wait, MAX_WAIT_S)));
  }
  return failed(_("given up: %(why)s", { why }));
}

/** The file's name goes in a header: addresses are logged, and it may be a patient's. */
function post(file: File, csrf: string, problem: string): Promise<Response> {
  const name = encodeURIComponent(file.name);
  const headers = { "X-CSRF-Token": csrf, "Content-Type": "application/octet-stream", "X-File-Name": name };
  return fetch(problem ? `/films?problem=${encodeURIComponent(problem)}` : "/films", { method: "POST", body: file, headers });
}

function done({ id, outcome, said }: Taken): Partial<Dropped> {
  const url = `/films/${encodeURIComponent(id)}?status=all&source=mine&order=newest`;
  return { state: "done", said, url, refused: outcome === "refused" };
}

function failed(said: string): Partial<Dropped> {
  return { state: "failed", said };
}
