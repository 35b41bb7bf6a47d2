/** What the server and the film page say to each other: the JSON of /films/{id}/state and of its opinions. */

import type { ClassName, Label } from "../vocabulary.js";

export type { ClassName, Label };
export type Sureness = "sure" | "probable" | "unsure";
/** A place on the film: x to the right and y down, in its pixels, from its top left corner. */
export type Point = [number, number];
export type Contour = Point[];

export interface Shape {
  kind: "box" | "freehand" | "lung";
  points: Point[];
  finding: string | null;
}

export interface Pixels {
  url: string;
  rows: number;
  columns: number;
  /** Between rows, between columns. */
  spacing_mm: [number, number] | null;
}

export interface Conflict {
  attribute: string;
  stated: string;
  seen: string;
  detail: string;
}

export interface Answer {
  assessment_id: string;
  created: string;
  outcome: "assessed" | "refused" | "failed";
  refusal: { reason: string; detail: string } | null;
  overridden: { by: string; at: string } | null;
  classes: Record<string, number> | null;
  predicted_class: Label | null;
  operating_points: Record<string, number> | null;
  findings: Record<string, number> | null;
  discriminator: { in_distribution: number; frontal: number; upright: number; positive: number } | null;
  lungs: { area_fraction: number; quality: number } | null;
  conflicts: Conflict[] | null;
  cautions: { code: string; detail: string }[] | null;
  models: Record<string, string> | null;
  heat: Record<string, string>;
  lung_contours: Contour[];
}

/** What a reader says, whoever it is and whenever. */
export interface Said {
  label: Label | null;
  findings: string[];
  refusal: "wrong" | "right" | null;
  heat: "wrong" | null;
  lungs: "wrong" | null;
  shapes: Shape[];
  sureness: Sureness | null;
  comment: string;
}

export interface Opinion extends Said {
  number: number;
  reader: string;
  at: string;
  agrees: boolean | null;
  blind: boolean;
  seconds: number;
  arbitration: boolean;
}

export interface Shown {
  answer: boolean;
  heat: string | null;
  opacity: number;
  lungs: boolean;
  earlier: boolean;
  invert: boolean;
  /** Centre and width, in gray values of the film. */
  window: [number, number];
}

export interface Given extends Said {
  key: string;
  sitting: string;
  seconds: number;
  shown: Shown;
}

export interface FilmState {
  id: string;
  sitting: string;
  csrf: string;
  patient: { name: string; id: string; birth_date: string; sex: string; age: string };
  study: Record<
    "date" | "time" | "accession_number" | "modality" | "view_position" | "description" | "scanner",
    string | null
  >;
  pixels: Pixels;
  blind: boolean;
  answer: Answer | null;
  earlier: { id: string; date: string; name: string; pixels: Pixels } | null;
  mine: Opinion | null;
  undoable: boolean;
  others: Opinion[];
  state: "unread" | "read" | "second_read" | "arbitration" | "settled";
  arbiter: boolean;
  next: { id: string; url: string; pixels: string } | null;
  vocabulary: { labels: Label[]; findings: string[] };
}
