/**
 * What the page says, in the language of its reader. English is in the sources and the ID of each text; the texts of
 * another language come with the page, as JSON: review/languages. The names are gettext's own, by which texts are found.
 */

type Values = Record<string, string | number>;

/** Between what a text is about and the text, as in gettext's own files. */
const CONTEXT = "\u0004";

const texts = read();

/** The language of the page. */
export const language = globalThis.document?.documentElement.lang || "en";

/** For Intl: the browser's own kind of the page's language, such as es-MX. */
export const locale = globalThis.navigator?.languages?.find((each) => each.split("-")[0] === language) ?? language;

const plurals = new Intl.PluralRules(language);
/** In the order of gettext's forms: Unicode's plural rules have made both. */
const FORMS = ["zero", "one", "two", "few", "many", "other"].filter((each) => plurals.resolvedOptions().pluralCategories.some((name) => name === each));

/** A text, with its values in the places of %(name)s. */
export function _(text: string, values: Values = {}): string {
  return filled(found(text)[0] ?? text, values);
}

/** A text that depends on a number. */
export function ngettext(one: string, many: string, count: number, values: Values = {}): string {
  const form = plurals.select(count);
  return filled(found(one)[FORMS.indexOf(form)] ?? (form === "one" ? one : many), values);
}

/** A text that is one in English, and several elsewhere: what it is about tells which. */
export function pgettext(context: string, text: string, values: Values = {}): string {
  return filled(found(`${context}${CONTEXT}${text}`)[0] ?? text, values);
}

/** The same text: one that is found here, and put into a language where it is shown. */
export function N_<Text extends string>(text: Text): Text {
  return text;
}

/** A number with so many digits after the point. */
export function decimal(value: number, digits: number): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false };
  return new Intl.NumberFormat(locale, options).format(value);
}

/** A day of YYYY-MM-DD, as it is written in the language; in English as it is, and so is what is no day. */
export function day(iso: string): string {
  if (language === "en" || !/^\d{4}-\d{2}-\d{2}$/.test(iso)) return iso;
  const options = { day: "numeric", month: "numeric", year: "numeric", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(locale, options).format(new Date(iso));
}

function found(id: string): string[] {
  const text = texts[id];
  return text === undefined ? [] : [text].flat();
}

function filled(text: string, values: Values): string {
  return text.replace(/%\((\w+)\)s/g, (whole, name: string) => String(values[name] ?? whole));
}

function read(): Record<string, string | string[]> {
  return JSON.parse(globalThis.document?.getElementById("texts")?.textContent ?? "{}") as Record<string, string | string[]>;
}
