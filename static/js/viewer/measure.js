// What a mark measures, in words. Points in image pixels; lengths in mm where the file says how large a pixel is.

export const POINTS = { length: 2, angle: 3, ellipse: 2, box: 2, point: 1 };
export const NAMES = { length: "Length", angle: "Angle", ellipse: "Ellipse", box: "Box", point: "Point" };

const fixed = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1));

/** {scale: [x, y], unit, remark}: pixels of the finer axis where nothing is known, else mm and the header's words for where they hold. */
export function ruler(header) {
  const spacing = header?.spacing;
  if (!spacing?.[0] || !spacing[1]) return { scale: header?.stretch ?? [1, 1], unit: "px", remark: "" };
  return { scale: [spacing[1], spacing[0]], unit: "mm", remark: header.spacingWords };
}

const apart = ([ax, ay], [bx, by], [sx, sy]) => [(bx - ax) * sx, (by - ay) * sy];

/** Degrees at the middle one of three points. */
export function angle([a, b, c], scale = [1, 1]) {
  const [u, v] = [apart(b, a, scale), apart(b, c, scale)];
  const turn = Math.abs(Math.atan2(u[1], u[0]) - Math.atan2(v[1], v[0]));
  return ((turn > Math.PI ? 2 * Math.PI - turn : turn) * 180) / Math.PI;
}

/** {n, mean, sd} of the pixels whose centres lie in the box or the ellipse in it, in output units of ``stored``. */
export function statistics(kind, [[ax, ay], [bx, by]], { width, height, planes }, stored) {
  const [left, right, top, bottom] = [Math.min(ax, bx), Math.max(ax, bx), Math.min(ay, by), Math.max(ay, by)];
  const [cx, cy, rx, ry] = [(left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2];
  let [n, sum, squares] = [0, 0, 0];
  for (let y = Math.max(0, Math.ceil(top - 0.5)); y < height && y + 0.5 <= bottom; y++) {
    const half = kind === "box" ? rx : rx * Math.sqrt(Math.max(0, 1 - ((y + 0.5 - cy) / ry) ** 2));
    for (let x = Math.max(0, Math.ceil(cx - half - 0.5)); x < width && x + 0.5 <= cx + half; x++) {
      const at = y * width + x;
      if (planes[1]?.[at] === 0) continue; // padding
      const value = stored(planes[0][at]);
      n++;
      sum += value;
      squares += value * value;
    }
  }
  const mean = sum / n;
  return { n, mean, sd: n > 1 ? Math.sqrt(Math.max(0, (squares - n * mean * mean) / (n - 1))) : 0 };
}

/** The mark's words, e.g. "46.3 mm at detector"; ``stored`` turns a value of the frame into output units. */
export function words({ kind, points }, header, level, stored) {
  if (points.length < POINTS[kind]) return "";
  const { scale, unit, remark } = ruler(header);
  if (kind === "length") return `${fixed(Math.hypot(...apart(...points, scale)))} ${unit}${remark}`;
  if (kind === "angle") return `${angle(points, scale).toFixed(1)}°`;
  const isGrey = level?.planes.length < 3;
  if (kind === "point") {
    const [x, y] = points[0].map(Math.floor);
    const at = y * level?.width + x;
    const isInside = isGrey && x >= 0 && y >= 0 && x < level.width && y < level.height && level.planes[1]?.[at] !== 0;
    return isInside ? `value ${fixed(stored(level.planes[0][at]))}` : `${x}, ${y}`;
  }
  const [dx, dy] = apart(...points, scale).map(Math.abs);
  const area = dx * dy * (kind === "ellipse" ? Math.PI / 4 : 1);
  const [whole, small] = [`${fixed(area / 100)} cm²`, `${fixed(area)} mm²`];
  const size = unit === "mm" ? (area < 100 ? small : whole) + remark : `${area.toFixed(0)} px²`;
  const { n, mean, sd } = isGrey ? statistics(kind, points, level, stored) : {};
  return n ? `mean ${fixed(mean)}, SD ${fixed(sd)}, ${size}` : size;
}
