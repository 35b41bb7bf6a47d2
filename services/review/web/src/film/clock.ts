/** How long the reader has been looking: only while the page can be seen. */

export class Clock {
  private before = 0;
  private since: number | null = null;

  constructor(
    private readonly page: Pick<Document, "visibilityState" | "addEventListener">,
    private readonly now: () => number = () => performance.now(),
  ) {
    page.addEventListener("visibilitychange", () => this.turn());
    this.turn();
  }

  /** Seconds, to a tenth. */
  get seconds(): number {
    const running = this.since === null ? 0 : this.now() - this.since;
    return Math.round((this.before + running) / 100) / 10;
  }

  private turn(): void {
    if (this.page.visibilityState === "visible") this.since ??= this.now();
    else if (this.since !== null) {
      this.before += this.now() - this.since;
      this.since = null;
    }
  }
}
