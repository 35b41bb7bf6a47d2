/** Files that were dropped, as the page lists them. */

import { _, ngettext } from "../texts.js";

export interface Dropped {
  file: File;
  state: "waiting" | "sending" | "done" | "failed";
  /** The answer in words, or why there is none. */
  said: string;
  /** Of its film, where it became one. */
  url?: string;
  refused?: boolean;
}

/** How far all of them are, in one line. */
export function summary(files: readonly Dropped[], stalled: string): string {
  const count = (state: Dropped["state"]) => files.filter((each) => each.state === state).length;
  const failed = count("failed") ? `, ${ngettext("%(count)s failed", "%(count)s failed", count("failed"), { count: count("failed") })}` : "";
  const far = ngettext("%(done)s of %(count)s film assessed", "%(done)s of %(count)s films assessed", files.length, { done: count("done"), count: files.length });
  const waiting = stalled ? ` · ${_("waiting: %(why)s", { why: stalled })}` : "";
  return `${far}${failed}${waiting}`;
}

/** Its name, which leads to its film, and what became of it. Names are only ever text: they come from anybody. */
export function fileItem({ file, state, said, url, refused }: Dropped): HTMLLIElement {
  const item = document.createElement("li");
  item.dataset.state = refused ? "refused" : state;
  const name = document.createElement(url ? "a" : "span");
  name.className = "name";
  name.textContent = file.name;
  if (url) (name as HTMLAnchorElement).href = url;
  const words = document.createElement("span");
  words.className = "said";
  words.textContent = { waiting: _("waiting"), sending: _("being assessed…"), done: said, failed: _("Failed: %(why)s", { why: said }) }[state];
  item.append(name, ": ", words);
  return item;
}
