/** Files that were dropped, as the page lists them. */

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
  const failed = count("failed") ? `, ${count("failed")} failed` : "";
  return `${count("done")} of ${files.length} films assessed${failed}${stalled ? ` · waiting: ${stalled}` : ""}`;
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
  words.textContent = { waiting: "waiting", sending: "being assessed…", done: said, failed: `Failed: ${said}` }[state];
  item.append(name, ": ", words);
  return item;
}
