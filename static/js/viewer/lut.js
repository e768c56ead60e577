// Stored values to grey levels, as DICOM PS3.3 C.11 says and cases/rendition.py does: modality transform, then VOI table, window or whole
// range, between dark and bright (exchanged where the picture is inverted), clipped, and only then rounded down.

function numbers(text) {
  const raw = atob(text);
  const bytes = Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
  return new Uint16Array(bytes.buffer);
}

function tableOf(lut) {
  lut.entries ??= numbers(lut.data);
  const { first, entries } = lut;
  const last = entries.length - 1;
  return (value) => entries[Math.min(last, Math.max(0, Math.floor(value) - first))];
}

/** A stored value in output units of the modality transform. */
export function modality(header) {
  if (header.modalityLut) return tableOf(header.modalityLut);
  const { slope, intercept } = header;
  return (stored) => stored * slope + intercept;
}

/** The function from output units to grey levels between dark and bright, not yet clipped. look: {voi: n}, {center, width, shape} or {} for the
 * whole range. The order of the operations matters to the last bit: it is that of cases/rendition.py, and so dcmtk's. */
export function levelling(header, look, dark = 0, bright = 255) {
  const spread = bright - dark;
  let { center, width, shape } = look;
  if (look.voi !== undefined) {
    const lut = header.voiLuts[look.voi];
    const entry = tableOf(lut);
    const step = (spread + 1) / 2 ** lut.bits;
    return (value) => dark + entry(value) * step;
  }
  if (center === undefined) {
    const ends = header.range.map(modality(header));
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    if (high <= low) return () => dark;
    [center, width, shape] = [(low + high) / 2 + 0.5, high - low + 1, "LINEAR"];
  }
  if (shape === "SIGMOID") return (value) => dark + spread / (1 + Math.exp((-4 * (value - center)) / width));
  if (shape !== "LINEAR_EXACT") [center, width] = [center - 0.5, width - 1];
  if (width <= 0) return (value) => (value <= center ? dark : bright);
  const [left, right] = [center - width / 2, center + width / 2];
  const [start, step] = [bright - (center / width + 0.5) * spread, spread / width];
  return (value) => (value <= left ? dark : value > right ? bright : start + value * step);
}

/** For every unsigned value its pixel: 0xffLLLLLL. ``isInverted`` turns the picture's own sense around. */
export function greyTable(header, look, isInverted = false) {
  const size = 2 ** header.bits;
  const stored = modality(header);
  const level = header.inverted !== isInverted ? levelling(header, look, 255, 0) : levelling(header, look);
  const table = new Uint32Array(size);
  for (let u = 0; u < size; u++) {
    const grey = Math.min(255, Math.max(0, level(stored(u - header.offset))));
    table[u] = 0xff000000 | (Math.floor(grey) * 0x10101);
  }
  return table;
}
