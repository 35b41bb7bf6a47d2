/** Cornerstone, set up for one film or two beside each other: panes, mouse, and the tools that draw. */

import { Enums, RenderingEngine, getShouldUseCPURendering, init as initCore } from "@cornerstonejs/core";
import * as tools from "@cornerstonejs/tools";
import type { Pixels, Point } from "./contract.js";
import { Pane } from "./pane.js";
import { registerPictures } from "./picture.js";

const { MouseBindings } = tools.Enums;
const { WindowLevelTool, ZoomTool, PanTool, RectangleROITool, PlanarFreehandROITool } = tools;
const VIEWING = [WindowLevelTool, ZoomTool, PanTool];
const DRAWING = { box: RectangleROITool, freehand: PlanarFreehandROITool };

export type Drawing = keyof typeof DRAWING;

/** Keys 5 to 8: centre and width, in gray values. The film comes as its sender meant it to be seen, so the first is all of it. */
export const WINDOWS: [string, Point][] = [
  ["whole range", [128, 255]],
  ["lungs", [96, 150]],
  ["bone and mediastinum", [176, 150]],
  ["high contrast", [128, 100]],
];

export class Viewer {
  private readonly engine: RenderingEngine;
  readonly main: Pane;
  beside: Pane | null = null;
  /** Whether zoom, place and window of the two films go together. */
  together = true;
  private following = false;
  private drawing: Drawing | null = null;
  private panning = false;

  constructor(
    private readonly mainElement: HTMLDivElement,
    private readonly besideElement: HTMLDivElement,
    private readonly onView: () => void,
  ) {
    initCore({ rendering: { renderingEngineMode: Enums.RenderingEngineModeEnum.ContextPool, webGlContextCount: 2 } } as never);
    tools.init();
    registerPictures();
    for (const tool of [...VIEWING, ...Object.values(DRAWING)]) tools.addTool(tool);
    this.engine = new RenderingEngine("film");
    this.main = new Pane(this.engine, "main", mainElement);
    this.group("main", [...VIEWING, ...Object.values(DRAWING)]);
    this.listen(this.main);
    new ResizeObserver(() => this.resize()).observe(mainElement);
  }

  get onGpu(): boolean {
    return !getShouldUseCPURendering();
  }

  /** A second film beside the first. */
  async showBeside(pixels: Pixels): Promise<Pane> {
    this.closeBeside();
    this.besideElement.hidden = false;
    const pane = new Pane(this.engine, "beside", this.besideElement);
    this.group("beside", VIEWING);
    this.resize();
    await pane.show(pixels);
    this.beside = pane;
    this.listen(pane);
    return pane;
  }

  closeBeside(): void {
    this.besideElement.hidden = true;
    if (this.engine.getViewport("beside")) {
      tools.ToolGroupManager.destroyToolGroup("beside");
      this.engine.disableElement("beside");
    }
    this.beside = null;
    this.resize();
  }

  /** What dragging with the left button does: draw one shape, or set the window again. */
  draw(kind: Drawing | null): void {
    this.drawing = kind;
    this.primary();
  }

  /** While the space bar is down. */
  pan(panning: boolean): void {
    if (panning === this.panning) return;
    this.panning = panning;
    this.primary();
  }

  /** Both films, where they go together. */
  each(change: (pane: Pane) => void): void {
    change(this.main);
    if (this.beside && this.together) change(this.beside);
  }

  private primary(): void {
    const group = tools.ToolGroupManager.getToolGroup("main");
    if (!group) return;
    const wanted = this.panning ? PanTool : this.drawing ? DRAWING[this.drawing] : WindowLevelTool;
    for (const tool of [WindowLevelTool, ...Object.values(DRAWING)]) group.setToolPassive(tool.toolName);
    group.setToolActive(PanTool.toolName, { bindings: [{ mouseButton: MouseBindings.Auxiliary }] });
    const bindings = [{ mouseButton: MouseBindings.Primary }];
    if (wanted === PanTool) bindings.push({ mouseButton: MouseBindings.Auxiliary });
    group.setToolActive(wanted.toolName, { bindings });
  }

  private group(id: string, list: (typeof WindowLevelTool)[] | unknown[]): void {
    const group = tools.ToolGroupManager.createToolGroup(id);
    if (!group) return;
    const nothing = { getTextLines: () => [], calculateStats: false };
    for (const tool of list as { toolName: string }[]) {
      const drawn = tool.toolName === PlanarFreehandROITool.toolName;
      group.addTool(tool.toolName, drawn ? { ...nothing, allowOpenContours: false } : nothing);
    }
    group.addViewport(id, this.engine.id);
    group.setToolActive(WindowLevelTool.toolName, { bindings: [{ mouseButton: MouseBindings.Primary }] });
    group.setToolActive(PanTool.toolName, { bindings: [{ mouseButton: MouseBindings.Auxiliary }] });
    group.setToolActive(ZoomTool.toolName, {
      bindings: [{ mouseButton: MouseBindings.Secondary }, { mouseButton: MouseBindings.Wheel }],
    });
    if (id === "main") this.primary();
  }

  private listen(pane: Pane): void {
    const { CAMERA_MODIFIED, IMAGE_RENDERED, VOI_MODIFIED } = Enums.Events;
    for (const event of [CAMERA_MODIFIED, VOI_MODIFIED]) {
      pane.element.addEventListener(event, () => {
        if (this.following || !pane.pixels) return;
        pane.remember();
        this.follow(pane);
        this.onView();
      });
    }
    pane.element.addEventListener(IMAGE_RENDERED, () => this.onView());
    pane.element.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  private follow(leader: Pane): void {
    if (!this.beside || !this.together) return;
    const follower = leader === this.main ? this.beside : this.main;
    this.following = true;
    follower.view = { ...leader.view, rotation: follower.view.rotation };
    if (leader.window.join() !== follower.window.join()) follower.window = leader.window;
    this.following = false;
  }

  private resize(): void {
    if (!this.mainElement.clientWidth || !this.mainElement.clientHeight) return;
    const panes = [this.main, this.beside].filter((pane): pane is Pane => Boolean(pane?.pixels));
    this.following = true;
    this.engine.resize(true, false);
    for (const pane of panes) pane.recall();
    this.following = false;
  }
}
