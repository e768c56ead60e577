// A frame at half, a quarter, … of its size: each value the mean of four.

function halve(from, width, height) {
  const w = (width + 1) >> 1;
  const h = (height + 1) >> 1;
  const pairs = width >> 1;
  const out = new Uint16Array(w * h);
  for (let y = 0; y < h; y++) {
    let a = 2 * y * width;
    let b = 2 * y + 1 < height ? a + width : a;
    const row = y * w;
    for (let x = 0; x < pairs; x++, a += 2, b += 2) out[row + x] = (from[a] + from[a + 1] + from[b] + from[b + 1] + 2) >> 2;
    if (w > pairs) out[row + pairs] = (from[a] + from[b] + 1) >> 1;
  }
  return out;
}

/** Levels {width, height, planes}, the full one first, down to a longer side of 256. */
export function pyramid(planes, width, height) {
  const levels = [{ width, height, planes }];
  for (let last = levels[0]; Math.max(last.width, last.height) > 256; levels.push(last)) {
    const { width: w, height: h } = last;
    last = { width: (w + 1) >> 1, height: (h + 1) >> 1, planes: last.planes.map((plane) => halve(plane, w, h)) };
  }
  return levels;
}
