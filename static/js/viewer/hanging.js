// What hangs where: the pictures of a case as stacks, and the hanging the reader chose.

/** Pictures that are scrolled through: slices of one series and size. Projections (frontal, lateral) stand alone. */
export function stacks(images) {
  const groups = new Map();
  for (const image of images) {
    const isSlice = image.name === "View" && !image.problem;
    const key = isSlice ? [image.series, image.prior, image.height, image.width].join() : `image ${image.id}`;
    groups.set(key, [...(groups.get(key) ?? []), image]);
  }
  return [...groups.values()].map((group) => group.sort((a, b) => (a.instance ?? 0) - (b.instance ?? 0)));
}

/** [image, frame] of every step of a stack. */
export const steps = (stack) => stack.flatMap((image) => Array.from({ length: Math.max(1, image.frameUrls.length) }, (_, frame) => [image, frame]));

/** The named hanging, else the first; its images, at most four, or the first picture. */
export function hung(data, name) {
  const hanging = data.hangings.find((each) => each.name === name) ?? data.hangings[0];
  const images = (hanging?.images ?? []).map((index) => data.images[index]).filter(Boolean).slice(0, 4);
  return { name: hanging?.name ?? "", images: images.length ? images : data.images.slice(0, 1) };
}

export function following(data, name) {
  const at = data.hangings.findIndex((each) => each.name === name);
  return data.hangings[(at + 1) % data.hangings.length]?.name;
}
