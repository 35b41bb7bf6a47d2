/** Talking to the server so that nothing that a reader says is lost: a post that gets no answer is sent again. */

import { _ } from "../texts.js";
import type { FilmState, Given } from "./contract.js";

/** The server said no, in words for a person. */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

export interface Waiting {
  /** Not logged in any more: it goes on when the reader has logged in elsewhere. */
  loggedOut: boolean;
  /** What the server said, if it said anything. */
  detail: string;
}

/** Seconds between tries; the last one again and again. */
const PAUSES_S = [1, 2, 4, 8, 15];
const PATIENCE_MS = 20_000;
const TRY_AGAIN = [408, 425, 429, 502, 503, 504];

export class Api {
  private wake: () => void = () => {};
  private csrf: string;

  constructor(
    private readonly film: string,
    private readonly sitting: string,
    csrf: string,
    private readonly query: string,
    private readonly onWaiting: (waiting: Waiting | null) => void,
  ) {
    this.csrf = csrf;
    window.addEventListener("online", () => this.again());
    window.addEventListener("focus", () => this.again());
  }

  /** Says an opinion; answers when it is kept, however long that takes. Raises ProblemError where it is refused. */
  async give(given: Given): Promise<FilmState> {
    try {
      for (let tried = 0; ; tried += 1) {
        const waiting = await this.attempt(given);
        if (!("loggedOut" in waiting)) return waiting;
        this.onWaiting(waiting);
        await this.pause(PAUSES_S[Math.min(tried, PAUSES_S.length - 1)] ?? 15);
      }
    } finally {
      this.onWaiting(null);
    }
  }

  undo(): Promise<FilmState> {
    return this.send("undo", { sitting: this.sitting });
  }

  assessAnyway(): Promise<FilmState> {
    return this.send("assess-anyway", { sitting: this.sitting }, 120_000);
  }

  correct(): Promise<FilmState> {
    return this.send("correct", { sitting: this.sitting }, 120_000);
  }

  /** Try now what waits. */
  again(): void {
    this.wake();
  }

  private async attempt(given: Given): Promise<FilmState | Waiting> {
    try {
      return await this.send("opinions", given);
    } catch (error) {
      if (!(error instanceof ProblemError)) return { loggedOut: false, detail: "" };
      if (error.status === 401) return { loggedOut: true, detail: error.message };
      if (TRY_AGAIN.includes(error.status)) return { loggedOut: false, detail: error.message };
      throw error;
    }
  }

  private async send(what: string, body: object, patience = PATIENCE_MS): Promise<FilmState> {
    const ask = () =>
      fetch(`/films/${encodeURIComponent(this.film)}/${what}${this.query}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": this.csrf },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(patience),
      });
    let response = await ask();
    if (response.status === 403 && (await this.renew())) response = await ask();
    if (!response.ok) throw new ProblemError(response.status, await detailOf(response));
    return this.read(response);
  }

  /** After another log-in the token is another one. */
  private async renew(): Promise<boolean> {
    const before = this.csrf;
    const sitting = encodeURIComponent(this.sitting);
    const address = `/films/${encodeURIComponent(this.film)}/state?${this.query.replace(/^\?/, "")}&sitting=${sitting}`;
    const response = await fetch(address.replace("?&", "?"), { headers: { Accept: "application/json" } });
    if (response.ok) await this.read(response);
    return this.csrf !== before;
  }

  private async read(response: Response): Promise<FilmState> {
    const state = (await response.json()) as FilmState;
    this.csrf = state.csrf;
    return state;
  }

  private pause(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = window.setTimeout(resolve, seconds * 1000);
      this.wake = () => {
        window.clearTimeout(timer);
        resolve();
      };
    });
  }
}

async function detailOf(response: Response): Promise<string> {
  try {
    const problem = (await response.json()) as { detail?: unknown; title?: unknown };
    return String(problem.detail ?? problem.title ?? response.status);
  } catch {
    return _("the server answered %(status)s", { status: response.status });
  }
}
