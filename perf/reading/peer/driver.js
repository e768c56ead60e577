// The peer's side of the reading benchmark: Cornerstone3D shows the same films, and says how long it took.
import { cache, Enums, imageLoader, init as initCore, RenderingEngine } from "@cornerstonejs/core";
import { init as initLoader } from "@cornerstonejs/dicom-image-loader";
import { addTool, init as initTools, StackScrollTool, ToolGroupManager, WindowLevelTool, ZoomTool, PanTool, Enums as ToolEnums } from "@cornerstonejs/tools";

const CPU = new URLSearchParams(location.search).get("mode") === "cpu";
const frame = () => new Promise((done) => requestAnimationFrame(done));
const imageId = (url) => `wadouri:${new URL(url, location.href)}`;
let engine = null;

async function start() {
  await initCore({ rendering: { useCPURendering: CPU } });
  initLoader({ maxWebWorkers: 2, decodeConfig: { wasmBasePath: "/" } });
  initTools();
  cache.setMaxCacheSize(1024 * 1024 * 1024);
  for (const tool of [WindowLevelTool, ZoomTool, PanTool, StackScrollTool]) addTool(tool);
  const group = ToolGroupManager.createToolGroup("reading");
  for (const tool of [WindowLevelTool, ZoomTool, PanTool, StackScrollTool]) group.addTool(tool.toolName);
  group.setToolActive(WindowLevelTool.toolName, { bindings: [{ mouseButton: ToolEnums.MouseBindings.Primary }] });
  engine = new RenderingEngine("reading");
  engine.setViewports(["left", "right"].map((viewportId) => (
    { viewportId, type: Enums.ViewportType.STACK, element: document.getElementById(viewportId) })));
  for (const viewport of engine.getViewports()) group.addViewport(viewport.id, "reading");
  await frame();
  await frame();
  return performance.now();
}

const rendered = (element) => new Promise((done) => element.addEventListener(Enums.Events.IMAGE_RENDERED, done, { once: true }));

// Milliseconds from being asked for the films to all of them painted: the frame after they were rendered has passed, as with ours.
async function show(urls, hasVerdict) {
  const began = performance.now();
  if (hasVerdict) await fetch("/verdict", { method: "POST" });
  await Promise.all(engine.getViewports().slice(0, urls.length).map(async (viewport, place) => {
    await viewport.setStack([imageId(urls[place])]);
    const painted = rendered(viewport.element);
    viewport.render();
    await painted;
  }));
  await frame();
  await new Promise((done) => setTimeout(done));
  return performance.now() - began;
}

const prefetch = (urls) => Promise.all(urls.map((url) => imageLoader.loadAndCacheImage(imageId(url)))).then(() => urls.length);

// Frames a second while the window of the first film changes in every frame.
async function drag(seconds) {
  const [viewport] = engine.getViewports();
  const { lower, upper } = viewport.getProperties().voiRange;
  let drawn = 0;
  const count = () => { drawn += 1; };
  viewport.element.addEventListener(Enums.Events.IMAGE_RENDERED, count);
  const began = performance.now();
  for (let step = 0; performance.now() - began < seconds * 1000; step += 1) {
    const by = (upper - lower) * 0.2 * Math.sin(step / 10);
    viewport.setProperties({ voiRange: { lower: lower + by, upper: upper - by } });
    viewport.render();
    await frame();
  }
  viewport.element.removeEventListener(Enums.Events.IMAGE_RENDERED, count);
  return drawn / ((performance.now() - began) / 1000);
}

window.peer = { show, prefetch, drag, ready: start() };
