/** What things are called, and how numbers and times are written. */

import { N_, _, day, decimal, locale, ngettext, pgettext } from "../texts.js";
import { NAMES, ORDER, SHORT_NAMES } from "../vocabulary.js";
import type { Asked, Opinion, Said, Sureness } from "./contract.js";

const declared = new Map<string, string>();

/** What the hospital calls findings of its own, from now on: their words are in its language, whatever the reader's. */
export function declare(words: Record<string, string>): void {
  for (const [name, each] of Object.entries(words)) declared.set(name, each);
}

/** What people call it. */
export function named(name: string): string {
  return declared.get(name) ?? _(NAMES[name] ?? name.replaceAll("_", " "));
}

/** The same where there is little room. */
export function short(name: string): string {
  const known = SHORT_NAMES[name];
  return known ? pgettext("short", known) : named(name);
}

const SURE: Record<Sureness, string> = { sure: N_("sure"), probable: N_("probable"), unsure: N_("unsure") };

/** How sure somebody is. */
export function sure(sureness: Sureness): string {
  return _(SURE[sureness]);
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
  const time = date.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
  return date.toDateString() === new Date().toDateString() ? _("%(time)s today", { time }) : `${day(`${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`)} ${time}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** A number of what is asked for, with its unit; signed: with its plus, too. */
export function inUnit(value: number, { unit, places }: Asked, signed = false): string {
  return _("%(value)s %(unit)s", { value: `${signed && value > 0 ? "+" : ""}${decimal(value, places)}`, unit });
}

/** How far a reader's number is from the models'; nothing where there is none. */
export function apart({ difference, agrees }: Opinion, asked: Asked | null): string {
  if (difference === null || !asked) return "";
  const where = agrees ? _("within the interval") : _("outside the interval");
  return _("%(difference)s to the models’ number, %(where)s", { difference: inUnit(difference, asked, true), where });
}

/** An opinion in one line; asked: of a film of which a number is. */
export function inWords(said: Said, asked: Asked | null): string {
  const shapes = said.shapes.filter((shape) => shape.kind !== "lung").length;
  const parts = [
    said.label && named(said.label),
    said.value !== null && asked && inUnit(said.value, asked),
    said.refusal && (said.refusal === "right" ? _("refusal is right") : _("refusal is wrong")),
    said.findings.map(named).join(", "),
    shapes && ngettext("%(count)s shape", "%(count)s shapes", shapes, { count: shapes }),
    said.heat && _("heat map is wrong"),
    said.lungs && (said.shapes.some((shape) => shape.kind === "lung") ? _("lungs corrected") : _("lungs are wrong")),
    said.sureness && sure(said.sureness),
    said.comment && _("comment"),
  ];
  return parts.filter(Boolean).join(" · ") || _("nothing yet");
}

/** What is to be known about how an opinion came about. */
export function circumstances(opinion: Opinion): string {
  return [
    when(opinion.at),
    opinion.blind ? _("before the models' answer was shown") : _("after the models' answer was shown"),
    opinion.arbitration ? _("arbitration") : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

/** A record's entries in the order in which people and keys have them; JSON's own order may be any. */
export function inOrder<Value>(record: Record<string, Value> | null | undefined): [string, Value][] {
  const place = ([name]: [string, Value]) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return Object.entries(record ?? {}).sort((one, other) => place(one) - place(other));
}
