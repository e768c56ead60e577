// The part of a frame that a viewport shows, as 16-bit values at the screen's resolution: areas averaged when it shrinks, interpolated
// when it grows, nearest value from four times on; at one-to-one the values themselves. Grey levels come after (lut.js).

/** For each of ``count`` outputs along one axis: first input, number of inputs, their weights. ``from`` and ``step`` in inputs. */
export function axis(from, step, count, size) {
  const start = new Int32Array(count);
  const isWhole = step === 1 && Number.isInteger(from);
  if (isWhole || step <= 0.25 || size === 1) {
    for (let i = 0; i < count; i++) start[i] = Math.min(size - 1, Math.max(0, Math.floor(from + (isWhole ? i : (i + 0.5) * step))));
    return { start, taps: 1 };
  }
  const isGrowing = step <= 1;
  const taps = isGrowing ? 2 : Math.min(size, Math.ceil(step) + 1);
  const weights = new Float32Array(taps * count);
  for (let i = 0; i < count; i++) {
    const low = Math.min(size - 1e-6, Math.max(0, from + i * step));
    const high = Math.max(low + 1e-6, Math.min(size, from + (i + 1) * step));
    const at = Math.min(size - 1, Math.max(0, from + (i + 0.5) * step - 0.5));
    const s = (start[i] = Math.min(size - taps, Math.floor(isGrowing ? at : low)));
    for (let k = 0; k < taps; k++) {
      weights[taps * i + k] = isGrowing ? 1 - Math.abs(at - s - k) : Math.max(0, Math.min(high, s + k + 1) - Math.max(low, s + k)) / (high - low);
    }
  }
  return { start, taps, weights };
}

/** Rows ``start[j]`` and below, weighted, into ``row``. */
function down(from, width, { start, taps, weights }, j, first, row) {
  const n = row.length;
  for (let k = 0, a = start[j] * width + first; k < taps; k++, a += width) {
    const w = taps === 1 ? 1 : weights[taps * j + k];
    if (!k) for (let i = 0; i < n; i++) row[i] = from[a + i] * w;
    else if (w) for (let i = 0; i < n; i++) row[i] += from[a + i] * w;
  }
}

function across(row, { start, taps, weights }, first, out, at) {
  const n = start.length;
  if (taps === 1) for (let i = 0; i < n; i++) out[at + i] = row[start[i] - first] + 0.5;
  else if (taps === 2) for (let i = 0, w = 0, s; i < n; i++, w += 2) (s = start[i] - first), (out[at + i] = row[s] * weights[w] + row[s + 1] * weights[w + 1] + 0.5);
  else for (let i = 0, w = 0, s; i < n; i++) {
    s = start[i] - first;
    let sum = row[s] * weights[w] + row[s + 1] * weights[w + 1] + row[s + 2] * weights[w + 2] + 0.5;
    for (let k = 3; k < taps; k++) sum += row[s + k] * weights[w + k];
    w += taps;
    out[at + i] = sum;
  }
}

function resample(from, width, x, y) {
  const [nx, ny] = [x.start.length, y.start.length];
  const out = new Uint16Array(nx * ny);
  const first = x.start[0];
  const row = new Float32Array(x.start[nx - 1] + x.taps - first);
  for (let j = 0; j < ny; j++) {
    const at = j * nx;
    if (j && y.taps === 1 && y.start[j] === y.start[j - 1]) {
      out.copyWithin(at, at - nx, at);
      continue;
    }
    if (x.taps === 1 && y.taps === 1) {
      for (let i = 0, a = y.start[j] * width; i < nx; i++) out[at + i] = from[a + x.start[i]];
      continue;
    }
    down(from, width, y, j, first, row);
    across(row, x, first, out, at);
  }
  return out;
}

/** What ``place`` (geometry.js) shows of ``frame``: values in image orientation, place and size on the screen; null if nothing. */
export function sampled(frame, place) {
  const { o, W, H, z, ox, oy, vw, vh, width, height, sx, sy } = place;
  const X = [Math.max(0, ox), Math.min(vw, Math.ceil(ox + W * z - 1e-6))];
  const Y = [Math.max(0, oy), Math.min(vh, Math.ceil(oy + H * z - 1e-6))];
  if (X[1] <= X[0] || Y[1] <= Y[0]) return null;
  const level = Math.min(frame.levels.length - 1, Math.max(0, Math.floor(Math.log2(1 / z / Math.max(sx, sy))) - 1)); // two values of it or more make one
  const share = 2 ** level;
  const { planes, width: w, height: h } = frame.levels[level];
  const along = ([s0, s1], origin, isMirrored, whole, size, stretch) =>
    axis((isMirrored ? whole * stretch - (s1 - origin) / z : (s0 - origin) / z) / stretch / share, 1 / z / stretch / share, s1 - s0, size);
  const [ax, ay] = [[X, ox, o.mx], [Y, oy, o.my]];
  const x = along(...(o.swap ? ay : ax), width, w, sx);
  const y = along(...(o.swap ? ax : ay), height, h, sy);
  return { planes: planes.map((plane) => resample(plane, w, x, y)), nx: x.start.length, ny: y.start.length, o, left: X[0], top: Y[0], width: X[1] - X[0], height: Y[1] - Y[0] };
}

/** Writes the grey levels into ``raster`` (ImageData), as the screen is oriented. */
export function coloured({ planes, nx, ny, o, width: stride }, table, raster) {
  const pixels = new Uint32Array(raster.data.buffer);
  const di = o.swap ? (o.my ? -stride : stride) : o.mx ? -1 : 1;
  const dj = o.swap ? (o.mx ? -1 : 1) : o.my ? -stride : stride;
  const begin = (di < 0 ? -di * (nx - 1) : 0) + (dj < 0 ? -dj * (ny - 1) : 0);
  const [a, b, c] = planes;
  for (let j = 0, i = 0; j < ny; j++) {
    let at = begin + j * dj;
    if (!b) for (const end = i + nx; i < end; i++, at += di) pixels[at] = table[a[i]];
    else if (!c) for (const end = i + nx; i < end; i++, at += di) pixels[at] = 0xff000000 | (Math.round(((table[Math.min(table.length - 1, (a[i] / b[i]) * 0xffff + 0.5) | 0] & 255) * b[i]) / 0xffff) * 0x10101); // as black as padding has part in it
    else for (const end = i + nx; i < end; i++, at += di) pixels[at] = (table[a[i]] & 0xff0000ff) | (table[b[i]] & 0xff00) | (table[c[i]] & 0xff0000);
  }
}
