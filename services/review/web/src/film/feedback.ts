/** What the reader says: a draft while it is being said, then saved so that it cannot be lost. */

import { _ } from "../texts.js";
import { Api, ProblemError, type Waiting } from "./api.js";
import { Clock } from "./clock.js";
import type { FilmState, Given, Label, Said, Shown } from "./contract.js";
import { element } from "./dom.js";
import { agreed, correctable, decides, labelled, same, saysSomething, standing, surer, toggled, valued } from "./draft.js";
import { clearWarning, say, warn } from "./notice.js";
import { inWords, sure } from "./words.js";

export interface Page {
  shown(): Shown;
  /** The film's state, or what is about to be said, is another. */
  changed(): void;
  /** A draft begins or ends: its shapes can be changed, or cannot any more. */
  drafting(said: Said | null): void;
  /** An opinion was kept, with which the reader is done with the film. */
  done(told: string): void;
}

export class Feedback {
  private draft: Said | null = null;
  private readonly api: Api;
  private readonly clock = new Clock(document);
  busy = false;

  constructor(
    public state: FilmState,
    private readonly page: Page,
  ) {
    this.api = new Api(state.id, state.sitting, state.csrf, location.search, (waiting) => this.waiting(waiting));
    window.addEventListener("beforeunload", (event) => {
      if (this.busy || this.open) event.preventDefault();
    });
  }

  /** What is on the table. */
  get said(): Said {
    return this.draft ?? standing(this.state);
  }

  /** Whether something was said that is not saved. */
  get open(): boolean {
    return this.draft !== null && !same(this.draft, standing(this.state)) && (saysSomething(this.draft) || this.state.mine !== null);
  }

  /** Begin to say something, upon what stands. */
  begin(): Said {
    if (!this.draft) {
      this.draft = standing(this.state);
      this.page.drafting(this.draft);
    }
    return this.draft;
  }

  change(change: (said: Said) => Said): void {
    if (this.busy) return say(_("Still saving…"), "busy");
    this.draft = change(this.begin());
    this.page.changed();
  }

  discard(): void {
    if (this.busy) return;
    this.draft = null;
    clearWarning();
    this.page.drafting(null);
    this.page.changed();
  }

  /** Saved at once, unless more is being said: then it waits for Enter with the rest. */
  label(label: Label): void {
    this.atOnce((said) => labelled(said, label));
  }

  agree(): void {
    const said = agreed(this.said, this.state);
    if (said) void this.save(said);
    else say(this.state.blind ? this.hidden : _("There is nothing to agree with."));
  }

  /** Why there is nothing to agree with on a film that is read blind. */
  private get hidden(): string {
    return this.state.asked ? _("The models’ answer is hidden until you have said what you see: type a number.") : _("The models’ answer is hidden until you have said what you see: choose 1 to 4.");
  }

  /** Another number, or none: saved with Enter. */
  value(value: number | null): void {
    this.change((said) => valued(said, value));
  }

  /** What the reader thinks of the refusal; of one that was overridden too. */
  refusal(refusal: "right" | "wrong"): void {
    const { answer } = this.state;
    if (!answer?.refusal) return;
    if (refusal === "right" && answer.outcome === "refused") this.agree();
    else this.atOnce((said) => ({ ...said, refusal }));
  }

  heatWrong(): void {
    if (!Object.keys(this.state.answer?.heat ?? {}).length) return;
    this.atOnce((said) => ({ ...said, heat: said.heat ? null : "wrong" }));
  }

  finding(finding: string): void {
    this.change((said) => toggled(said, finding));
  }

  sureness(to = surer(this.said.sureness)): void {
    this.change((said) => ({ ...said, sureness: to }));
    say(to ? _("Sureness: %(sureness)s", { sureness: sure(to) }) : _("Sureness: not said"));
  }

  private atOnce(change: (said: Said) => Said): void {
    if (this.open) this.change(change);
    else void this.save(change(this.said));
  }

  /** Keep it. What the server refuses stays on the table. */
  async save(said: Said = this.said): Promise<void> {
    if (this.busy) return say(_("Still saving…"), "busy");
    if (!saysSomething(said)) return say(this.state.asked ? _("Nothing to save yet: A agrees, or type a number.") : _("Nothing to save yet: A agrees, 1 to 4 choose."));
    if (this.state.blind && !decides(said)) return say(this.state.asked ? _("Type your number first: the answer appears when you have said what you see.") : _("Choose 1 to 4 first: the answer appears when you have said what you see."));
    if (same(said, standing(this.state))) {
      this.discard();
      return say(_("You have said that already."));
    }
    const wasBlind = this.state.blind;
    this.draft = said;
    const kept = await this.busily(() => this.api.give(this.given(said)), (state) => {
      const next = state.next ? ` · ${_("N next")}` : "";
      const answer = wasBlind && !state.blind ? ` · ${_("the models’ answer is shown now")}` : "";
      say(`${_("Saved: %(said)s", { said: inWords(said, this.state.asked) })}${answer} (${_("U undoes")})${next}`, "saved");
    });
    // After a blind reading the answer comes first.
    if (kept && !wasBlind && (decides(said) || said.refusal)) this.page.done(_("Saved: %(said)s", { said: inWords(said, this.state.asked) }));
  }

  async undo(): Promise<void> {
    if (this.open) return say(_("Save (Enter) or discard (Esc) first."));
    if (!this.state.undoable) return say(_("There is nothing of yours to undo."));
    await this.busily(() => this.api.undo(), (state) => {
      say(state.mine ? _("Undone. Your opinion is again: %(said)s", { said: inWords(standing(state), state.asked) }) : _("Undone. You have said nothing."), "saved");
    });
  }

  async assessAnyway(): Promise<void> {
    say(_("Assessing…"), "busy");
    await this.busily(() => this.api.assessAnyway(), () => say(_("Assessed, although it was refused. Believe it less."), "saved"));
  }

  /** Have a film that was refused as rotated or inverted put right, and assessed. */
  async correct(): Promise<void> {
    if (!correctable(this.state.answer)) return;
    say(_("Turning and assessing…"), "busy");
    await this.busily(() => this.api.correct(), ({ answer }) => {
      const done = answer?.correction ? _("Put right and assessed: check that it is upright and not a negative.") : _("In no way did the models accept it: nothing has changed.");
      say(done, answer?.correction ? "saved" : "plain");
    });
  }

  private given(said: Said): Given {
    const { sitting } = this.state;
    return { ...said, comment: said.comment.trim(), key: uuid(), sitting, seconds: this.clock.seconds, shown: this.page.shown() };
  }

  /** Whether it was done. */
  private async busily(ask: () => Promise<FilmState>, done: (state: FilmState) => void): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.page.changed();
    const slow = window.setTimeout(() => say(_("Saving…"), "busy"), 400);
    try {
      this.state = await ask();
      this.draft = null;
      clearWarning();
      done(this.state);
      this.page.drafting(null);
      return true;
    } catch (error) {
      say("");
      warn(error instanceof ProblemError ? _("Not done: %(why)s", { why: error.message }) : _("Not done: the server does not answer."));
      return false;
    } finally {
      window.clearTimeout(slow);
      this.busy = false;
      this.page.changed();
    }
  }

  private waiting(waiting: Waiting | null): void {
    if (!waiting) return clearWarning();
    say("", "plain");
    const now = element("button", { type: "button", "data-testid": "try-now" }, _("Try now"));
    now.addEventListener("click", () => this.api.again());
    if (!waiting.loggedOut) {
      const why = waiting.detail ? ` (${waiting.detail})` : "";
      return warn(_("Not saved yet, trying again%(why)s. Keep this page open.", { why }), now);
    }
    const link = element("a", { href: "/log-in", target: "_blank", rel: "noopener" }, _("Log in in a new tab"));
    warn(_("Not saved yet: your session has ended. Nothing is lost while this page is open."), link, now);
  }
}

/** Random, as RFC 9562 has it; crypto.randomUUID is only there on HTTPS and loopback. */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
