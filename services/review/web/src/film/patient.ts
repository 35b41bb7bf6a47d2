/** Whose film it is, and when and how it was made. All of it is text that somebody typed. */

import { _, day, pgettext } from "../texts.js";
import type { FilmState } from "./contract.js";
import { element } from "./dom.js";

/** The line over the film. */
export function patient({ patient, study, state, file_name }: FilmState): Node[] {
  const born = patient.birth_date && _("born %(day)s", { day: day(patient.birth_date) });
  const film = [study.modality, study.view_position, study.description].filter(Boolean).join(" ");
  const rest: [string, string | null][] = [
    ["ID", patient.id],
    [_("Sex and age"), [patient.sex, patient.age, born].filter(Boolean).join(" · ")],
    [_("Film"), film],
    [_("Taken"), [day(study.date), study.time].filter(Boolean).join(" ")],
    [_("Accession number"), study.accession_number],
    [_("Scanner"), study.scanner],
  ];
  return [
    element("strong", { class: "name", "data-testid": "patient-name" }, patient.name || file_name || _("Name unknown")),
    ...rest.filter(([, text]) => text).map(([what, text]) => element("span", { title: what }, element("span", { class: "unseen" }, `${what}: `), text)),
    element("span", { class: "state", "data-testid": "state", "data-state": state }, stateOf(state)),
  ];
}

function stateOf(state: FilmState["state"]): string {
  return {
    unread: pgettext("state of a film", "Unread"),
    read: pgettext("state of a film", "Read"),
    second_read: pgettext("state of a film", "Second read"),
    arbitration: pgettext("state of a film", "Arbitration"),
    settled: pgettext("state of a film", "Settled"),
  }[state];
}
