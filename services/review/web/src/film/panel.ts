/** What the models say. No colour says that a film is normal, and nothing but an assessed film shows probabilities. */

import { N_, _, ngettext } from "../texts.js";
import { QUALITIES } from "../vocabulary.js";
import type { Answer, FilmState } from "./contract.js";
import { element } from "./dom.js";
import { measured } from "./measured.js";
import { refusal } from "./refusal.js";
import { inOrder, named, probability, when } from "./words.js";

/** A finding below it is listed only on demand. */
const WORTH_SHOWING = 0.1;
/** Source: the gateway's own advice on lungs.quality, docs/api.md. */
const DOUBTFUL_LUNGS = 0.85;

const STAGES: Record<string, string> = { discriminator: N_("discriminator"), segmenter: N_("segmenter"), classifier: N_("classifier") };

/** Everything that the answer's section shows now. */
export function answerOf(state: FilmState): Node[] {
  const { answer } = state;
  if (!answer) return [blind(state)];
  if (answer.outcome === "failed") return [failed(), ...foot(answer)];
  if (answer.outcome === "refused") return [...refusal(answer), ...warnings(answer), ...seen(answer), ...foot(answer)];
  if (answer.number && state.asked) return [...verdict(answer), ...measured(answer.number, state.asked), ...foot(answer)];
  return [...verdict(answer), ...overridden(answer), ...warnings(answer), bars(answer), ...findings(answer), ...seen(answer), ...foot(answer)];
}

function blind({ asked }: FilmState): HTMLElement {
  const how = asked
    ? _("On this film the models’ answer is hidden until you have said what you see. Type your number, with how sure you are if you like; then the answer appears beside yours, and you may change your mind.")
    : _("On this film the models’ answer is hidden until you have said what you see. Choose 1 to 4, with findings, a place or how sure you are if you like; then the answer appears beside yours, and you may change your mind.");
  return element(
    "div",
    { class: "blind", "data-testid": "blind" },
    element("strong", {}, _("Your own reading first")),
    element("p", {}, how),
  );
}

function failed(): HTMLElement {
  return element(
    "div",
    { class: "refused", "data-testid": "failed" },
    element("strong", {}, _("The models could not assess this film")),
    element("p", {}, _("There is no answer, and that says nothing about the film. Read it as without the system.")),
  );
}

function overridden({ overridden, refusal }: Answer): HTMLElement[] {
  if (!overridden || !refusal) return []; // of a film that was put right a caution tells
  const text = _("Refused first (%(reason)s), then assessed because %(by)s asked for it, %(at)s. Believe it less.", { reason: named(refusal.reason), by: overridden.by, at: when(overridden.at) });
  return [element("p", { class: "caution", "data-testid": "overridden" }, text)];
}

function warnings({ conflicts, cautions }: Answer): HTMLElement[] {
  const texts = [...(conflicts ?? []), ...(cautions ?? [])].map(({ detail }) => detail);
  return texts.map((text) => element("p", { class: "caution", "data-testid": "caution" }, text));
}

/** What it comes to, in words: before the numbers, and in no colour that says that all is well. */
function verdict({ verdict }: Answer): HTMLElement[] {
  if (!verdict) return [];
  const { kind, text, where } = verdict;
  return [
    element(
      "p",
      { class: `verdict ${kind}`, "data-testid": "verdict", "data-kind": kind },
      text,
      where && element("span", { class: "small" }, _("most heat: %(where)s", { where })),
    ),
  ];
}

function bars(answer: Answer): HTMLElement {
  const rows = inOrder(answer.classes).map(([name, value]) => bar(answer, name, value));
  return element("ul", { class: "bars", "data-testid": "classes", "aria-label": _("Calibrated probabilities") }, ...rows);
}

function bar({ predicted_class, operating_points }: Answer, name: string, value: number): HTMLElement {
  const point = operating_points?.[name];
  const fill = element("i", {});
  fill.style.inlineSize = `${Math.min(1, Math.max(0, value)) * 100}%`;
  const tick = point === undefined ? null : element("b", { title: _("Operating point %(point)s", { point: probability(point) }) });
  if (tick && point !== undefined) tick.style.insetInlineStart = `${point * 100}%`;
  const beyond = point === undefined ? null : element("span", { class: "point" }, value >= point ? _("above") : _("below"), " ", element("span", { class: "unseen" }, _("its operating point"), " "), probability(point));
  return element(
    "li",
    { class: name === predicted_class ? "predicted" : null, "data-testid": `class-${name}` },
    element("span", { class: "name" }, named(name), name === predicted_class && element("span", { class: "unseen" }, `, ${_("the most probable")}`)),
    beyond,
    element("span", { class: "number" }, probability(value)),
    element("span", { class: "track", "aria-hidden": "true" }, fill, tick),
  );
}

function findings({ findings }: Answer): HTMLElement[] {
  const all = Object.entries(findings ?? {}).sort(([, one], [, other]) => other - one);
  if (!all.length) return [];
  const [likely, rest] = [all.filter(([, value]) => value >= WORTH_SHOWING), all.filter(([, value]) => value < WORTH_SHOWING)];
  return [
    element("h3", {}, _("Findings")),
    likely.length ? list(likely) : element("p", { class: "small" }, _("None above %(share)s.", { share: probability(WORTH_SHOWING) })),
    ...(rest.length ? [element("details", {}, element("summary", {}, ngettext("%(count)s less likely", "%(count)s less likely", rest.length, { count: rest.length })), list(rest))] : []),
  ];
}

function list(findings: [string, number][]): HTMLElement {
  const items = findings.map(([name, value]) => {
    const fill = element("i", { "aria-hidden": "true" });
    fill.style.inlineSize = `${value * 100}%`;
    return element("li", {}, element("span", {}, named(name)), element("span", { class: "track" }, fill), element("span", { class: "number" }, probability(value)));
  });
  return element("ul", { class: "findings", "data-testid": "model-findings" }, ...items);
}

function seen({ discriminator, lungs }: Answer): HTMLElement[] {
  const film = discriminator ? QUALITIES.map((name) => `${named(name)} ${probability(discriminator[name])}`) : [];
  const lines = [film.length ? element("p", { class: "small", "data-testid": "discriminator" }, film.join(" · ")) : null];
  if (lungs) {
    const text = _("Lungs %(area)s of the film · quality %(quality)s", { area: `${Math.round(lungs.area_fraction * 100)} %`, quality: probability(lungs.quality) });
    const doubtful = lungs.quality < DOUBTFUL_LUNGS;
    lines.push(element("p", { class: doubtful ? "caution" : "small", "data-testid": "lungs" }, doubtful ? _("%(lungs)s: look at the contours before believing the rest", { lungs: text }) : text));
  }
  return lines.filter((line) => line !== null);
}

function foot({ models, created }: Answer): HTMLElement[] {
  const all = inOrder(models);
  const alike = all.length > 1 && new Set(all.map(([, version]) => version)).size === 1;
  const versions = alike ? [_("models %(version)s", { version: all[0]?.[1] ?? "" })] : all.map(([name, version]) => `${_(STAGES[name] ?? name)} ${version}`);
  return [element("p", { class: "versions", "data-testid": "versions" }, [...versions, when(created)].join(" · "))];
}
