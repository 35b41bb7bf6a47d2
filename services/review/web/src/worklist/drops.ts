/** Films dropped onto the page: assessed a few at a time, with progress; what fails says why, and can be tried again. */

/** As many as the server takes of one reader at once. */
const MAX_AT_ONCE = 2;
const MAX_TRIES = 40;
const MAX_WAIT_S = 10;

interface Failed {
  file: File;
  why: string;
}

export class Drops {
  private readonly waiting: File[] = [];
  private failed: Failed[] = [];
  private working = 0;
  private done = 0;
  private total = 0;
  private stalled = "";
  private readonly card = element("drops");
  private readonly said = element("drops-said");
  private readonly progress = element<HTMLProgressElement>("drops-progress");
  private readonly list = element("drops-failed");
  private readonly again = element<HTMLButtonElement>("drops-again");
  private readonly close = element<HTMLButtonElement>("drops-close");

  constructor(
    private readonly csrf: string,
    private readonly refresh: () => Promise<void>,
  ) {}

  listen(): void {
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
    const chosen = element<HTMLInputElement>("files");
    chosen.addEventListener("change", () => {
      this.add([...(chosen.files ?? [])]);
      chosen.value = "";
    });
    this.again.addEventListener("click", () => {
      const files = this.failed.map((each) => each.file);
      this.failed = [];
      this.total -= files.length;
      this.done -= files.length;
      this.add(files);
    });
    this.close.addEventListener("click", () => {
      this.card.hidden = true;
      this.failed = [];
      this.done = this.total = 0;
    });
    addEventListener("beforeunload", (event) => {
      if (this.working + this.waiting.length > 0) event.preventDefault();
    });
  }

  private add(files: File[]): void {
    if (files.length === 0) return;
    this.total += files.length;
    this.waiting.push(...files);
    while (this.working < MAX_AT_ONCE && this.waiting.length > 0) void this.work();
    this.show();
  }

  private async work(): Promise<void> {
    this.working += 1;
    for (let file = this.waiting.shift(); file; file = this.waiting.shift()) {
      const why = await this.send(file);
      this.done += 1;
      if (why) this.failed.push({ file, why });
      this.show();
    }
    this.working -= 1;
    this.show();
    if (this.working === 0) await this.refresh();
  }

  /** Why it failed, or nothing. A gateway that is away or full is waited for. */
  private async send(file: File): Promise<string> {
    for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
      let wait = 2;
      try {
        const headers = { "X-CSRF-Token": this.csrf, "Content-Type": "application/octet-stream" };
        const answer = await fetch("/films", { method: "POST", body: file, headers });
        if (answer.ok) {
          this.stalled = "";
          return "";
        }
        const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
        if (answer.status === 401) return "You were logged out: log in again, then try again.";
        if (answer.status !== 503 && answer.status !== 429) return problem.detail ?? `error ${answer.status}`;
        wait = Number(answer.headers.get("Retry-After")) || 2;
        this.stalled = problem.detail ?? "the gateway is busy";
      } catch {
        this.stalled = "the reading room does not answer";
      }
      this.show();
      await new Promise((resume) => setTimeout(resume, 1000 * Math.min(wait, MAX_WAIT_S)));
    }
    return `given up: ${this.stalled}`;
  }

  private show(): void {
    const over = this.done === this.total;
    this.card.hidden = this.total === 0;
    this.progress.max = this.total;
    this.progress.value = this.done;
    const failures = this.failed.length ? `, ${this.failed.length} failed` : "";
    const waiting = !over && this.stalled ? ` · waiting: ${this.stalled}` : "";
    const assessed = this.done - this.failed.length;
    this.said.textContent = `${assessed} of ${this.total} films assessed${failures}${waiting}`;
    this.again.hidden = this.close.hidden = !over;
    if (this.failed.length === 0) this.again.hidden = true;
    this.list.replaceChildren(...this.failed.map((each) => item(`${each.file.name}: ${each.why}`)));
  }
}

function item(text: string): HTMLLIElement {
  const made = document.createElement("li");
  made.textContent = text;
  return made;
}

function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

function element<Kind extends HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element ${id}`);
  return found as Kind;
}
