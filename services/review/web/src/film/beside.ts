/** What stands beside the film: the patient's earlier one, or the film itself with black and white exchanged. */

import type { FilmState } from "./contract.js";
import { byId } from "./dom.js";
import { say } from "./notice.js";
import type { Viewer } from "./viewer.js";

export type Beside = "earlier" | "invert-beside";

export class BesideFilm {
  private what: Beside | null = null;

  constructor(
    private readonly viewer: Viewer,
    private readonly state: () => FilmState,
    private readonly onEarlier: () => void,
  ) {}

  /** Show it, or take it away again. */
  async toggle(what: Beside): Promise<void> {
    const state = this.state();
    if (this.what === what) return this.close();
    const pixels = what === "earlier" ? state.earlier?.pixels : state.pixels;
    if (!pixels) return say("There is no earlier film of this patient.");
    this.what = what;
    this.draw(); // Its place must have a size before it is shown in it.
    try {
      const pane = await this.viewer.showBeside(pixels);
      if (!pane) return;
      if (what === "invert-beside") pane.inverted = !this.viewer.main.inverted;
      else this.onEarlier();
    } catch {
      if (this.what !== what) return;
      this.close();
      return say("The other film could not be loaded.");
    }
    byId("beside-what").textContent = what === "earlier" ? `Earlier film, ${state.earlier?.date || "date unknown"}, ${state.earlier?.name || "name unknown"}` : "The same film, inverted";
    this.draw();
  }

  together(): void {
    this.viewer.together = !this.viewer.together;
    this.draw();
  }

  private close(): void {
    this.what = null;
    this.viewer.closeBeside();
    this.draw();
  }

  private draw(): void {
    byId("beside-what").hidden = !this.what;
    byId("panes").classList.toggle("two", this.what !== null);
    for (const action of ["earlier", "invert-beside"]) {
      document.querySelector(`[data-action="${action}"]`)?.setAttribute("aria-pressed", String(this.what === action));
    }
    const together = document.querySelector<HTMLElement>("[data-action=together]");
    if (!together) return;
    together.hidden = !this.what;
    together.setAttribute("aria-pressed", String(this.viewer.together));
  }
}
