// Runs before any script of the page: notes when keys were pressed, cases told and painted, and breaches of the policy.
(() => {
  const watch = { painted: [], violations: [], key: 0, told: 0, isAlone: false, waiting: null };

  addEventListener("keydown", (event) => { watch.key = event.timeStamp; }, true);
  document.addEventListener("securitypolicyviolation", (event) => watch.violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
  document.addEventListener("DOMContentLoaded", () => { watch.told ||= performance.now(); });
  document.addEventListener("htmx:beforeSwap", () => { watch.told = performance.now(); });

  // Without anything fetched ahead, where that is wanted: the page is told of no coming case.
  document.addEventListener("htmx:afterSwap", () => {
    const json = watch.isAlone && document.getElementById("case-images");
    if (json) json.textContent = JSON.stringify({ ...JSON.parse(json.textContent), prefetch: [] });
  }, true);

  document.addEventListener("viewer:painted", ({ detail }) => {
    const at = performance.now();
    watch.painted.push({ ...detail, at, fromKey: at - watch.key, fromTold: at - watch.told });
    watch.waiting?.();
  });

  /** The first case other than `before` painted after the `seen`-th event: as soon as anything shows it ("preview"), or in full; null if it does not come. */
  watch.next = (seen, before, stage, patience) => new Promise((resolve) => {
    const look = () => {
      const found = watch.painted.slice(seen).find((each) => each.case !== before && (stage === "preview" || each.stage === "full"));
      if (!found) return;
      clearTimeout(timer);
      watch.waiting = null;
      resolve(found);
    };
    const timer = setTimeout(() => resolve(null), patience);
    watch.waiting = look;
    look();
  });

  /** Frames a second that were drawn while the pointer, which is down, moves in every frame. */
  watch.drag = (x, y, seconds) => new Promise((resolve) => {
    const context = CanvasRenderingContext2D.prototype;
    const draw = context.putImageData;
    let [drawn, isDrawn, step] = [0, false, 0];
    context.putImageData = function (...given) {
      isDrawn = true;
      return draw.apply(this, given);
    };
    const began = performance.now();
    const turn = () => {
      drawn += isDrawn;
      isDrawn = false;
      const passed = performance.now() - began;
      if (passed >= seconds * 1000) {
        context.putImageData = draw;
        return resolve(drawn / (passed / 1000));
      }
      step += 1;
      const [clientX, clientY] = [x + 80 * Math.sin(step / 15), y + 60 * Math.cos(step / 20)];
      const how = { pointerId: 1, pointerType: "mouse", isPrimary: true, bubbles: true, cancelable: true, buttons: 1, clientX, clientY };
      document.elementFromPoint(x, y).dispatchEvent(new PointerEvent("pointermove", how));
      requestAnimationFrame(turn);
    };
    requestAnimationFrame(turn);
  });

  globalThis.readingWatch = watch;
})();
