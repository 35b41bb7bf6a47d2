/** The next film opens by itself after an opinion, where its reader likes that; there it is said what was saved. */

import { _ } from "../texts.js";
import type { FilmState } from "./contract.js";
import { say } from "./notice.js";

const SAID = "reading-room.saved";

/** Go on, where the reader likes that and there is a next film. */
export function advance({ auto_advance, next }: FilmState, told: string): void {
  if (!auto_advance || !next) return;
  try {
    sessionStorage.setItem(SAID, told);
  } catch {
    // A browser that keeps nothing says nothing: the opinion is kept all the same.
  }
  location.assign(next.url);
}

/** Say what was saved on the film before. */
export function sayBefore(): void {
  try {
    const told = sessionStorage.getItem(SAID);
    sessionStorage.removeItem(SAID);
    if (told) say(_("%(told)s on the film before (P goes back to it)", { told }), "saved");
  } catch {
    return;
  }
}
