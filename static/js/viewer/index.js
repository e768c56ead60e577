// The viewer: reads what the case says of its pictures (#case-images), and binds keys and buttons. It lives outside what htmx swaps.

import { bind, claim } from "../keys.js";
import { ACTIONS, usePreset } from "./actions.js";
import { Loader } from "./loader.js";
import { inWords, presets } from "./common.js";
import { Marks } from "./marks.js";
import { listen } from "./pointers.js";
import { Room } from "./room.js";

const element = document.getElementById("viewer");

function start() {
  const loader = new Loader(element.dataset.worker);
  const room = new Room(element, loader);
  const find = (selector) => element.querySelector(selector);
  const live = document.getElementById("live");
  const [preset, rate] = [find("[data-presets]"), find("[data-rate]")];
  let offered = null; // the frame whose presets the menu lists

  room.tool = "window";
  room.say = (words) => words && live && (live.textContent = words);
  room.marks = new Marks(() => room.viewports, { editor: find(".mark-editor"), list: find("[data-marks]"), say: room.say });
  room.run = (id, event) => {
    if (room.current?.image) ACTIONS[id]?.(room, room.current, event);
    room.onchange();
  };
  room.take = (tool) => {
    room.cancel();
    room.tool = element.dataset.tool = tool;
    room.onchange();
  };

  function offer({ frame, header, chosen }) {
    if (offered !== frame) {
      preset.replaceChildren(...(frame ? presets(frame) : []).map(({ name }, n) => new Option(name, n)), new Option("Own window", "own"));
      preset.disabled = !frame;
      offered = frame;
    }
    const same = frame && presets(frame).findIndex(({ look }) => chosen && JSON.stringify(look) === JSON.stringify(chosen));
    preset.value = !frame || !chosen ? 0 : same < 0 ? "own" : same;
    preset.title = frame ? inWords(header, chosen ?? presets(frame)[0].look) : "";
  }

  room.onchange = () => {
    const view = room.current;
    if (!view?.image) return;
    const pressed = {
      [`tool.${room.tool}`]: true, "picture.invert": view.isInverted, "picture.magnifier": room.hasLens, "picture.cine": room.isPlaying,
      "picture.full": room.films.hasAttribute("data-solo"), "picture.full_screen": document.fullscreenElement, "hanging.link": room.isLinked,
    };
    for (const button of element.querySelectorAll("[data-do][aria-pressed]")) button.ariaPressed = Boolean(pressed[button.dataset.do]);
    const choices = { stack: room.stackOf(view), several: room.viewports, hangings: room.data.hangings };
    for (const part of element.querySelectorAll("[data-for]")) part.hidden = choices[part.dataset.for].length < 2;
    offer(view);
  };

  listen(room);
  for (const id of Object.keys(ACTIONS)) bind(id, (event) => room.run(id, event));
  claim((event, name) => {
    const side = /^Shift\+Arrow(\w+)$/.exec(name)?.[1].toLowerCase();
    if (side && room.marks.selected) return room.run(`picture.${side}`, event), true;
    if (name !== "Escape" || document.querySelector("dialog[open]")) return false;
    if (room.cancel() || room.tool !== "window") return room.take("window"), true;
    if (room.hasLens) return room.run("picture.magnifier"), true;
    if (!room.marks.selected) return false;
    room.marks.select(null);
    document.activeElement.blur();
    return true;
  });
  element.addEventListener("click", (event) => {
    const { do: id } = event.target.closest("[data-do]")?.dataset ?? {};
    if (id) room.run(id, event);
  });
  // Whoever chooses by mouse goes on with the room's keys; whoever chooses by keys, through the list.
  const chosen = (select, use) => select.addEventListener("change", () => (use(Number(select.value)), select.matches(":focus-visible") || select.blur()));
  chosen(preset, (n) => (usePreset(room, room.current, n), room.onchange()));
  chosen(rate, (n) => room.play(true, n));
  const keymap = JSON.parse(document.getElementById("keymap")?.textContent ?? "{}");
  for (const button of element.querySelectorAll("[data-do]")) {
    const keys = keymap[button.dataset.do]?.map((key) => key.replace(/(^|\+)[a-z]$/, (last) => last.toUpperCase())).join(" or ");
    button.title = [button.ariaLabel, keys && `(${keys})`].filter(Boolean).join(" ");
  }

  const show = () => {
    const json = document.getElementById("case-images");
    if (!json) return;
    const data = JSON.parse(json.textContent);
    data.images.reduce((before, image) => Object.assign(image, { ...before, ...image }), {}); // what a slice does not say is as before it
    room.open(data);
  };
  // Pictures that nobody saw coming are asked for while the page of their case is still being put up.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const [, written] = /<div id="case-images" hidden>([^<]*)</.exec(detail.serverResponse) ?? [];
    if (!written) return;
    const { images } = JSON.parse(new DOMParser().parseFromString(written, "text/html").body.textContent);
    for (const { preview, frameUrls, prior } of images.slice(0, 4)) if (preview && !prior && !loader.frames.has(frameUrls[0])) loader.preview(preview);
  });
  document.addEventListener("htmx:afterSwap", show);
  document.addEventListener("submit", () => {
    for (const input of document.querySelectorAll("input[name=display]")) input.value = JSON.stringify(room.shown);
  }, true);
  document.addEventListener("fullscreenchange", () => room.onchange());
  find("[data-do='picture.full_screen']").hidden = !document.fullscreenEnabled;
  addEventListener("online", () => room.askAgain());
  addEventListener("pagehide", () => loader.clear()); // shared workstations: nothing of anybody stays
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
  find("[data-tools]").hidden = false;
  show();
}

if (element) start();
