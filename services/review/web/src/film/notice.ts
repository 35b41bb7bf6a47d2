/** What the page says of itself: saved, not saved, and what went wrong. */

import { byId, element } from "./dom.js";

const notice = () => byId("notice");
const alarm = () => byId("alarm");

/** For a moment of interest: read out politely, replaced by the next. */
export function say(text: string, kind: "plain" | "saved" | "busy" = "plain"): void {
  notice().textContent = text;
  notice().dataset.kind = kind;
}

/** Something that needs the reader; stays until it is cleared. */
export function warn(text: string, ...more: Node[]): void {
  alarm().replaceChildren(element("span", {}, text), ...more);
}

export function clearWarning(): void {
  alarm().replaceChildren();
}
