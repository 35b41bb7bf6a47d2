/** The film page: opens the film that the template carries, or says why it cannot. */

import { _ } from "../texts.js";
import type { FilmState } from "./contract.js";
import { byId, element } from "./dom.js";
import { warn } from "./notice.js";
import { FilmPage } from "./page.js";

const state = JSON.parse(byId("film-state").textContent ?? "null") as FilmState;

new FilmPage(state).show().catch((error: unknown) => {
  const again = element("button", { type: "button" }, _("Load the page again"));
  again.addEventListener("click", () => location.reload());
  warn(_("The film cannot be shown: %(why)s.", { why: error instanceof Error ? error.message : String(error) }), again);
});
