// Files on their way: a few at once, each piece after piece; a lost line is waited for, a lost session told.
import { Mark } from "./marks.js";
import { Refused, SignedOut, announce, send } from "./wire.js";

const AT_ONCE = 3;
const LONGEST_WAIT = 30_000;
const COMPARED_AT_MOST = 3; // times, of a file that another tab sends meanwhile
const UNREADABLE = "The browser can no longer read it; choose it again.";
const named = ({ name, source, isReports }) => ({ name, size: source.size, is_reports: isReports });

export class Queue {
  // room: the element with the addresses and limits; hear(file | null): something changed of this file, or of the whole.
  constructor(room, hear) {
    this.url = room.dataset.files;
    this.piece = Number(room.dataset.piece);
    this.announced = Number(room.dataset.announced);
    this.hear = hear;
    this.files = [];
    this.byName = new Map();
    this.problem = "";
    this.isPaused = false;
    this.workers = 0;
    this.wake = () => {};
  }

  get next() { return this.files.find((file) => file.state === "waiting"); }
  get size() { return this.files.reduce((sum, file) => sum + file.source.size, 0); }
  get sent() { return this.files.reduce((sum, file) => sum + file.offset, 0); }
  get isDone() { return this.files.length > 0 && this.files.every((file) => file.state === "done"); }

  async add(chosen) {
    for (let start = 0; start < chosen.length; start += this.announced) {
      const some = chosen.slice(start, start + this.announced);
      const places = await this.patiently(() => announce(this.url, some.map(named)));
      if (!places) return;
      const files = places.map((place, index) => this.enter(some[index], place));
      this.hear(null);
      this.go();
      await this.compare(files.filter((file) => file?.state === "comparing"));
    }
  }

  // One that is chosen again is another file perhaps; only while it is sent, its own bytes are still awaited.
  enter({ name, source, isReports }, place) {
    const key = `${isReports}/${name}`;
    let file = this.byName.get(key);
    if (file && ["sending", "comparing"].includes(file.state)) return undefined;
    if (!file) {
      this.files.push(file = { name, isReports });
      this.byName.set(key, file);
    }
    Object.assign(file, { source, mark: new Mark(), isAnew: false });
    this.place(file, place);
    return file;
  }

  place(file, { pk, offset, problem, is_whole: isWhole, is_compared: isCompared }) {
    const state = !pk ? "refused" : !isCompared ? "comparing" : isWhole ? "done" : "waiting";
    Object.assign(file, { pk, offset, state, problem: pk ? "" : problem });
  }

  // Whether what is here of these files is theirs, the server judges by the checksum of as many bytes of each.
  async compare(files) {
    for (let count = 0; files.length && count < COMPARED_AT_MOST; count++) {
      for (const file of files) await this.read(file);
      files = files.filter((file) => file.state === "comparing");
      const told = files.map((file) => ({ ...named(file), offset: file.offset, checksum: file.mark.text }));
      const places = files.length ? await this.patiently(() => announce(this.url, told)) : [];
      if (!places) break;
      places.forEach((place, index) => {
        const file = files[index];
        file.isAnew = place.is_compared && place.offset < file.offset;
        this.place(file, place);
        this.hear(file);
      });
      this.go();
      files = files.filter((file) => file.state === "comparing");
    }
    const text = this.problem || "Another page sends it.";
    for (const file of files) Object.assign(file, { state: "refused", problem: `It was not compared. ${text} Choose it again.` });
    this.hear(null);
  }

  async read(file) {
    this.hear(file);
    try {
      file.mark = await file.mark.upTo(file.offset, file.source, this.piece);
    } catch {
      Object.assign(file, { state: "refused", problem: UNREADABLE });
      this.hear(file);
    }
  }

  go() {
    let waiting = 0;
    for (const file of this.files) if (file.state === "waiting" && ++waiting === AT_ONCE) break;
    while (this.workers < waiting) {
      this.workers += 1;
      this.work().finally(() => { this.workers -= 1; this.hear(null); });
    }
  }

  async work() {
    for (let file = this.next; file && !this.isPaused; file = this.next) await this.sendFile(file);
  }

  async sendFile(file) {
    file.state = "sending";
    this.hear(file);
    let elsewhere = 0; // answers in a row that the server stands elsewhere
    while (file.state === "sending") {
      if (this.isPaused) { file.state = "waiting"; break; }
      const answer = await this.patiently(() => this.sendPiece(file), file);
      if (!answer) break;
      elsewhere = answer.isElsewhere ? elsewhere + 1 : 0;
      if (elsewhere > 5) { file.state = "refused"; file.problem = answer.detail; }
      file.offset = answer.offset;
      if (answer.is_whole || file.offset === file.source.size) file.state = answer.isElsewhere ? "comparing" : "done";
      this.hear(file);
    }
    this.hear(file);
    // Its last piece came without us: the answer was lost, or another page sent it.
    if (file.state === "comparing") await this.compare([file]);
  }

  async sendPiece(file) {
    const offset = file.offset;
    const before = await file.mark.upTo(offset, file.source, this.piece);
    const bytes = await file.source.slice(offset, offset + this.piece).arrayBuffer();
    const { checksum, mark } = await before.followedBy(bytes);
    const answer = await send(`${this.url}${file.pk}/`, bytes, offset, checksum, before.text);
    file.mark = answer.offset === mark.length ? mark : before;
    return answer;
  }

  // Runs it until it succeeds or is refused; undefined when it was refused, paused or the session has ended.
  async patiently(step, file = null) {
    for (let wait = 1000; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      try {
        const answer = await step();
        if (this.problem) { this.problem = ""; this.hear(null); }
        return answer;
      } catch (error) {
        if (error instanceof Refused || error instanceof DOMException) {
          const text = error instanceof Refused ? error.message : UNREADABLE;
          if (!file) { this.problem = text; this.hear(null); return undefined; }
          file.state = "refused";
          file.problem = text;
          return undefined;
        }
        if (error instanceof SignedOut) {
          this.isPaused = true;
          this.problem = `Your session has ended. Sign in again in another tab, then ${file ? "press Go on" : "choose the files again"}.`;
          if (!file) this.isPaused = false;
          if (file) file.state = "waiting";
          this.hear(file);
          return undefined;
        }
        this.problem = "The connection is lost; what is sent stays sent. Trying again…";
        this.hear(file);
        await new Promise((done) => { this.wake = done; setTimeout(done, wait); });
        if (this.isPaused) { if (file) file.state = "waiting"; return undefined; }
      }
    }
  }

  pause() { this.isPaused = true; this.wake(); this.hear(null); }
  resume() { this.isPaused = false; this.problem = ""; this.go(); this.hear(null); }
}
