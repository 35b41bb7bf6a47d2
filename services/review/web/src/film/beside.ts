/** What stands beside the film: one of the patient's earlier ones, or the film itself with black and white exchanged. */

import { _, day } from "../texts.js";
import type { Earlier, FilmState } from "./contract.js";
import { byId } from "./dom.js";
import { say } from "./notice.js";
import type { Viewer } from "./viewer.js";

/** The number of an earlier film, the newest is 0. */
export type Beside = number | "inverted";

export class BesideFilm {
  private what: Beside | null = null;

  constructor(
    private readonly viewer: Viewer,
    private readonly state: () => FilmState,
    private readonly onEarlier: () => void,
  ) {}

  /** The newest earlier film, or none any more. */
  toggleEarlier(): Promise<void> {
    return typeof this.what === "number" ? this.toggle(this.what) : this.toggle(0);
  }

  /** The film before the one that is shown; after the oldest the newest again. */
  older(): Promise<void> {
    const count = this.state().earlier.length;
    const next = typeof this.what === "number" && count ? (this.what + 1) % count : 0;
    return next === this.what ? Promise.resolve() : this.toggle(next);
  }

  /** Show it, or take it away again. */
  async toggle(what: Beside): Promise<void> {
    if (this.what === what) return this.close();
    const earlier = typeof what === "number" ? this.state().earlier[what] : null;
    const pixels = what === "inverted" ? this.state().pixels : earlier?.pixels;
    const lungs = what === "inverted" ? this.state().answer?.lung_contours : earlier?.lung_contours;
    if (!pixels) return say(_("There is no earlier film of this patient."));
    this.what = what;
    this.draw(); // Its place must have a size before it is shown in it.
    try {
      const pane = await this.viewer.showBeside(pixels, lungs ?? []);
      if (!pane) return;
      if (what === "inverted") pane.inverted = !this.viewer.main.inverted;
      else this.onEarlier();
    } catch {
      if (this.what !== what) return;
      this.close();
      return say(_("The other film could not be loaded."));
    }
    byId("beside-what").textContent = earlier ? this.called(earlier) : _("The same film, inverted");
    this.draw();
  }

  together(): void {
    this.viewer.together = !this.viewer.together;
    this.draw();
  }

  /** Bring its buttons up to date: they may have been made anew. */
  draw(): void {
    byId("beside-what").hidden = this.what === null;
    byId("panes").classList.toggle("two", this.what !== null);
    const pressed = { earlier: typeof this.what === "number", "invert-beside": this.what === "inverted", together: this.viewer.together };
    for (const [action, down] of Object.entries(pressed)) button(action)?.setAttribute("aria-pressed", String(down));
    for (const each of document.querySelectorAll<HTMLElement>("[data-earlier]")) {
      each.setAttribute("aria-pressed", String(each.dataset.earlier === String(this.what)));
    }
    const together = button("together");
    if (together) together.hidden = this.what === null;
  }

  private called({ date, name, view_position }: Earlier): string {
    const count = this.state().earlier.length;
    const which = count > 1 && typeof this.what === "number" ? ` (${_("%(number)s of %(count)s, Shift+E: the one before", { number: this.what + 1, count })})` : "";
    const about = [day(date) || _("date unknown"), view_position, name || _("name unknown")].filter(Boolean).join(", ");
    return `${_("Earlier film")}${which}: ${about}`;
  }

  private close(): void {
    this.what = null;
    this.viewer.closeBeside();
    this.draw();
  }
}

function button(action: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-action="${action}"]`);
}
