/** What the models said of the patient's films, one after the other: a small plot, and a button for each earlier film. */

import { _, day } from "../texts.js";
import type { FilmState } from "./contract.js";
import { element, shape } from "./dom.js";
import { inOrder, probability, short } from "./words.js";

/** A film of known date, with what the models said of it. */
export interface Dated {
  date: string;
  classes: Record<string, number>;
}

/** In units of the plot's own viewBox; its text is as large as the panel's smallest at the panel's width. */
const [WIDTH, HEIGHT] = [320, 84];
const [LEFT, RIGHT, TOP, BOTTOM] = [36, 8, 6, 14];

/** Films with a date and an answer that this reader may see, the oldest first; the film itself is the last. */
export function course({ earlier, study, answer }: Pick<FilmState, "earlier" | "study" | "answer">): Dated[] {
  const all = [...earlier.toReversed(), { date: study.date, classes: answer?.classes ?? null }];
  return all.flatMap(({ date, classes }) => (date && classes && !Number.isNaN(Date.parse(date)) ? [{ date, classes }] : []));
}

/** Where each film lies between the first and the last, 0 to 1, by their dates; in equal steps where all are of one day. */
export function shares(dates: string[]): number[] {
  const days = dates.map((date) => Date.parse(date));
  const [first, last] = [days[0] ?? 0, days.at(-1) ?? 0];
  return days.map((day, index) => (last > first ? (day - first) / (last - first) : index / Math.max(1, days.length - 1)));
}

/** The section on earlier films; nothing where there are none. */
export function earlierFilms(state: FilmState, onOpen: (index: number) => void): Node[] {
  if (!state.earlier.length) return [];
  const films = course(state);
  return [
    element("h2", {}, _("Earlier films")),
    ...(films.length > 1 ? [plot(films), asTable(films)] : []),
    element("div", { class: "dates", role: "group", "aria-label": _("Show beside") }, ...state.earlier.map((each, index) => dateButton(each.date, each.view_position, index, onOpen))),
  ];
}

function dateButton(date: string, view: string, index: number, onOpen: (index: number) => void): HTMLElement {
  const about = { type: "button", "data-earlier": String(index), "data-testid": "earlier-film", "aria-pressed": "false" };
  const button = element("button", about, [day(date) || _("date unknown"), view].filter(Boolean).join(" "));
  button.addEventListener("click", () => onOpen(index));
  return button;
}

function plot(films: Dated[]): HTMLElement {
  const at = shares(films.map(({ date }) => date)).map((share) => LEFT + share * (WIDTH - LEFT - RIGHT));
  const height = (value: number) => TOP + (1 - value) * (HEIGHT - TOP - BOTTOM);
  const names = inOrder(films.at(-1)?.classes).map(([name]) => name);
  const drawing = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": _("Probabilities from %(first)s to %(last)s; the same as a table below", { first: day(films[0]?.date ?? ""), last: day(films.at(-1)?.date ?? "") }), "data-testid": "trend" });
  for (const value of [0, 0.5, 1]) {
    drawing.append(shape("path", { d: `M${LEFT} ${height(value)}H${WIDTH - RIGHT}`, class: "grid" }));
    drawing.append(written(LEFT - 4, height(value) + 3, `${100 * value} %`, "end"));
  }
  drawing.append(written(LEFT, HEIGHT - 2, day(films[0]?.date ?? ""), "start"), written(WIDTH - RIGHT, HEIGHT - 2, day(films.at(-1)?.date ?? ""), "end"));
  names.forEach((name, number) => {
    const points = films.flatMap(({ classes }, index) => (name in classes ? [[at[index]!, height(classes[name]!)]] : []));
    drawing.append(shape("path", { d: `M${points.map((point) => point.join(" ")).join("L")}`, class: `line class-${number}` }));
    drawing.append(...points.map(([x, y]) => shape("circle", { cx: x, cy: y, r: 2.5, class: `class-${number}` })));
  });
  const legend = names.map((name, number) => element("span", { class: `class-${number}` }, element("i", { "aria-hidden": "true" }), short(name)));
  return element("figure", { class: "trend" }, element("div", {}, drawing), element("figcaption", {}, ...legend));
}

function written(x: number, y: number, text: string, anchor: string): SVGTextElement {
  const made = shape("text", { x, y, "text-anchor": anchor });
  made.textContent = text;
  return made;
}

function asTable(films: Dated[]): HTMLElement {
  const names = inOrder(films.at(-1)?.classes).map(([name]) => name);
  const head = element("tr", {}, element("th", { scope: "col" }, _("Date")), ...names.map((name) => element("th", { scope: "col" }, short(name))));
  const rows = films.toReversed().map(({ date, classes }) => {
    const cells = names.map((name) => element("td", {}, classes[name] === undefined ? "–" : probability(classes[name])));
    return element("tr", {}, element("th", { scope: "row" }, day(date)), ...cells);
  });
  return element("details", {}, element("summary", {}, _("As a table")), element("table", { class: "course" }, element("thead", {}, head), element("tbody", {}, ...rows)));
}
