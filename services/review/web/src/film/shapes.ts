/** Shapes that the reader draws, as Cornerstone's annotations; each has a kind and may have a finding. */

import { eventTarget, utilities } from "@cornerstonejs/core";
import * as tools from "@cornerstonejs/tools";
import type { Contour, Point, Shape } from "./contract.js";
import { atMost, clamped, filled, rounded } from "./geometry.js";
import type { Pane } from "./pane.js";

const { state, config, selection } = tools.annotation;
type Annotation = ReturnType<typeof state.getAllAnnotations>[number];

/** Source: the server's limits on an opinion; a hand-drawn outline needs far fewer corners. */
const MOST_POINTS = 1500;
const MOST_SHAPES = 50;

const COLOUR = { box: "#ffd166", freehand: "#ffd166", lung: "#5ad1ff" };

export interface Listed extends Shape {
  uid: string;
}

export class Shapes {
  private readonly about = new Map<string, Pick<Shape, "kind" | "finding">>();

  constructor(
    private readonly pane: Pane,
    private readonly onChange: () => void,
    private readonly onDrawn: (uid: string) => void,
  ) {
    const { ANNOTATION_COMPLETED, ANNOTATION_MODIFIED, ANNOTATION_REMOVED } = tools.Enums.Events;
    eventTarget.addEventListener(ANNOTATION_COMPLETED, ((event: CustomEvent) => this.drawn(event.detail.annotation)) as EventListener);
    for (const name of [ANNOTATION_MODIFIED, ANNOTATION_REMOVED]) eventTarget.addEventListener(name, () => this.onChange());
    const style = { lineWidth: "2", shadow: true, textBoxVisibility: false };
    const colours = { color: COLOUR.box, colorHighlighted: "#ffffff", colorSelected: "#ffffff" };
    config.style.setDefaultToolStyles({ ...config.style.getDefaultToolStyles(), global: { ...style, ...colours } });
  }

  /** What the next shape drawn by hand is. */
  next: Shape["kind"] = "freehand";

  /** All of them, in the order in which they were drawn, in the film's pixels. */
  list(): Listed[] {
    return this.annotations().map((annotation) => {
      const uid = annotation.annotationUID ?? "";
      const { kind, finding } = this.about.get(uid) ?? { kind: this.kindOf(annotation), finding: null };
      return { uid, kind, finding, points: this.points(annotation, kind) };
    });
  }

  /** The same as the server takes them; what has no size is left out. */
  shapes(): Shape[] {
    const kept = this.list().filter(({ points, kind }) => (kind === "box" ? extent(points) > 1 : points.length > 2));
    return kept.slice(0, MOST_SHAPES).map(({ kind, points, finding }) => ({ kind, points, finding }));
  }

  /** Begin anew with these. */
  replace(shapes: Shape[]): void {
    for (const annotation of this.annotations()) state.removeAnnotation(annotation.annotationUID ?? "");
    this.about.clear();
    for (const shape of shapes) this.add(shape);
  }

  /** One more; gives its id. */
  add({ kind, points, finding }: Shape): string {
    const uid = utilities.uuidv4();
    const box = kind === "box";
    const outline = box ? corners(points) : kind === "lung" ? filled(points, this.pane.pixels.rows / 150) : points;
    const world = outline.map((point) => this.pane.toWorld(point));
    const data = box
      ? { handles: { points: world, activeHandleIndex: null, textBox: { hasMoved: false } } }
      : { handles: { points: [], activeHandleIndex: null }, contour: { polyline: world, closed: true } };
    const made = {
      annotationUID: uid,
      highlighted: false,
      invalidated: true,
      isLocked: false,
      isVisible: true,
      metadata: { toolName: (box ? tools.RectangleROITool : tools.PlanarFreehandROITool).toolName, ...this.pane.reference },
      data: { label: "", cachedStats: {}, ...data },
    };
    this.describe(uid, kind, finding);
    state.addAnnotation(made as unknown as Annotation, this.pane.element);
    return uid;
  }

  remove(uid: string): void {
    this.about.delete(uid);
    state.removeAnnotation(uid);
    this.draw();
  }

  /** The one that is chosen, or the one drawn last. */
  last(): string | null {
    const [chosen] = selection.getAnnotationsSelected();
    const all = this.annotations();
    return all.find((annotation) => annotation.annotationUID === chosen)?.annotationUID ?? all.at(-1)?.annotationUID ?? null;
  }

  find(uid: string, finding: string | null): void {
    this.describe(uid, this.about.get(uid)?.kind ?? "freehand", finding);
    this.onChange();
  }

  /** Move a box by its left top and right bottom corner, in the film's pixels. */
  nudge(uid: string, from: Point, to: Point): void {
    const annotation = state.getAnnotation(uid);
    if (!annotation?.data.handles || this.about.get(uid)?.kind !== "box") return;
    const { columns, rows } = this.pane.pixels;
    const [first, last] = this.points(annotation, "box");
    const moved = [[first!, from], [last!, to]].map(([[x, y], [right, down]]: any) => clamped([x + right, y + down], columns, rows));
    annotation.data.handles.points = corners(moved).map((point) => this.pane.toWorld(point));
    annotation.invalidated = true;
    this.draw();
    this.onChange();
  }

  private draw(): void {
    tools.utilities.triggerAnnotationRenderForViewportIds([this.pane.id]);
  }

  private describe(uid: string, kind: Shape["kind"], finding: string | null): void {
    this.about.set(uid, { kind, finding });
    config.style.setAnnotationStyles(uid, { color: COLOUR[kind] });
  }

  private drawn(annotation: Annotation): void {
    const uid = annotation.annotationUID ?? "";
    if (!this.about.has(uid)) this.describe(uid, this.kindOf(annotation), null);
    this.onDrawn(uid);
  }

  private kindOf(annotation: Annotation): Shape["kind"] {
    return annotation.metadata?.toolName === tools.RectangleROITool.toolName ? "box" : this.next === "lung" ? "lung" : "freehand";
  }

  private annotations(): Annotation[] {
    return state.getAllAnnotations().filter((annotation) => annotation.metadata && annotation.data);
  }

  private points(annotation: Annotation, kind: Shape["kind"]): Contour {
    const { columns, rows } = this.pane.pixels;
    const { handles, contour } = annotation.data as { handles?: { points?: number[][] }; contour?: { polyline?: number[][] } };
    const world = kind === "box" ? [handles?.points?.[0], handles?.points?.[3]] : (contour?.polyline ?? []);
    const points = world.filter((point) => point !== undefined).map((point) => clamped(this.pane.fromWorld(point), columns, rows));
    if (kind === "box") return sorted(points).map(rounded);
    return atMost(points, MOST_POINTS, Math.max(columns, rows) / 4000).map(rounded);
  }
}

/** Cornerstone's order of a rectangle's corners: left top, right top, left bottom, right bottom. */
function corners([[left, top] = [0, 0], [right, bottom] = [0, 0]]: Contour): Contour {
  return [[left, top], [right, top], [left, bottom], [right, bottom]];
}

function sorted(points: Contour): Contour {
  const across = points.map(([x]) => x);
  const down = points.map(([, y]) => y);
  return [[Math.min(...across), Math.min(...down)], [Math.max(...across), Math.max(...down)]];
}

function extent([[left, top] = [0, 0], [right, bottom] = [0, 0]]: Contour): number {
  return Math.min(right - left, bottom - top);
}
