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

/** The placing of a picture {width, height, stretch} in a viewport: view = {orientation, zoom (device pixels a pixel; none: it fits), centre (or
 * none)}. Where pixels are no squares, ``stretch`` says how many times as wide and as high they are drawn; zoom is along the finer axis. */
export function placing(view, { width, height, stretch: [sx, sy] }, vw, vh) {
  const o = view.orientation;
  const [W, H] = o.swap ? [height * sy, width * sx] : [width * sx, height * sy];
  const z = view.zoom ?? Math.min(vw / W, vh / H);
  const turn = (x, y) => [o.mx ? W - x : x, o.my ? H - y : y];
  const orient = ([x, y]) => (o.swap ? turn(y * sy, x * sx) : turn(x * sx, y * sy));
  const [cx, cy] = view.centre ? orient(view.centre) : [W / 2, H / 2];
  const ox = Math.round(vw / 2 - cx * z);
  const oy = Math.round(vh / 2 - cy * z);
  return {
    o, W, H, z, ox, oy, vw, vh, width, height, sx, sy,
    toScreen(point) {
      const [x, y] = orient(point);
      return [x * z + ox, y * z + oy];
    },
    toImage([x, y]) {
      const [a, b] = turn((x - ox) / z, (y - oy) / z);
      return o.swap ? [b / sx, a / sy] : [a / sx, b / sy];
    },
  };
}

const within = (value, high) => Math.min(high, Math.max(0, value));

/** The view after a zoom that leaves the point under ``at`` where it is; after a pan, with ``to`` the place it moves to. */
export function moved(view, place, zoom, at, to = at) {
  const { z, vw, vh, width, height } = place;
  const [x, y] = place.toImage([at[0] + ((vw / 2 - to[0]) * z) / zoom, at[1] + ((vh / 2 - to[1]) * z) / zoom]);
  return { ...view, zoom, centre: [within(x, width), within(y, height)] };
}
