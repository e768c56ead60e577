// The lossless frame file (docs/pixels.md): its header, and its values rebuilt from what differed from the mean of left and upper neighbour.

const MAGIC = 0x31465343; // "CSF1"

const signed = (z) => (z >>> 1) ^ -(z & 1);

function rebuild(low, high, width, height) {
  const out = new Uint16Array(width * height);
  const mask = high ? 0xffff : 0xff;
  const size = width * height;
  let west = 0;
  for (let i = 0; i < width; i++) out[i] = west = (west + signed(high ? low[i] | (high[i] << 8) : low[i])) & mask;
  for (let row = width; row < size; row += width) {
    const end = row + width;
    west = out[row - width]; // the first of a row has none: what lies above counts for both
    if (high) {
      for (let i = row; i < end; i++) {
        const z = low[i] | (high[i] << 8);
        out[i] = west = (((west + out[i - width]) >>> 1) + ((z >>> 1) ^ -(z & 1))) & 0xffff;
      }
    } else {
      for (let i = row; i < end; i++) {
        const z = low[i];
        out[i] = west = (((west + out[i - width]) >>> 1) + ((z >>> 1) ^ -(z & 1))) & 0xff;
      }
    }
  }
  return out;
}

/** Padding is no part of the picture, and no mean may be taken of it: where there is some, it becomes 0, and a second plane says how much of each
 * value is picture, from 0 to 0xffff. */
function apart(plane, { padding, offset }) {
  if (!padding) return [plane];
  const [low, high] = padding.map((value) => value + offset);
  const share = new Uint16Array(plane.length);
  let count = 0;
  for (let i = 0; i < plane.length; i++) {
    if (plane[i] < low || plane[i] > high) share[i] = 0xffff;
    else (plane[i] = 0), count++;
  }
  return count ? [plane, share] : [plane];
}

/** {header, planes}: one plane of unsigned values for grey (two where some are padding), three for colour. Throws on anything that is no frame file. */
export function readFrame(buffer) {
  const head = new DataView(buffer);
  if (buffer.byteLength < 8 || head.getUint32(0, true) !== MAGIC) throw new TypeError("not a frame file");
  const length = head.getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const { width, height, bits, kind } = header;
  const [high, wide] = header.spacing ?? [1, 1];
  header.stretch ??= Math.abs(high / wide - 1) > 0.01 ? [Math.max(1, wide / high), Math.max(1, high / wide)] : [1, 1]; // older files do not say it
  const size = width * height;
  const start = (8 + length + 7) & ~7;
  const part = (n) => new Uint8Array(buffer, start + n * size, size);
  const planes = kind === "rgb" ? [0, 1, 2].map((n) => rebuild(part(n), null, width, height)) : apart(rebuild(part(0), bits === 8 ? null : part(1), width, height), header);
  return { header, planes };
}
