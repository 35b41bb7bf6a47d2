/** One film, one reader: everything that the page is made of. The only module that knows every part. */

import { _ } from "../texts.js";
import { actions } from "./actions.js";
import { advance, sayBefore } from "./advance.js";
import { fetchAhead } from "./ahead.js";
import { BesideFilm } from "./beside.js";
import type { FilmState } from "./contract.js";
import { control, mark } from "./controls.js";
import { byId } from "./dom.js";
import { Drawings } from "./drawing.js";
import { Feedback } from "./feedback.js";
import { listen } from "./keys.js";
import { Layer } from "./layer.js";
import { Looks } from "./looks.js";
import { drawOpinion } from "./opinion.js";
import { answerOf } from "./panel.js";
import { patient } from "./patient.js";
import { NumberField } from "./number.js";
import { Picker } from "./picker.js";
import { Ruler } from "./ruler.js";
import { singleKeys } from "./settings.js";
import { earlierFilms } from "./trend.js";
import { Viewer } from "./viewer.js";
import { PRESETS } from "./windows.js";
import { declare } from "./words.js";

export class FilmPage {
  /** Whether the film's pixels are there: only then is anything drawn over them. */
  private ready = false;
  private drawn: FilmState | null = null;
  private readonly viewer = new Viewer(byId<HTMLDivElement>("pane-main"), byId<HTMLDivElement>("pane-beside"), () => this.moved());
  private readonly layer = new Layer(this.viewer.main);
  private readonly drawings: Drawings;
  private readonly feedback: Feedback;
  private readonly looks: Looks;
  private readonly picker: Picker;
  private readonly beside: BesideFilm;
  private readonly ruler: Ruler;
  private readonly number: NumberField | null;

  constructor(private readonly state: FilmState) {
    declare(state.vocabulary.words);
    this.looks = new Looks(state, this.layer, this.viewer);
    this.drawings = new Drawings(this.viewer, this.looks);
    this.feedback = new Feedback(state, {
      shown: () => this.looks.shown,
      changed: () => this.draw(),
      drafting: (said) => this.ready && this.drawings.drafting(said),
      done: (told) => advance(this.feedback.state, told),
    });
    this.drawings.attach(this.feedback);
    const { feedback } = this;
    this.ruler = this.viewer.ruler = new Ruler(this.viewer.main, () => feedback.state);
    this.beside = new BesideFilm(this.viewer, () => feedback.state, () => this.looks.sawEarlier());
    this.picker = new Picker(byId("picker"), state.vocabulary.findings, () => feedback.said.findings, (finding) => feedback.finding(finding), () => run("findings"));
    const run = this.act();
    control(run, feedback);
    this.number = state.asked && new NumberField(state.asked, feedback, () => run("save"));
    sayBefore();
    this.draw();
  }

  /** Load the film, and show it with all that is said of it. Raises Error where its picture cannot be had. */
  async show(): Promise<void> {
    const { state, viewer } = this;
    await viewer.main.show(state.pixels, state.answer?.lung_contours ?? []);
    if (state.next) void fetchAhead(state.next.pixels);
    this.ready = true;
    byId("first").hidden = true;
    byId("film").dataset.ready = "true";
    this.drawn = null;
    this.draw();
    this.moved();
  }

  private act(): (action: string, event?: KeyboardEvent) => boolean {
    const { viewer, looks, feedback, drawings, picker, beside, ruler } = this;
    const does = actions({ viewer, looks, feedback, drawings, beside, picker, ruler });
    const run = (action: string, event?: KeyboardEvent): boolean => {
      if (action === "number" && event) this.number?.type(event.code.slice(-1));
      does[action]?.();
      return action in does || action === "number";
    };
    listen({
      number: this.state.asked !== null,
      run,
      hold: (held) => looks.hold(held),
      pan: (held) => viewer.pan(held),
      move: (right, down, event) => {
        if (!event.ctrlKey) return ruler.nudge(right, down, event.shiftKey) || drawings.nudge(right, down, event.shiftKey);
        const { clientWidth, clientHeight } = viewer.main.element;
        viewer.main.moveBy([(-right * clientWidth) / 10, (-down * clientHeight) / 10]);
        return true;
      },
      enabled: () => singleKeys(),
    });
    return run;
  }

  /** The film was moved, or its window changed. */
  private moved(): void {
    if (!this.ready) return;
    const { main } = this.viewer;
    this.layer.move();
    this.ruler.move();
    this.drawOpen();
    const [centre, width] = main.window.map(Math.round);
    const zoom = Math.round(main.scale * window.devicePixelRatio * 100);
    byId("reading-main").textContent = `${zoom} % · C ${centre} W ${width}${main.inverted ? ` · ${_("inverted")}` : ""}`;
    PRESETS.forEach(([name], index) => mark(`window-${index + 1}`, main.windows[name].every((each, at) => Math.round(each) === [centre, width][at])));
    mark("invert", main.inverted);
  }

  /** The film's state changed, or what is about to be said. */
  private draw(): void {
    const { state, said, open, busy } = this.feedback;
    const { drawings, layer } = this;
    if (this.drawn !== state) this.drawState(state);
    const shapes = this.ready ? drawings.shapes.list() : [];
    const now = { state, said, open, busy, drawing: drawings.pencil.kind, shapes };
    drawOpinion(now, (uid, finding) => drawings.shapes.find(uid, finding), (uid) => drawings.delete(uid));
    this.number?.draw(said.value);
    if (this.picker.open) this.picker.draw();
    if (!this.ready) return;
    this.drawOpen();
    const mine = shapes.length || open ? [] : said.shapes;
    layer.showShapes([{ by: "mine", shapes: mine }, ...state.others.map((other) => ({ by: "other" as const, shapes: other.shapes }))]);
  }

  /** The shapes that can be changed, and what is being drawn. */
  private drawOpen(): void {
    const { shapes, pencil } = this.drawings;
    this.layer.showOpen(shapes.list(), shapes.chosen, pencil.sketch);
  }

  private drawState(state: FilmState): void {
    this.drawn = state;
    byId("patient").replaceChildren(...patient(state));
    byId("answer-body").replaceChildren(...answerOf(state));
    byId("earlier-films").hidden = !state.earlier.length;
    byId("earlier-films").replaceChildren(...earlierFilms(state, (index) => void this.beside.toggle(index)));
    this.beside.draw();
    document.querySelector<HTMLElement>("[data-action=invert-beside]")!.hidden = state.answer?.refusal?.reason !== "inverted";
    if (!this.ready) return this.looks.layOut();
    this.viewer.main.know(state.answer?.lung_contours ?? []);
    if (state.answer?.correction) this.viewer.main.putRight(state.answer.correction);
    this.looks.take(state);
  }
}
