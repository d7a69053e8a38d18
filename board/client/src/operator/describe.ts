// What a command on its way is, in words.
import type { Pending } from "../link/outbox";
import type { Console } from "./console";
import { w } from "./text";
import type { Word } from "./text/en";

const WORDS: Readonly<Record<string, Word>> = {
  login: "goReady",
  unpause: "resumeWork",
  pause: "pause",
  logout: "logOut",
  hold: "hold",
  resume: "resume",
  conference: "join",
  complete: "leave",
  "hang-up": "hangUp",
  danger: "danger",
  drop: "takeBack",
  "record-pause": "recordPause",
  "record-resume": "recordResume",
  file: "file",
  "add-to-ticket": "addToTicket",
  "take-callback": "takeCallback",
  "drop-callback": "dropCallback",
  "take-over": "takeOver",
};
const MODES: Readonly<Record<string, Word>> = { listen: "listen", whisper: "whisper", join: "joinCall" };

export function describe(frame: Pending["frame"], console: Console): string {
  if (frame.type !== "command") return "";
  const action = String(frame.command.action);
  const destination = String(frame.command.destination ?? "");
  if (destination) return console.partyName(destination);
  const word = action === "supervise" ? MODES[String(frame.command.mode)] : WORDS[action];
  return word ? w(word) : action;
}
