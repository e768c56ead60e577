// What hangs where: the pictures of a case as stacks, and the hanging the reader chose.

/** The pictures as the server has them in stacks: each that begins none belongs to the one before. */
export function stacks(images) {
  const groups = [];
  for (const image of images) image.begins ? groups.push([image]) : groups.at(-1).push(image);
  return groups;
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
