// On the worklist the key of Undo takes the last verdict back, as it does while one reads.
import { bind } from "./keys.js";

bind("verdict.undo", () => document.getElementById("undo").click());
