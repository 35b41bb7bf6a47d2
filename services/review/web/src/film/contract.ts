/** What server and page say to each other. Written by `make generated` from review/reading/contract.py. */

/** What the models say. Null is what an older gateway did not say, or what there is not. */
export interface Answer {
  assessment_id: string;
  created: string;
  outcome: "assessed" | "refused" | "failed";
  refusal: Refused | null;
  overridden: Overridden | null;
  /** null unless assessed */
  verdict: Verdict | null;
  /** where a number is asked; null unless assessed */
  number: Measured | null;
  classes: Record<string, number> | null;
  /** a newer gateway may have one that no reader can say */
  predicted_class: string | null;
  operating_points: Record<string, number>;
  possible_classes: string[] | null;
  findings: Record<string, number> | null;
  discriminator: Gate | null;
  lungs: LungField | null;
  conflicts: Conflict[] | null;
  cautions: Caution[] | null;
  /** what was done to the film first; it is kept as it came */
  correction: Correction | null;
  models: Record<string, string> | null;
  /** class to the address of its heat map; of a number: number */
  heat: Record<string, string>;
  lung_contours: Contour[];
}

/** The number that is asked of a film. */
export interface Asked {
  /** what it is of */
  title: string;
  unit: string;
  lowest: number;
  highest: number;
  /** digits after the point */
  places: number;
}

/** In pixels of radiograph.png; row and column of the top left pixel. */
export interface BoundingBox {
  row: number;
  column: number;
  rows: number;
  columns: number;
}

/** A reason to trust this assessment less, although nothing is wrong with the film. */
export interface Caution {
  code: string;
  /** for a person */
  detail: string;
}

/** A DICOM attribute that says something else than the discriminator sees. Neither is preferred: a person looks. */
export interface Conflict {
  /** its DICOM keyword */
  attribute: string;
  /** what the file says */
  stated: string;
  /** what the discriminator says */
  seen: string;
  /** for a person */
  detail: string;
}

export type Contour = Point[];

/** How the film that was sent was changed before it was assessed, because the request allowed it. */
export interface Correction {
  /** degrees clockwise by which it was turned */
  rotated: 0 | 90 | 180 | 270;
  /** whether its negative was taken */
  inverted: boolean;
}

/** A film of the same patient from before this one. */
export interface Earlier {
  id: string;
  date: string;
  name: string;
  view_position: string;
  pixels: Pixels;
  /** null where the models said nothing, or it is hidden */
  classes: Record<string, number> | null;
  /** empty where there are none, or they are hidden */
  lung_contours: Contour[];
}

/** All that the film page knows. */
export interface FilmState {
  id: string;
  sitting: string;
  csrf: string;
  /** of the file that was dropped, where the film does not say whose it is */
  file_name: string;
  patient: Patient;
  study: Study;
  pixels: Pixels;
  /** null where classes are asked */
  asked: Asked | null;
  /** whether the models' answer is hidden from this reader */
  blind: boolean;
  answer: Answer | null;
  /** the newest first */
  earlier: Earlier[];
  mine: Opinion | null;
  undoable: boolean;
  others: Opinion[];
  state: "unread" | "read" | "second_read" | "arbitration" | "settled";
  /** why, where it waits for one; told to who has read it */
  second_read: "differs" | "refusal" | "blind" | null;
  /** whether this reader has the last word */
  arbiter: boolean;
  next: Next | null;
  /** whether the next film opens by itself after an opinion */
  auto_advance: boolean;
  vocabulary: Vocabulary;
}

/** What the discriminator says. */
export interface Gate {
  /** probability: like the chest films that the models know */
  in_distribution: number;
  /** probability: frontal, not lateral */
  frontal: number;
  /** probability: not rotated */
  upright: number;
  /** probability: bone is bright, not inverted */
  positive: number;
  /** to known chest films: no unit, about 0 for those, lower is more novel; null of older models */
  nearness: number | null;
}

/** An opinion, as the page sends it. */
export interface Given {
  /** the same when it is sent again */
  key: string;
  sitting: string;
  label: "interstitial_pneumonia" | "other_pathology" | "no_pathology" | "not_a_chest_film" | null;
  /** the number, where one is asked, in its unit */
  value: number | null;
  findings: string[];
  /** what the reader thinks of a refusal */
  refusal: "wrong" | "right" | null;
  heat: "wrong" | null;
  lungs: "wrong" | null;
  shapes: Shape[];
  sureness: "sure" | "probable" | "unsure" | null;
  comment: string;
  seconds: number;
  shown: Shown;
}

export type Label = "interstitial_pneumonia" | "other_pathology" | "no_pathology" | "not_a_chest_film";

/** What the segmenter says. */
export interface LungField {
  /** null where no lung was found */
  bounding_box: BoundingBox | null;
  /** of the film */
  area_fraction: number;
  /** the Dice to be expected with a reader's mask */
  quality: number;
}

/** A number of the models', in the unit that is asked for. */
export interface Measured {
  value: number;
  low: number;
  high: number;
  /** share of films whose reader's number is from low to high */
  coverage: number;
}

/** The next film on the reader's list. */
export interface Next {
  id: string;
  url: string;
  pixels: string;
}

/** An opinion that stands, as colleagues see it. */
export interface Opinion {
  label: Label | null;
  /** the number, where one is asked, in its unit */
  value: number | null;
  findings: string[];
  refusal: "wrong" | "right" | null;
  heat: "wrong" | null;
  lungs: "wrong" | null;
  shapes: Shape[];
  sureness: Sureness | null;
  comment: string;
  number: number;
  reader: string;
  at: string;
  /** of a number: whether it is within the interval */
  agrees: boolean | null;
  /** of a number: less the models', of the answer of that moment */
  difference: number | null;
  blind: boolean;
  seconds: number;
  arbitration: boolean;
}

/** Who had a refused film assessed anyway, or corrected. */
export interface Overridden {
  by: string;
  at: string;
}

/** Who is on the film, as its header says it; empty where it does not. */
export interface Patient {
  name: string;
  id: string;
  birth_date: string;
  sex: string;
  age: string;
}

/** A radiograph's picture. */
export interface Pixels {
  url: string;
  rows: number;
  columns: number;
  /** between rows, between columns */
  spacing_mm: [number, number] | null;
}

export type Point = [number, number];

/** Why a film was refused. A newer gateway may know a reason that we do not: the page shows its name then. */
export interface Refused {
  reason: string;
  detail: string;
}

/** What a reader says, whoever it is and whenever. */
export interface Said {
  label: Label | null;
  /** the number, where one is asked, in its unit */
  value: number | null;
  findings: string[];
  refusal: "wrong" | "right" | null;
  heat: "wrong" | null;
  lungs: "wrong" | null;
  shapes: Shape[];
  sureness: Sureness | null;
  comment: string;
}

/** Where something is, in pixels of the film: x to the right, y down. */
export interface Shape {
  kind: "box" | "freehand" | "lung";
  points: Point[];
  finding: string | null;
}

/** What was on the screen when the opinion was given. */
export interface Shown {
  answer: boolean;
  heat: string | null;
  opacity: number | null;
  lungs: boolean;
  earlier: boolean;
  invert: boolean;
  window: [number, number] | null;
}

/** What the film's header says of it. */
export interface Study {
  date: string;
  time: string;
  accession_number: string;
  modality: string;
  view_position: string;
  description: string;
  scanner: string;
}

export type Sureness = "sure" | "probable" | "unsure";

/** The models' answer in words. */
export interface Verdict {
  kind: "normal" | "abnormal" | "unsure" | "estimate";
  text: string;
  /** where in the lungs the most probable pathology has most heat; or empty */
  where: string;
}

/** What a film can be called, and what can be found on it. */
export interface Vocabulary {
  labels: Label[];
  findings: string[];
  /** finding of the hospital's own to what people call it */
  words: Record<string, string>;
}
