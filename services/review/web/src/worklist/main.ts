/** The worklist page: rows by keyboard, films dropped onto it, films dismissed, rows that bring themselves up to date. */

import { Chosen } from "./chosen.js";
import { Drops } from "./drops.js";
import { rowKeys } from "./rows.js";
import { follow } from "./follow.js";

const page = document.getElementById("worklist");
if (page) {
  const refresh = follow(page);
  rowKeys();
  const csrf = page.dataset.csrf ?? "";
  new Drops(csrf, page.dataset.problem ?? "", refresh).listen();
  new Chosen(csrf, refresh).listen();
}
