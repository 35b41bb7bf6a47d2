/** What the reader is about to say, until it is saved. Pure: every change gives a new draft. */

import type { Asked, FilmState, Label, Said, Sureness } from "./contract.js";

export const NOTHING: Said = Object.freeze({
  label: null,
  value: null,
  findings: [],
  refusal: null,
  heat: null,
  lungs: null,
  shapes: [],
  sureness: null,
  comment: "",
});

const SURENESS: (Sureness | null)[] = [null, "sure", "probable", "unsure"];

/** Classes with which findings and places make no sense. */
const WITHOUT_FINDINGS: Label[] = ["no_pathology", "not_a_chest_film"];

/** What the film's reader said last, without what only the server adds. */
export function standing(state: FilmState): Said {
  const mine = state.mine;
  if (!mine) return NOTHING;
  const { label, value, findings, refusal, heat, lungs, shapes, sureness, comment } = mine;
  return { label, value, findings, refusal, heat, lungs, shapes, sureness, comment };
}

/** With another label. A label of no finding takes findings and places away; sureness was of the label before. */
export function labelled(said: Said, label: Label): Said {
  if (said.label === label) return said;
  const bare = WITHOUT_FINDINGS.includes(label);
  return {
    ...said,
    label,
    sureness: said.label === null ? said.sureness : null,
    findings: bare ? [] : said.findings,
    shapes: bare ? said.shapes.filter((shape) => shape.kind === "lung") : said.shapes,
  };
}

/** With another number, or none; sureness was of the number before. */
export function valued(said: Said, value: number | null): Said {
  if (said.value === value) return said;
  return { ...said, value, sureness: said.value === null ? said.sureness : null };
}

/** What is wrong with a number that was typed; null where nothing is. */
export function wrong(value: number, { lowest, highest }: Pick<Asked, "lowest" | "highest">): "none" | "low" | "high" | null {
  if (!Number.isFinite(value)) return "none";
  if (value < lowest) return "low";
  return value > highest ? "high" : null;
}

/** Whether it answers what is asked of the film. */
export function decides({ label, value }: Said): boolean {
  return label !== null || value !== null;
}

/** With a finding more, or one less. */
export function toggled(said: Said, finding: string): Said {
  const has = said.findings.includes(finding);
  return { ...said, findings: has ? said.findings.filter((name) => name !== finding) : [...said.findings, finding] };
}

/** The next of: not said, sure, probable, unsure. */
export function surer(now: Sureness | null): Sureness | null {
  return SURENESS[(SURENESS.indexOf(now) + 1) % SURENESS.length] ?? null;
}

/** Whether a film was refused for what can be put right: how it is turned, or that it is a negative. */
export function correctable(answer: FilmState["answer"]): boolean {
  return answer?.outcome === "refused" && ["rotated", "inverted"].includes(answer.refusal?.reason ?? "");
}

/** What agreeing with the models means on this film, or null where there is nothing to agree with. */
export function agreed(said: Said, state: FilmState): Said | null {
  const answer = state.answer;
  if (!answer) return null;
  if (answer.outcome === "refused") {
    const right: Said = { ...said, refusal: "right" };
    return answer.refusal?.reason === "not_a_chest_radiograph" ? labelled(right, "not_a_chest_film") : right;
  }
  if (state.asked) return answer.number ? valued(said, answer.number.value) : null;
  const label = sayable(state);
  return label ? labelled(said, label) : null;
}

/** The models' class as a label that a reader can give; null where there is none, or a newer gateway's of its own. */
export function sayable({ answer, vocabulary }: FilmState): Label | null {
  if (!answer?.classes) return null;
  return vocabulary.labels.find((label) => label === answer.predicted_class) ?? null;
}

/** Whether there is anything in it that the server would keep. */
export function saysSomething(said: Said): boolean {
  const { findings, refusal, heat, lungs, shapes, comment } = said;
  return Boolean(decides(said) || findings.length || refusal || heat || lungs || shapes.length || comment.trim());
}

/** Whether two say the same. */
export function same(one: Said, other: Said): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
