// Mouse, pen and fingers: the left button or one finger uses the tool, the others pan, two fingers pinch, the wheel steps or zooms.

import { windowed } from "./actions.js";
import { POINTS } from "./measure.js";

const REST = 200; // ms without the wheel: what comes then begins anew
const NOTCH = 40; // CSS px, less than any notch of a mouse's wheel that is turned fast

export function listen(room) {
  const { films, marks } = room;
  const touching = new Map(); // by pointer: its last event
  let drag = null; // {how, viewport, …} while a button is down
  let drawing = null; // a mark whose next point follows the pointer
  let turned = 0; // by the wheel since the last step, CSS px
  let rest = 0; // from when on it counts as still

  const pointOf = (viewport, event) => viewport.place.toImage(viewport.at(event));

  function begin(viewport, event) {
    const handle = event.target.closest(".mark-handle, .mark-hit");
    const isMain = event.button === 0 && !event.shiftKey;
    if (handle && isMain && !drawing) {
      const { mark } = handle.parentNode;
      marks.select(mark);
      return { how: "mark", mark, n: handle.dataset.point };
    }
    if (!isMain || room.tool === "pan") return { how: "pan" };
    if (!POINTS[room.tool]) return { how: "window" };
    // One that was begun on another picture is given up.
    if (drawing?.viewport !== viewport || !marks.on(viewport).includes(drawing.mark)) room.cancel(), (drawing = { mark: marks.add(viewport, room.tool, pointOf(viewport, event)), viewport, n: 1 });
    follow(event);
    return { how: "draw" };
  }

  /** The point that is drawn goes where the pointer is; a finger that taps never moved there. */
  function follow(event) {
    const { mark, viewport, n } = drawing;
    if (!marks.on(viewport).includes(mark)) return room.cancel(); // its picture went
    if (mark.kind !== "point") mark.points[n] = marks.within(viewport, pointOf(viewport, event));
    marks.drawAll();
  }

  /** The button or finger is up: the point stands, unless it lies on the one before, as after a click that begins a mark. */
  function fix() {
    const { mark, viewport, n } = drawing;
    const [a, b] = mark.points.slice(n - 1).map(viewport.place.toScreen);
    if (b && Math.hypot(b[0] - a[0], b[1] - a[1]) / viewport.ratio < 4) return;
    if (n + 1 < POINTS[mark.kind]) {
      mark.points.push([...mark.points[n]]);
      drawing.n++;
      return marks.drawAll();
    }
    drawing = null;
    room.take("window");
    marks.finish(mark);
  }

  room.cancel = () => {
    if (!drawing) return false;
    marks.remove(drawing.mark);
    drawing = null;
    return true;
  };

  films.addEventListener("pointerdown", (event) => {
    const viewport = room.of(event.target);
    if (!viewport?.image || event.target.closest("button, a")) return;
    if (event.button === 1) event.preventDefault();
    room.choose(viewport);
    touching.set(event.pointerId, event);
    viewport.element.setPointerCapture(event.pointerId);
    if (touching.size === 2) return void ((drag = { how: "pinch", viewport }), room.cancel());
    if (!event.target.closest(".mark")) marks.select(null);
    drag = { ...begin(viewport, event), viewport };
    viewport.element.toggleAttribute("data-dragging", drag.how === "window");
  });

  const drags = {
    window(viewport, event, dx, dy) {
      const span = Math.max(300, viewport.element.clientWidth);
      windowed(room, viewport, dy / span, Math.exp((1.5 * dx) / span));
    },
    pan: (viewport, event, dx, dy) => room.move(viewport, () => viewport.panBy(dx * viewport.ratio, dy * viewport.ratio)),
    mark(viewport, event, dx, dy, before) {
      const [a, b] = [pointOf(viewport, before), pointOf(viewport, event)];
      marks.shift(drag.mark, b[0] - a[0], b[1] - a[1], drag.n);
    },
    draw() {},
    pinch(viewport, event, dx, dy, before) {
      const other = [...touching.values()].find(({ pointerId }) => pointerId !== event.pointerId);
      const gap = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
      const middle = { clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2 };
      room.move(viewport, () => {
        viewport.panBy((dx / 2) * viewport.ratio, (dy / 2) * viewport.ratio);
        viewport.zoomTo((viewport.place.z * gap(event)) / gap(before), viewport.at(middle));
      });
    },
  };

  films.addEventListener("pointermove", (event) => {
    const hovered = room.of(event.target);
    if (room.hasLens && hovered) for (const each of room.viewports) (each.hasLens = each === hovered), each.drawLens(each === hovered ? hovered.at(event) : undefined);
    if (drawing) follow(event);
    const before = touching.get(event.pointerId);
    if (!before || !drag) return;
    drags[drag.how](drag.viewport, event, event.clientX - before.clientX, event.clientY - before.clientY, before);
    touching.set(event.pointerId, event);
  });

  for (const name of ["pointerup", "pointercancel"]) {
    films.addEventListener(name, (event) => {
      if (!touching.delete(event.pointerId) || !drag) return;
      drag.viewport.element.removeAttribute("data-dragging");
      if (drag.how === "draw" && drawing) fix();
      if (drag.how === "mark") marks.tell();
      drag = null;
    });
  }

  films.addEventListener("contextmenu", (event) => event.preventDefault());
  films.addEventListener("dblclick", (event) => {
    if (!event.target.closest("button, a, .mark") && room.of(event.target)) room.run("picture.full", event);
  });
  films.addEventListener("wheel", (event) => {
    const viewport = room.of(event.target);
    if (!viewport?.image) return;
    event.preventDefault();
    room.choose(viewport);
    const { deltaY, timeStamp } = event;
    if (event.ctrlKey || !room.where(viewport)) return room.move(viewport, () => viewport.zoomTo(viewport.place.z * Math.exp(-deltaY / 400), viewport.at(event)));
    // A trackpad tells of many small moves: the first after a rest is a step, as each notch of a wheel is, then so many px.
    turned = (turned * deltaY > 0 && turned) + deltaY;
    if (timeStamp > rest || Math.abs(turned) > NOTCH) room.scroll(viewport, Math.sign(deltaY)), (turned = 0);
    rest = timeStamp + REST;
  }, { passive: false });
}
