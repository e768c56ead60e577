// Fetches frames, decodes them and fits them into the viewport's box off the page's thread. In: {id, url, low, box} or {abort: id}.
// Out: {id} with frame, waiting or problem.

import { readFrame } from "./decode.js";
import { fitted } from "./fit.js";
import { presets } from "./common.js";
import { pyramid } from "./pyramid.js";

const running = new Map();
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function bytes(id, url, low, signal) {
  for (let turn = 0; turn < 120; turn++) {
    const response = await fetch(url, { signal, priority: low ? "low" : "high" });
    if (response.redirected || response.status === 401) return { problem: "signed-out" };
    if (response.status === 202) {
      postMessage({ id, waiting: true });
      await pause(Number(response.headers.get("Retry-After")) || 1);
      if (signal.aborted) return null;
      continue;
    }
    if (response.ok) return { buffer: await response.arrayBuffer() };
    const isText = response.headers.get("Content-Type")?.startsWith("text/plain");
    const words = isText ? (await response.text()).slice(0, 300) : "";
    return { problem: response.status < 500 ? "refused" : "network", words };
  }
  return { problem: "network" };
}

async function work({ id, url, low, box }) {
  const stop = new AbortController();
  running.set(id, stop);
  try {
    const got = await bytes(id, url, low, stop.signal);
    if (!got) return;
    if (got.problem) return postMessage({ id, ...got });
    const { header, planes } = readFrame(got.buffer);
    got.buffer.transfer?.(0); // 15 MB, freed now and not when the collector comes
    const levels = pyramid(planes, header.width, header.height);
    const frame = { header, levels };
    presets(frame);
    frame.fit = box && fitted(frame, box);
    const parts = levels.flatMap((level) => level.planes.map((plane) => plane.buffer));
    if (frame.fit) parts.push(frame.fit.pixels.buffer, ...frame.fit.sample.planes.map((plane) => plane.buffer));
    frame.bytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
    postMessage({ id, frame }, parts);
  } catch (error) {
    if (!stop.signal.aborted) postMessage({ id, problem: error.name === "TypeError" && !/frame file/.test(error.message) ? "network" : "broken" });
  } finally {
    running.delete(id);
  }
}

addEventListener("message", ({ data }) => {
  if (data.abort) running.get(data.abort)?.abort();
  else work(data);
});
