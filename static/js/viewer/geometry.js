// Where a picture lies on the screen. Image coordinates: the centre of the first pixel is (0.5, 0.5). Screen: device pixels.
// An orientation {swap, mx, my} exchanges the axes first, then mirrors.

export const UPRIGHT = { swap: false, mx: false, my: false };
export const rotated = (o) => ({ swap: !o.swap, mx: !o.my, my: o.mx });
export const flipped = (o) => ({ ...o, mx: !o.mx });
export const flippedVertically = (o) => ({ ...o, my: !o.my });

/** {isFlipped, angle}: a flip left to right, then a clockwise turn. */
export function described({ swap, mx, my }) {
  const isFlipped = (swap + mx + my) % 2 === 1;
  if (isFlipped && !swap) mx = !mx;
  return { isFlipped, angle: swap ? (mx ? 90 : 270) : mx ? 180 : 0 };
}

function orient({ swap, mx, my }, W, H, [x, y]) {
  if (swap) [x, y] = [y, x];
  return [mx ? W - x : x, my ? H - y : y];
}

function restore({ swap, mx, my }, W, H, [x, y]) {
  const [a, b] = [mx ? W - x : x, my ? H - y : y];
  return swap ? [b, a] : [a, b];
}

/** The placing of a picture of width × height in a viewport: view = {orientation, zoom (device pixels a pixel, null to fit), centre (or null)}. */
export function placing(view, width, height, vw, vh) {
  const o = view.orientation;
  const [W, H] = o.swap ? [height, width] : [width, height];
  const z = view.zoom ?? Math.min(vw / W, vh / H);
  const [cx, cy] = view.centre ? orient(o, W, H, view.centre) : [W / 2, H / 2];
  const ox = Math.round(vw / 2 - cx * z);
  const oy = Math.round(vh / 2 - cy * z);
  return {
    o, W, H, z, ox, oy, vw, vh, width, height,
    toScreen(point) {
      const [x, y] = orient(o, W, H, point);
      return [x * z + ox, y * z + oy];
    },
    toImage: ([x, y]) => restore(o, W, H, [(x - ox) / z, (y - oy) / z]),
  };
}

const within = (value, high) => Math.min(high, Math.max(0, value));

/** The view after a zoom that leaves the point under ``at`` where it is; after a pan, with ``to`` the place it moves to. */
export function moved(view, place, zoom, at, to = at) {
  const { o, W, H, vw, vh } = place;
  const [px, py] = orient(o, W, H, place.toImage(at));
  const [x, y] = restore(o, W, H, [px + (vw / 2 - to[0]) / zoom, py + (vh / 2 - to[1]) / zoom]);
  return { ...view, zoom, centre: [within(x, place.width), within(y, place.height)] };
}
