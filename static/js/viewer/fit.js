// A frame as it fits a viewport of a known size, in its own window: made in the worker, so that a case opens by one copy to the screen.

import { UPRIGHT, coloured, greyTable, ownLook, placing, sampled } from "./common.js";

/** {vw, vh, sample, pixels}: what a viewport of ``vw`` × ``vh`` device pixels shows of a frame that nobody has touched. */
export function fitted(frame, [vw, vh]) {
  const { header } = frame;
  const sample = sampled(frame, placing({ orientation: UPRIGHT }, header, vw, vh));
  if (!sample) return null;
  const raster = new ImageData(sample.width, sample.height);
  coloured(sample, greyTable(header, ownLook(header)), raster);
  return { vw, vh, sample, pixels: raster.data };
}
