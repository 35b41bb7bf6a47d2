/** What things are called, and how numbers and times are written. */

import { NAMES, ORDER } from "../vocabulary.js";
import type { Opinion, Said } from "./contract.js";

/** What people call it. */
export function named(name: string): string {
  return NAMES[name] ?? name.replaceAll("_", " ");
}

/** A probability in percent, as on every page; never a rounded 0 or 100, of which no model can be sure. */
export function probability(value: number): string {
  if (value > 0.99 && value < 1) return "> 99 %";
  if (value < 0.01 && value > 0) return "< 1 %";
  return `${Math.round(100 * value)} %`;
}

/** A point in time as the reader's clock has it: the time alone where it is today's. */
export function when(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return date.toDateString() === new Date().toDateString() ? `${time} today` : `${day} ${time}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** An opinion in one line. */
export function inWords(said: Said): string {
  const shapes = said.shapes.filter((shape) => shape.kind !== "lung").length;
  const parts = [
    said.label && named(said.label),
    said.refusal && (said.refusal === "right" ? "refusal is right" : "refusal is wrong"),
    said.findings.map(named).join(", "),
    shapes && `${shapes} ${shapes === 1 ? "shape" : "shapes"}`,
    said.heat && "heat map is wrong",
    said.lungs && (said.shapes.some((shape) => shape.kind === "lung") ? "lungs corrected" : "lungs are wrong"),
    said.sureness,
    said.comment && "comment",
  ];
  return parts.filter(Boolean).join(" · ") || "nothing yet";
}

/** What is to be known about how an opinion came about. */
export function circumstances(opinion: Opinion): string {
  return [
    when(opinion.at),
    opinion.blind ? "before the models' answer was shown" : "after the models' answer was shown",
    opinion.arbitration ? "arbitration" : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

/** A record's entries in the order in which people and keys have them; JSON's own order may be any. */
export function inOrder<Value>(record: Record<string, Value> | null | undefined): [string, Value][] {
  const place = ([name]: [string, Value]) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return Object.entries(record ?? {}).sort((one, other) => place(one) - place(other));
}
