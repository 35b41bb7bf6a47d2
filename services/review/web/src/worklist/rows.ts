/** Choosing a film by keyboard or by a click anywhere in its row. */

function links(): HTMLAnchorElement[] {
  return [...document.querySelectorAll<HTMLAnchorElement>("#rows a.open")];
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, select, textarea");
}

function step(by: number): void {
  const all = links();
  const now = all.indexOf(document.activeElement as HTMLAnchorElement);
  const next = now < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(now + by, 0), all.length - 1);
  all[next]?.focus();
}

export function rowKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown" || event.key === "j") step(1);
    else if (event.key === "ArrowUp" || event.key === "k") step(-1);
    else if (event.key === "n") document.getElementById("read-next")?.click();
    else if (event.key === "/") document.getElementById("search")?.focus();
    else return;
    event.preventDefault();
  });
  document.getElementById("rows")?.addEventListener("click", (event) => {
    const target = event.target as HTMLElement;
    if (target.closest("a, button, .choose") || window.getSelection()?.toString()) return;
    target.closest("tr")?.querySelector<HTMLAnchorElement>("a.open")?.click();
  });
  for (const select of document.querySelectorAll<HTMLSelectElement>(".filters select, .filters input[type=date]")) {
    select.addEventListener("change", () => select.form?.requestSubmit());
  }
}
