/** The worklist page: rows by keyboard, films dropped onto it, and rows that bring themselves up to date. */

import { Drops } from "./drops.js";
import { rowKeys } from "./rows.js";
import { follow } from "./follow.js";

const page = document.getElementById("worklist");
if (page) {
  const refresh = follow(page);
  rowKeys();
  new Drops(page.dataset.csrf ?? "", refresh).listen();
}
