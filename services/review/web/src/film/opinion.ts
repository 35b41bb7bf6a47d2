/** The reader's section: what was said, what is about to be said, and what others said. */

import { N_, _ } from "../texts.js";
import type { Asked, FilmState, Opinion, Said } from "./contract.js";
import { byId, element } from "./dom.js";
import { correctable, sayable } from "./draft.js";
import type { Listed } from "./shapes.js";
import { apart, circumstances, inUnit, inWords, named } from "./words.js";

/** What the section shows besides the film's state. */
export interface Now {
  state: FilmState;
  /** What is on the table: the draft, or what stands. */
  said: Said;
  /** Whether it differs from what stands. */
  open: boolean;
  busy: boolean;
  drawing: string | null;
  shapes: Listed[];
}

/** Bring the whole section up to what is so now. */
export function drawOpinion(now: Now, onFinding: (uid: string, finding: string | null) => void, onDelete: (uid: string) => void): void {
  const { state, said, open } = now;
  buttons(now);
  for (const button of byId("sureness").querySelectorAll<HTMLElement>("[data-sureness]")) {
    button.setAttribute("aria-checked", String(button.dataset.sureness === said.sureness));
  }
  const comment = byId<HTMLTextAreaElement>("comment");
  if (comment.value !== said.comment && document.activeElement !== comment) comment.value = said.comment;
  comment.rows = Math.min(5, comment.value.split("\n").length);
  byId("draft").hidden = !open;
  byId("draft-text").textContent = open ? _("Not saved: %(said)s", { said: inWords(said, state.asked) }) : "";
  drawShapes(now, onFinding, onDelete);
  banner(state);
  mine(state);
  others(state);
}

/** Buttons by their action: what they say, whether they are down, whether they can be used. */
function buttons({ state, said, open, busy, drawing }: Now): void {
  const answer = state.answer;
  const refused = answer?.outcome === "refused";
  const models = sayable(state);
  const pressed = (action: string, down: boolean) => set(action, { "aria-pressed": String(down) });
  for (const button of document.querySelectorAll<HTMLElement>("[data-label]")) {
    button.setAttribute("aria-pressed", String(button.dataset.label === said.label));
  }
  const measured = state.asked ? (answer?.number ?? null) : null;
  hide("agree", !models && !measured);
  byId("refusal-choices").hidden = !refused && !(answer?.overridden && answer.refusal);
  hide("assess-anyway", !refused || state.asked !== null);
  hide("correct", !correctable(answer));
  if (measured && state.asked) text("agree", _("Agree: %(label)s", { label: inUnit(measured.value, state.asked) }));
  else if (models) text("agree", _("Agree: %(label)s", { label: named(models) }));
  pressed("agree", measured ? said.value === measured.value : models !== null && said.label === models);
  pressed("refusal-right", said.refusal === "right");
  pressed("refusal-wrong", said.refusal === "wrong");
  pressed("heat-wrong", said.heat === "wrong");
  pressed("lungs-wrong", said.lungs === "wrong");
  pressed("box", drawing === "box");
  pressed("freehand", drawing === "freehand");
  hide("heat-wrong", !Object.keys(answer?.heat ?? {}).length);
  hide("findings", state.asked !== null);
  hide("lungs-wrong", state.asked !== null || !answer || answer.outcome === "failed" || (refused && answer.refusal?.reason !== "lungs_not_found"));
  text("findings", said.findings.length ? `${_("Findings")} ${said.findings.length}` : _("Findings"));
  disable("save", busy);
  disable("undo", busy || !state.undoable || open);
  hide("change", !state.mine);
  disable("next", !state.next);
  hide("earlier", !state.earlier.length);
}

function button(action: string): HTMLButtonElement[] {
  return [...document.querySelectorAll<HTMLButtonElement>(`[data-action="${action}"]`)];
}

function set(action: string, attributes: Record<string, string>): void {
  for (const each of button(action)) for (const [name, value] of Object.entries(attributes)) each.setAttribute(name, value);
}

function hide(action: string, hidden: boolean): void {
  for (const each of button(action)) each.hidden = hidden;
}

function disable(action: string, disabled: boolean): void {
  for (const each of button(action)) each.disabled = disabled;
}

function text(action: string, words: string): void {
  for (const each of button(action)) each.querySelector("span")!.textContent = words;
}

function drawShapes({ shapes, state }: Now, onFinding: (uid: string, finding: string | null) => void, onDelete: (uid: string) => void): void {
  const list = byId("shapes");
  const placed = shapes.filter(({ kind }) => kind !== "lung");
  list.hidden = !placed.length;
  const shown = JSON.stringify(placed.map(({ uid, finding }) => [uid, finding]));
  if (list.dataset.shown === shown) return;
  list.dataset.shown = shown;
  list.replaceChildren(...placed.map(({ uid, kind, finding }, index) => {
    const name = `${kind === "box" ? _("Box") : _("Outline")} ${index + 1}`;
    const choices = ["", ...state.vocabulary.findings].map((each) => element("option", { value: each, selected: each === (finding ?? "") }, each ? named(each) : _("no finding named")));
    const select = element("select", { "aria-label": _("Finding of %(name)s", { name }), "data-testid": "shape-finding" }, ...choices);
    select.addEventListener("change", () => onFinding(uid, select.value || null));
    const remove = element("button", { type: "button", class: "plain", "aria-label": _("Delete %(name)s", { name }) }, _("Delete"));
    remove.addEventListener("click", () => onDelete(uid));
    return element("li", {}, element("span", {}, name), select, remove);
  }));
}

/** Why somebody else will read it: of one reader alone nobody can say that readers disagree. */
const SECOND: Record<NonNullable<FilmState["second_read"]>, string> = {
  differs: N_("You and the models differ, so a second reader will look at this film."),
  refusal: N_("You say that the refusal is wrong, so a second reader will look at this film."),
  blind: N_("You read this film before the answer was shown. A second reader reads all such films."),
};

/** What is next for the film, where its state says it; exported for its test. */
export function nextStep({ state, arbiter, mine, second_read }: Pick<FilmState, "state" | "arbiter" | "mine" | "second_read">): string | null {
  if (state === "arbitration") return arbiter ? _("Readers disagree. Your opinion settles it.") : _("Readers disagree: a chief will decide.");
  if (state !== "second_read") return null;
  if (!mine) return _("Somebody has read this film. You are the second reader.");
  return second_read ? _(SECOND[second_read]) : _("A second reader will look at this film.");
}

function banner(state: FilmState): void {
  const said = nextStep(state);
  byId("banner").hidden = !said;
  byId("banner").textContent = said ?? "";
}

function mine({ mine: said, asked }: FilmState): void {
  const root = byId("mine");
  root.hidden = !said;
  if (said) root.replaceChildren(...lines(_("You"), said, asked));
}

function others({ others: list, asked }: FilmState): void {
  const root = byId("others");
  root.hidden = !list.length;
  root.replaceChildren(
    element("h3", {}, _("Others")),
    ...list.map((said) => element("div", { class: "said", "data-testid": "other" }, ...lines(said.reader, said, asked))),
  );
}

function lines(who: string, said: Opinion, asked: Asked | null): HTMLElement[] {
  const words = inWords({ ...said, comment: "" }, asked);
  return [
    element("p", {}, element("strong", {}, who), `: ${words}`),
    ...(said.comment ? [element("q", {}, said.comment)] : []),
    ...(apart(said, asked) ? [element("p", { "data-testid": "apart" }, apart(said, asked))] : []),
    element("p", { class: "small" }, circumstances(said)),
  ];
}
