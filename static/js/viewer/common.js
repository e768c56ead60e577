// What the page and the worker both do with a picture: placing it, its windows, grey levels, and sampling it at the screen's size.

export { UPRIGHT, described, flipped, flippedVertically, moved, placing, rotated } from "./geometry.js";
export { asWindow, changed, inWords, ownLook, presets } from "./looks.js";
export { greyTable, modality } from "./lut.js";
export { coloured, sampled } from "./resample.js";
