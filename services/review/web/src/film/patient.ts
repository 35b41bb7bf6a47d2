/** Whose film it is, and when and how it was made. All of it is text that somebody typed. */

import type { FilmState } from "./contract.js";
import { element } from "./dom.js";

const STATES: Record<FilmState["state"], string> = {
  unread: "Unread",
  read: "Read",
  second_read: "Second read",
  arbitration: "Arbitration",
  settled: "Settled",
};

/** The line over the film. */
export function patient({ patient, study, state, file_name }: FilmState): Node[] {
  const born = patient.birth_date && `born ${patient.birth_date}`;
  const film = [study.modality, study.view_position, study.description].filter(Boolean).join(" ");
  const rest: [string, string | null][] = [
    ["ID", patient.id],
    ["Sex and age", [patient.sex, patient.age, born].filter(Boolean).join(" · ")],
    ["Film", film],
    ["Taken", [study.date, study.time].filter(Boolean).join(" ")],
    ["Accession number", study.accession_number],
    ["Scanner", study.scanner],
  ];
  return [
    element("strong", { class: "name", "data-testid": "patient-name" }, patient.name || file_name || "Name unknown"),
    ...rest.filter(([, text]) => text).map(([what, text]) => element("span", { title: what }, element("span", { class: "unseen" }, `${what}: `), text)),
    element("span", { class: "state", "data-testid": "state", "data-state": state }, STATES[state]),
  ];
}
