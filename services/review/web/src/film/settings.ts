/** What a reader set for themselves in this browser. */

const SINGLE_KEYS = "reading-room.single-keys";

/** Whether single keys act at once; given a value, keeps it. */
export function singleKeys(on?: boolean): boolean {
  try {
    if (on !== undefined) localStorage.setItem(SINGLE_KEYS, String(on));
    return localStorage.getItem(SINGLE_KEYS) !== "false";
  } catch {
    return on ?? true;
  }
}
