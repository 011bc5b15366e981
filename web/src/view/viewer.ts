// A look from near: the picture in the whole window, drawn anew at each size one zooms to, up to the finest there is.
import { type Drawing, isCancelled, MOST_PIXELS, MOST_SMOOTH, type Painter } from "@verdigris/sdk";
import { h } from "./element.ts";
import { listenForGestures } from "./gestures.ts";
import { fit, move, type Placement, settle, type ViewPort, visible, zoom } from "./view-port.ts";

/** A view that is still moving isn't drawn anew before it has rested for this long, in milliseconds. */
const REST_MS = 90;
/** What one press of a button or key does. */
const STEP = 1.5;
const PAN_PX = 80;

/** The look from near. */
export interface Viewer {
  /** Opens the window onto a picture; `name` is what it is called. */
  open(drawing: Drawing, name: string): void;
}

/** A viewer that is closed. */
export function createViewer(painter: Painter): Viewer {
  const stage = h("div", { class: "stage", tabindex: 0, role: "img" });
  const size = h("output", {}, "");
  const button = (label: string, text: string) =>
    h("button", { class: "quiet", type: "button", "aria-label": label }, text);
  const [closer, farther, whole, close] = [
    button("Zoom in", "+"),
    button("Zoom out", "−"),
    button("The whole picture", "Whole"),
    button("Close", "Close"),
  ];
  const bar = h("div", { class: "bar" }, farther, closer, whole, size, close);
  const dialog = h("dialog", { class: "viewer", "aria-label": "The picture from near" }, stage, bar);
  document.body.append(dialog);

  let drawing: Drawing | undefined;
  let placement: Placement = { side: 1, x: 0, y: 0 };
  let laid: Placement | undefined;
  let cancel = new AbortController();
  let closing = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const layers: Layer[] = [];

  const port = (): ViewPort => {
    const { clientWidth: width, clientHeight: height } = stage;
    return { width, height, most: Math.max(Math.min(width, height), MOST_PIXELS / devicePixelRatio) };
  };
  const show = (next: Placement) => {
    placement = next;
    for (const layer of layers) place(layer, next);
    const pixels = pixelsOf(next);
    const finest = pixels === MOST_PIXELS ? ", the finest there is" : "";
    size.replaceChildren(`${pixels.toLocaleString("en")} pixels a side${finest}`);
    clearTimeout(timer);
    timer = setTimeout(refine, REST_MS);
  };
  const refine = () => {
    if (isSame(placement, laid)) return;
    cancel.abort();
    cancel = new AbortController();
    void lay(placement, cancel.signal);
  };
  /** Lays what is in view over what is there, drawn as finely as it is shown. */
  const lay = async (at: Placement, signal: AbortSignal) => {
    if (!drawing) return;
    laid = at;
    const pixels = pixelsOf(at);
    const layer = createLayer(pixels, visible(port(), at, pixels));
    place(layer, placement);
    stage.append(layer.canvas);
    layers.push(layer);
    try {
      const rows = { from: layer.y, to: layer.y + layer.canvas.height };
      const options = { size: pixels, smooth: pixels <= MOST_SMOOTH, rows, signal, onRows: layer.put };
      await painter.paint(drawing, options);
      // Below it stays the first layer, of the whole picture, for what comes into view when one moves it.
      for (const older of layers.splice(1, layers.indexOf(layer) - 1)) older.canvas.remove();
    } catch (error) {
      layers.splice(layers.indexOf(layer), 1);
      layer.canvas.remove();
      if (!isCancelled(error)) console.warn(error);
    }
  };
  const middle = () => ({ x: stage.clientWidth / 2, y: stage.clientHeight / 2 });
  const zoomBy = (factor: number, at = middle()) => show(zoom(port(), placement, factor, at));
  const moveBy = (dx: number, dy: number) => show(move(port(), placement, dx, dy));

  listenForGestures(stage, { zoom: zoomBy, move: moveBy });
  closer.addEventListener("click", () => zoomBy(STEP));
  farther.addEventListener("click", () => zoomBy(1 / STEP));
  whole.addEventListener("click", () => show(fit(port())));
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "+" || key === "=") zoomBy(STEP);
    if (key === "-") zoomBy(1 / STEP);
    if (key === "0") show(fit(port()));
    const by = ARROWS[key];
    if (by) moveBy(...by);
  });
  dialog.addEventListener("close", () => {
    closing.abort();
    cancel.abort();
    clearTimeout(timer);
    drawing = undefined;
    laid = undefined;
    for (const { canvas } of layers.splice(0)) canvas.remove();
  });
  new ResizeObserver(() => drawing && show(settle(port(), zoom(port(), placement, 1, middle())))).observe(stage);
  return {
    open(shown, name) {
      drawing = shown;
      stage.setAttribute("aria-label", name);
      dialog.showModal();
      closing = new AbortController();
      placement = fit(port());
      void lay(placement, closing.signal); // the whole picture, however soon one zooms
      show(placement);
    },
  };
}

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [PAN_PX, 0],
  ArrowRight: [-PAN_PX, 0],
  ArrowUp: [0, PAN_PX],
  ArrowDown: [0, -PAN_PX],
};

/** A part of the picture, drawn at one size. */
interface Layer {
  canvas: HTMLCanvasElement;
  /** Pixels a side of the whole picture. */
  size: number;
  /** Where the part begins in it. */
  x: number;
  y: number;
  put(y: number, rgba: Uint8ClampedArray<ArrayBuffer>): void;
}

function isSame(one: Placement, other: Placement | undefined): boolean {
  return one.side === other?.side && one.x === other.x && one.y === other.y;
}

function createLayer(size: number, { columns, rows }: ReturnType<typeof visible>): Layer {
  const [x, y] = [columns[0], rows[0]];
  const canvas = h("canvas", { width: columns[1] - x, height: rows[1] - y, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  return { canvas, size, x, y, put: (at, rgba) => context?.putImageData(new ImageData(rgba, size), -x, at - y) };
}

function place({ canvas, size, x, y }: Layer, placement: Placement): void {
  const scale = placement.side / size;
  canvas.style.width = `${canvas.width * scale}px`;
  canvas.style.height = `${canvas.height * scale}px`;
  canvas.style.transform = `translate(${placement.x + x * scale}px, ${placement.y + y * scale}px)`;
}

/** Device pixels a side, as many as the renderer has. */
function pixelsOf({ side }: Placement): number {
  return Math.max(1, Math.min(MOST_PIXELS, Math.round(side * devicePixelRatio)));
}
