/** Files dropped onto the page: assessed a few at a time, with progress; each leads to its film, or says why it failed. */

import { element } from "./elements.js";
import { type Dropped, fileItem, summary } from "./files.js";
import { send } from "./send.js";

/** As many as the server takes of one reader at once. */
const MAX_AT_ONCE = 2;

export class Drops {
  /** All files since the card was closed, in the order in which they came. */
  private files: Dropped[] = [];
  private working = 0;
  private stalled = "";
  private readonly card = element("drops");
  private readonly said = element("drops-said");
  private readonly progress = element<HTMLProgressElement>("drops-progress");
  private readonly list = element("drops-list");
  private readonly open = element<HTMLAnchorElement>("drops-open");
  private readonly mine = element("drops-mine");
  private readonly again = element<HTMLButtonElement>("drops-again");
  private readonly close = element<HTMLButtonElement>("drops-close");

  constructor(
    private readonly csrf: string,
    private readonly problem: string,
    private readonly refresh: () => Promise<void>,
  ) {}

  listen(): void {
    this.listenToDrops();
    const chosen = element<HTMLInputElement>("files");
    chosen.addEventListener("change", () => {
      this.add([...(chosen.files ?? [])]);
      chosen.value = "";
    });
    this.again.addEventListener("click", () => {
      for (const each of this.files) if (each.state === "failed") each.state = "waiting";
      this.work();
    });
    this.close.addEventListener("click", () => {
      this.files = [];
      this.show();
    });
    addEventListener("beforeunload", (event) => {
      if (this.files.some(({ state }) => state === "waiting" || state === "sending")) event.preventDefault();
    });
  }

  private listenToDrops(): void {
    const target = element("drop-target");
    let depth = 0;
    const shown = (by: number) => {
      depth = Math.max(0, depth + by);
      target.hidden = depth === 0;
    };
    addEventListener("dragenter", (event) => carriesFiles(event) && shown(1));
    addEventListener("dragleave", (event) => carriesFiles(event) && shown(-1));
    addEventListener("dragover", (event) => event.preventDefault());
    addEventListener("drop", (event) => {
      event.preventDefault();
      shown(-depth);
      this.add([...(event.dataTransfer?.files ?? [])]);
    });
  }

  private add(files: File[]): void {
    this.files.push(...files.map((file): Dropped => ({ file, state: "waiting", said: "" })));
    this.work();
  }

  private work(): void {
    const waiting = this.files.filter(({ state }) => state === "waiting").length;
    for (let free = Math.min(MAX_AT_ONCE - this.working, waiting); free > 0; free -= 1) void this.sendAll();
    this.show();
  }

  private async sendAll(): Promise<void> {
    this.working += 1;
    for (let each = this.next(); each; each = this.next()) {
      each.state = "sending";
      this.show();
      Object.assign(each, await send(each.file, this.csrf, this.problem, (why) => this.stall(why)));
      this.show();
    }
    this.working -= 1;
    if (this.working === 0) await this.refresh();
  }

  private next(): Dropped | undefined {
    return this.files.find(({ state }) => state === "waiting");
  }

  /** Why the gateway or the reading room is waited for now; empty where it is not. */
  private stall(why: string): void {
    this.stalled = why;
    this.show();
  }

  private show(): void {
    const { files } = this;
    const over = !files.some(({ state }) => state === "waiting" || state === "sending");
    this.card.hidden = files.length === 0;
    this.progress.max = files.length;
    this.progress.value = files.filter(({ state }) => state === "done" || state === "failed").length;
    this.said.textContent = summary(files, over ? "" : this.stalled);
    const first = files.find(({ url }) => url);
    this.open.hidden = !first;
    if (first?.url) this.open.href = first.url;
    this.mine.hidden = !first;
    this.close.hidden = !over;
    this.again.hidden = !over || !files.some(({ state }) => state === "failed");
    this.list.replaceChildren(...files.map(fileItem));
  }
}

function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}
