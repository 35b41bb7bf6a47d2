/** Times of the list as the reader's own clock shows them; the server knows only UTC. */

import { _, locale } from "../texts.js";

const DAY: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
const CLOCK: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hour12: false };

export function localTimes(root: ParentNode): void {
  const today = new Date().toDateString();
  for (const each of root.querySelectorAll<HTMLTimeElement>("time[datetime]")) {
    const at = new Date(each.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const clock = at.toLocaleTimeString(locale, CLOCK);
    each.title = at.toLocaleString(locale);
    each.textContent = at.toDateString() === today ? _("today %(clock)s", { clock }) : `${at.toLocaleDateString(locale, DAY)} ${clock}`;
  }
}
