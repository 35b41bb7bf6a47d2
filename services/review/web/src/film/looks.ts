/** How the answer is looked at: heat of which class, how strong, lungs; and what has been on the screen. */

import { _ } from "../texts.js";
import type { ClassName } from "../vocabulary.js";
import type { FilmState, Shown } from "./contract.js";
import { byId, element } from "./dom.js";
import type { Layer } from "./layer.js";
import type { Viewer } from "./viewer.js";
import { inOrder, named, probability, short } from "./words.js";

const NORMAL: ClassName = "no_pathology";
const STORAGE_KEY = "reading-room.looks";

interface Kept {
  heat: boolean;
  opacity: number;
  lungs: boolean;
}

export class Looks {
  private readonly kept: Kept = { heat: true, opacity: 0.5, lungs: true, ...read() };
  private heatClass: string | null = null;
  /** Whether the reader asked for heat on this film: on a film that is probably normal it is off until then. */
  private asked = false;
  private held = false;
  /** While their outlines are being corrected, the given ones are out of the way. */
  private correcting = false;
  private readonly seen = { answer: false, heat: null as string | null, lungs: false, earlier: false };
  private state: FilmState;

  constructor(
    state: FilmState,
    private readonly layer: Layer,
    private readonly viewer: Viewer,
  ) {
    this.state = state;
    const opacity = byId<HTMLInputElement>("opacity");
    opacity.addEventListener("input", () => this.stronger(opacity.valueAsNumber - this.kept.opacity));
  }

  /** Another state of the film: the answer may have come. */
  take(state: FilmState): void {
    const answer = state.answer;
    const before = this.state.answer?.assessment_id;
    this.state = state;
    if (!this.heatClass || answer?.assessment_id !== before) this.heatClass = this.firstClass();
    this.drawClasses();
    this.layer.showUp(answer);
    this.draw();
  }

  /** The bar below the film as it will be, before the film is there: so that the film need not move for it. */
  layOut(): void {
    this.heatClass ??= this.firstClass();
    this.drawClasses();
    this.controls();
  }

  hold(held: boolean): void {
    this.held = held;
    this.draw();
  }

  correct(correcting: boolean): void {
    this.correcting = correcting;
    this.draw();
  }

  toggleHeat(): void {
    const heat = !this.heatOn;
    this.asked = heat;
    // Looking once on a film where it is off by itself says nothing of other films.
    if (this.probablyNormal && (this.kept.heat || !heat)) this.draw();
    else this.keep({ heat });
  }

  toggleLungs(): void {
    this.keep({ lungs: !this.kept.lungs });
  }

  stronger(by: number): void {
    const opacity = Math.round(Math.min(1, Math.max(0, this.kept.opacity + by)) * 100) / 100;
    this.asked ||= opacity > 0;
    this.keep({ opacity, heat: opacity > 0 });
  }

  /** The next class's heat. */
  turn(): void {
    const classes = this.classes;
    if (this.heatClass) this.choose(classes[(classes.indexOf(this.heatClass) + 1) % classes.length] ?? this.heatClass);
  }

  /** The earlier film has been beside this one. */
  sawEarlier(): void {
    this.seen.earlier = true;
  }

  /** What an opinion given now was given upon: all that has been on the screen since the film was opened. */
  get shown(): Shown {
    const { main } = this.viewer;
    return { ...this.seen, opacity: this.kept.opacity, invert: main.inverted, window: main.window.map(Math.round) as [number, number] };
  }

  private choose(name: string): void {
    this.heatClass = name;
    this.asked = true;
    this.keep({ heat: true });
  }

  private keep(changed: Partial<Kept>): void {
    Object.assign(this.kept, changed);
    try {
      localStorage.setItem(STORAGE_KEY, JSON.stringify(this.kept));
    } catch {
      // A browser that keeps nothing: the next film begins as ever.
    }
    this.draw();
  }

  private get classes(): string[] {
    return inOrder(this.state.answer?.heat).map(([name]) => name);
  }

  /** The most probable pathology's: heat of a class for none shows nothing that a reader looks for. */
  private firstClass(): string | null {
    const sick = this.classes.filter((name) => name !== NORMAL);
    const chosen = sick.sort((one, other) => this.probability(other) - this.probability(one))[0];
    return chosen ?? this.classes[0] ?? null;
  }

  private probability(name: string): number {
    if (this.state.asked) return 1; // there is but one number
    return this.state.answer?.classes?.[name] ?? 0;
  }

  private get heatOn(): boolean {
    return this.kept.heat && (this.asked || !this.probablyNormal);
  }

  private get probablyNormal(): boolean {
    return this.state.answer?.verdict?.kind === "normal";
  }

  private draw(): void {
    const { answer } = this.state;
    const heat = this.heatOn && !this.held && this.heatClass ? (answer?.heat[this.heatClass] ?? null) : null;
    const contours = (this.kept.lungs && !this.held && !this.correcting && answer?.lung_contours) || [];
    // As strong as its class is probable: an improbable one's hottest place is no less hot in its own map.
    this.layer.showHeat(heat, this.kept.opacity * (this.heatClass ? this.probability(this.heatClass) : 0));
    this.layer.showLungs(contours);
    this.seen.answer ||= answer !== null;
    this.seen.lungs ||= contours.length > 0;
    if (heat) this.seen.heat = this.heatClass;
    this.controls();
  }

  private controls(): void {
    const any = this.classes.length > 0;
    const contours = (this.state.answer?.lung_contours.length ?? 0) > 0;
    const bar = byId("heat-bar");
    bar.hidden = !any && !contours;
    for (const part of bar.querySelectorAll<HTMLElement>("[data-action=heat], .hold, .classes, .opacity, .legend")) part.hidden = !any;
    bar.querySelector<HTMLElement>("[data-action=contours]")!.hidden = !contours;
    bar.querySelector("[data-action=heat]")!.setAttribute("aria-pressed", String(this.heatOn));
    byId("legend-class").textContent = this.state.asked ? _("where the film votes for its number") : this.heatClass ? _("%(name)s, %(share)s probable", { name: short(this.heatClass), share: probability(this.probability(this.heatClass)) }) : "";
    bar.querySelector("[data-action=contours]")!.setAttribute("aria-pressed", String(this.kept.lungs));
    bar.dataset.held = String(this.held);
    byId<HTMLInputElement>("opacity").value = String(this.kept.opacity);
    for (const button of byId("heat-classes").querySelectorAll<HTMLElement>("button")) {
      button.setAttribute("aria-checked", String(button.dataset.class === this.heatClass));
    }
  }

  private drawClasses(): void {
    const buttons = this.classes.map((name) => {
      const about = { type: "button", role: "radio", "data-class": name, "data-testid": `heat-${name}`, title: named(name) };
      const button = element("button", about, short(name));
      button.setAttribute("aria-label", named(name));
      button.addEventListener("click", () => this.choose(name));
      return button;
    });
    if (this.state.asked) return byId("heat-classes").replaceChildren(); // nothing to choose from
    byId("heat-classes").replaceChildren(...buttons, element("kbd", { "aria-hidden": "true" }, "T"));
  }
}

function read(): Partial<Kept> {
  try {
    return JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "{}") as Partial<Kept>;
  } catch {
    return {};
  }
}
