/** What each action does, whether a key or a button asked for it. */

import { _ } from "../texts.js";
import type { BesideFilm } from "./beside.js";
import type { Drawings } from "./drawing.js";
import { byId, element } from "./dom.js";
import type { Feedback } from "./feedback.js";
import type { Looks } from "./looks.js";
import { say } from "./notice.js";
import type { Picker } from "./picker.js";
import type { Ruler } from "./ruler.js";
import type { Viewer } from "./viewer.js";
import { PRESETS } from "./windows.js";
import { named } from "./words.js";

interface Parts {
  viewer: Viewer;
  looks: Looks;
  feedback: Feedback;
  drawings: Drawings;
  beside: BesideFilm;
  picker: Picker;
  ruler: Ruler;
}

/** By name, as in keys.ts and in the template's data-action. */
export function actions(parts: Parts): Record<string, () => void> {
  return { ...deciding(parts), ...saying(parts), ...viewing(parts), ...onward(parts) };
}

function deciding({ feedback }: Parts): Record<string, () => void> {
  const labels = feedback.state.vocabulary.labels;
  return {
    agree: () => feedback.agree(),
    "refusal-right": () => feedback.refusal("right"),
    "refusal-wrong": () => feedback.refusal("wrong"),
    "assess-anyway": () => confirmAssessing(feedback),
    correct: () => void feedback.correct(),
    "heat-wrong": () => feedback.heatWrong(),
    ...Object.fromEntries(labels.map((label, index) => [`label-${index + 1}`, () => feedback.label(label)])),
  };
}

function saying({ feedback, drawings, picker, ruler }: Parts): Record<string, () => void> {
  const close = () => {
    picker.open = false;
    document.querySelector("[data-action=findings]")?.setAttribute("aria-expanded", "false");
    byId("frame-main").focus({ preventScroll: true });
  };
  return {
    findings: () => {
      if (picker.open) return close();
      picker.open = true;
      document.querySelector("[data-action=findings]")?.setAttribute("aria-expanded", "true");
    },
    box: () => (ruler.stop(), drawings.draw("box")),
    freehand: () => (ruler.stop(), drawings.draw("freehand")),
    delete: () => (drawings.shapes.last() ? drawings.delete() : void ruler.remove()),
    "lungs-wrong": () => drawings.correctLungs(feedback.state),
    sureness: () => feedback.sureness(),
    comment: () => byId("comment").focus(),
    save: () => {
      if (ruler.enter()) return;
      byId("comment").blur();
      if (picker.open) close();
      if (feedback.open) void feedback.save();
    },
    discard: () => {
      if (picker.open) close();
      else if (!ruler.stop() && !drawings.stop()) feedback.discard();
    },
    change: () => {
      feedback.begin();
      feedback.change((said) => said);
      say(_("Change what you said; Enter saves, Esc leaves it."));
    },
  };
}

function viewing({ viewer, looks, drawings, beside, ruler }: Parts): Record<string, () => void> {
  const window = (centre: number, width: number) =>
    viewer.each((pane) => {
      const [now, wide] = pane.window;
      pane.window = [now + centre, Math.max(2, wide + width)];
    });
  return {
    fit: () => viewer.each((pane) => pane.fit()),
    "one-to-one": () => viewer.each((pane) => pane.oneToOne()),
    "zoom-in": () => viewer.each((pane) => pane.zoomBy(1.2)),
    "zoom-out": () => viewer.each((pane) => pane.zoomBy(1 / 1.2)),
    invert: () => viewer.each((pane) => (pane.inverted = !pane.inverted)),
    rotate: () => viewer.main.rotateBy(90),
    "rotate-back": () => viewer.main.rotateBy(-90),
    reset: () => viewer.each((pane) => pane.reset()),
    brighter: () => window(-6, 0),
    darker: () => window(6, 0),
    "more-contrast": () => window(0, -10),
    "less-contrast": () => window(0, 10),
    ...Object.fromEntries(PRESETS.map(([name], index) => [`window-${index + 1}`, () => viewer.each((pane) => pane.preset(name))])),
    earlier: () => void beside.toggleEarlier(),
    older: () => void beside.older(),
    "invert-beside": () => void beside.toggle("inverted"),
    together: () => beside.together(),
    ruler: () => (drawings.stop(), ruler.toggle()),
    ratio: () => (drawings.stop(), ruler.toggleRatio()),
    heat: () => looks.toggleHeat(),
    class: () => looks.turn(),
    stronger: () => looks.stronger(0.1),
    fainter: () => looks.stronger(-0.1),
    contours: () => looks.toggleLungs(),
  };
}

function onward({ feedback }: Parts): Record<string, () => void> {
  const leave = (go: () => void) => {
    if (feedback.busy) return say(_("Not saved yet."), "busy");
    if (feedback.open) return say(_("Not saved yet: Enter saves, Esc discards."), "busy");
    go();
  };
  return {
    next: () => leave(() => (feedback.state.next ? location.assign(feedback.state.next.url) : say(_("That was the last film of the list, or others have the rest open.")))),
    previous: () => leave(() => (history.length > 1 ? history.back() : location.assign("/"))),
    undo: () => void feedback.undo(),
    help: () => byId<HTMLDialogElement>("help").showModal(),
  };
}

function confirmAssessing(feedback: Feedback): void {
  const reason = feedback.state.answer?.refusal?.reason;
  if (feedback.state.answer?.outcome !== "refused" || !reason) return;
  const dialog = byId<HTMLDialogElement>("confirm");
  const yes = element("button", { class: "primary", value: "yes", autofocus: true, "data-testid": "confirm-yes" }, _("Assess anyway"));
  const no = element("button", { value: "no", "data-testid": "confirm-no" }, _("Cancel"));
  dialog.replaceChildren(
    element("h2", { id: "confirm-title" }, _("Assess a film that was refused?")),
    element("p", {}, _("The models refused it: %(reason)s. They were never measured on such films, so the answer may mean nothing. That you asked for it is kept.", { reason: named(reason).toLowerCase() })),
    element("form", { method: "dialog" }, yes, no),
  );
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue === "yes") void feedback.assessAnyway();
  };
  dialog.showModal();
}
